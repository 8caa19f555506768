/** Imported first: under a Node that is too old, a run would fail somewhere, and the file that it just read would seem to be at fault. */
import { RequestRefused } from '../core/errors.ts'

/** As in package.json. */
const wantedNode = 24

if (Number(process.version.slice(1).split('.')[0]) < wantedNode) {
  const refused = new RequestRefused([
    `itemwise needs Node.js ${wantedNode} or newer, and this is ${process.version}. Install it from https://nodejs.org, and run the program again.`,
  ])
  // The sentence is all that there is to say; where it was thrown is no news.
  refused.stack = `${refused.name}: ${refused.message}`
  throw refused
}
