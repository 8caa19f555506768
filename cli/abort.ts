/** `itemwise abort <pipeline> [version]`: stops a run on AWS, or cancels the message batches of one here. What was answered is kept. */
import { RequestRefused } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import { type StoreFlags, stackFlag } from './place-flags.ts'
import { openPlaceOfRun } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

/** Asks the run to stop and does not wait for it. Throws RequestRefused if it has ended and left nothing with the API. */
export async function abort(
  words: [string, string?],
  flags: StoreFlags & { json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const found = await openPlaceOfRun(words, flags, terminal)
  if (found.waiting !== null) return (await import('./abort-batches.ts')).abortBatches(found.waiting, flags, terminal)
  const { place, run_id } = found
  const stopped = await place.remote.abort(run_id)
  if (stopped === null)
    throw new RequestRefused([
      `The run ${run_id} has ended already, so there is nothing to stop. \`itemwise list --all --target aws\` shows what there is.`,
    ])
  const resume = `itemwise resume ${words.join(' ')} --target aws${stackFlag(flags)}`
  const said =
    stopped === 'stopping'
      ? `The run ${run_id} is stopping: no new calls, and the answers to calls in progress are kept. Resume it: ${resume}`
      : `The run ${run_id} has ended, and the message batches that it left are being cancelled. What was answered by then is paid for; \`${resume}\` keeps it and asks for the rest.`
  terminal.out(flags.json ? `${jsonText({ run_id, status: 'stopping' }, 2)}\n` : `${said}\n`)
  return 0
}
