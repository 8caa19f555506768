/** Where the page begins. */
import { render } from 'preact'
import { App } from './app.tsx'
import { listenToKeys } from './keys/keys.ts'
import { begin } from './state/session.ts'
import './styles/page.css'

// The token has done its work: the browser has a cookie now. It does not stay in the address, the history or a picture of the screen.
if (location.search !== '') history.replaceState(null, '', `${location.pathname}${location.hash}`)

listenToKeys()
void begin()
render(<App />, document.body)
