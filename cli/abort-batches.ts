/** `itemwise abort` on this machine: cancels the message batches of a version. */

import { cancelBatches } from '../core/stages/half-price/cancel.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { oneOffs } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import type { BatchRecord } from '../core/versions/message-batches.ts'
import { chooseModel } from '../runners/choose-model.ts'
import { placeFlags, type StoreFlags } from './place-flags.ts'
import type { Terminal } from './terminal.ts'

/** Throws RequestRefused without a key, VersionBusy if a living process runs the version, RunFailed if the API cannot be asked. */
export async function abortBatches(
  { store, ref, offline }: { store: Store; ref: VersionRef; offline: boolean },
  flags: StoreFlags & { json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { env } = terminal
  const model = await chooseModel({ offline, apiKey: env.ANTHROPIC_API_KEY, baseURL: env.ANTHROPIC_BASE_URL })
  const halt = new AbortController().signal
  const out = await cancelBatches({ store, batches: model.batches!, now: Date.now, halt }, ref)
  const which = ref.pipeline === oneOffs ? ref.version : `${ref.pipeline} ${ref.version}`
  const resume = `\`itemwise resume ${which}${offline ? ' --offline' : ''}${placeFlags(flags)}\``
  const said = `${which} is stopped. ${[...cancelledText(out, resume), ...unknownText(out, resume)].join(' ')}\n`
  terminal.out(flags.json ? `${jsonText({ ...ref, status: 'aborted', message_batches: out }, 2)}\n` : said)
  return 0
}

function cancelledText(out: readonly BatchRecord[], resume: string): string[] {
  const { length } = out.filter(({ id }) => id !== null)
  if (length === 0) return []
  const them = length === 1 ? 'Its message batch is' : `Its ${length} message batches are`
  return [`${them} being cancelled. What was answered by then is paid for; ${resume} keeps it and asks for the rest.`]
}

/** The connection or the process broke before the API had said their ids. */
function unknownText(out: readonly BatchRecord[], resume: string): string[] {
  return out
    .filter(({ id }) => id === null)
    .map(
      ({ requests }) =>
        `A message batch of ${requests} requests may have been sent before its id was known. It cannot be cancelled without one, and may be billed; ${resume} looks for it and keeps its answers.`,
    )
}
