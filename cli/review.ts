/** `itemwise review`: the page in the browser, on this machine only, in which people read, correct and approve answers. */
import type { Hono } from 'hono'
import { apiApp } from '../api/app.ts'
import type { Store } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { findVersion } from '../workspace/find-version.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { errorStacks } from './report-error.ts'
import { type Listening, listenHere } from './serve/listen.ts'
import { openBrowser } from './serve/open-browser.ts'
import { pageApp } from './serve/page-app.ts'
import { pageFiles } from './serve/page-files.ts'
import { pageGuard } from './serve/page-guard.ts'
import { pagePort } from './serve/port.ts'
import { tokenIn } from './serve/token.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'

interface ReviewFlags extends StoreFlags {
  by?: string
  json?: boolean
  /** False with --no-open. */
  open?: boolean
  port?: number
}

/** Answers until Ctrl-C. Throws RequestRefused. */
export async function review(
  [pipeline, version]: [string?, string?],
  { by, json = false, open = true, port, ...flags }: ReviewFlags,
  terminal: Terminal,
): Promise<number> {
  const place = await openPlace(flags, terminal)
  const begin = await firstScreen(await place.store(), pipeline, version)
  useFrugalHeap()
  const closing = new AbortController()
  const ports = await place.ports(await whoSays(by, await place.caller(), terminal), closing.signal)
  const { token } = tokenIn({})
  const api = apiApp(() => ports, {
    told: ({ problem }, error) => {
      if (problem.status >= 500) terminal.note(`${errorStacks(error)}\n`)
    },
  })
  const app = pageApp({ files: await pageFiles(), guard: pageGuard(token), api: (request) => api.fetch(request) })
  const server = await listenOn(app.fetch, port)
  const url = `http://127.0.0.1:${server.port}/?token=${token}${begin}`
  if (json) terminal.out(`${jsonText({ url }, 2)}\n`)
  else terminal.out(`The page is at ${url}\nOnly whoever has this address can use it. Ctrl-C ends it.\n`)
  if (open && !json) await openBrowser(url, terminal)
  await server.interrupted
  closing.abort()
  await server.stop()
  terminal.note('The page has ended. What was said is kept; runs that it started continue.\n')
  return 0
}

/** The usual port, so that a browser finds its drafts again; if it is taken and none is named, any. Throws RequestRefused. */
async function listenOn(answer: Hono['fetch'], named: number | undefined): Promise<Listening> {
  if (named !== undefined) return listenHere(answer, named)
  return listenHere(answer, pagePort).catch(() => listenHere(answer, 0))
}

/** Where the page begins, as the part behind # in its address. Throws RequestRefused if there is no such version. */
async function firstScreen(store: Store, pipeline: string | undefined, version: string | undefined): Promise<string> {
  if (pipeline === undefined) return ''
  const { ref } = await findVersion(store, pipeline, version)
  return `#/items/${encodeURIComponent(ref.pipeline)}/${encodeURIComponent(ref.version)}`
}
