/** `itemwise estimate`: what a request file would take, before anything is paid for. */
import type { Model } from '../core/model.ts'
import { chooseModel, NoModel } from '../runners/choose-model.ts'
import { estimateRequest } from '../runners/run-pipeline.ts'
import { estimateText } from './estimate-text.ts'
import { type RunFlags, requestOf } from './run.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

export async function estimate([file]: string[], flags: RunFlags, terminal: Terminal): Promise<number> {
  const store = openWorkspace(flags, terminal)
  const { request, choice } = await requestOf(file, { flags, store }, terminal)
  const model = await countingModel(terminal)
  terminal.out(estimateText(await estimateRequest({ store, model }, request, choice), flags))
  return 0
}

/** With a key the API counts tokens, which costs nothing; without one they come from characters. */
function countingModel({ env }: Terminal): Promise<Model> | Model {
  const { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseURL } = env
  return apiKey.trim() === '' ? new NoModel(false) : chooseModel({ apiKey, baseURL })
}
