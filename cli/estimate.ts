/** `itemwise estimate`: what a request file would take, before anything is paid for. */
import { countingModel } from '../runners/counting-model.ts'
import { estimateRequest } from '../runners/dry-run.ts'
import { estimateText } from './estimate-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { type RunFlags, requestOf } from './run.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

interface EstimateFlags
  extends StoreFlags,
    Pick<RunFlags, 'only' | 'skip' | 'where' | 'idsFrom' | 'sample' | 'seed' | 'first' | 'model' | 'json'> {}

export async function estimate([file]: [string?], flags: EstimateFlags, terminal: Terminal): Promise<number> {
  const place = await openPlace(flags, terminal)
  const { request, choice } = await requestOf(file, { flags, store: openWorkspace(flags, terminal) }, terminal)
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseURL } = terminal.env
  const model = await countingModel({ apiKey, baseURL })
  const store = await place.storeToCheck()
  terminal.out(estimateText(await estimateRequest({ store, model, stdin: terminal.stdin }, request, choice), flags))
  return 0
}
