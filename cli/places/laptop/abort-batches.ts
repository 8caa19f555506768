/** `itemwise abort` on this machine: cancels the message batches of a version. */

import { cancelBatches } from '../../../core/stages/half-price/cancel.ts'
import type { Store, VersionRef } from '../../../core/store.ts'
import { oneOffs } from '../../../core/store.ts'
import { jsonText } from '../../../core/text/json.ts'
import { chooseModel } from '../../../runners/choose-model.ts'
import { placeFlags, type StoreFlags } from '../../place-flags.ts'
import type { Terminal } from '../../terminal.ts'

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
  const said = `${which} is stopped: ${out.length === 1 ? 'its message batch is' : `its ${out.length} message batches are`} being cancelled. What was answered by then is paid for; \`itemwise resume ${which}${offline ? ' --offline' : ''}${placeFlags(flags)}\` keeps it and asks for the rest.\n`
  terminal.out(flags.json ? `${jsonText({ ...ref, status: 'aborted', message_batches: out }, 2)}\n` : said)
  return 0
}
