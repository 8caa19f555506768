/** The model of an estimate: the API if there is a key. It is never asked for an answer. */
import type { Model } from '../core/model.ts'
import { chooseModel, NoModel } from '../runners/choose-model.ts'
import type { Terminal } from './terminal.ts'

/** With a key the API counts tokens, which costs nothing; without one they come from characters. */
export async function countingModel(
  { offline = false }: { offline?: boolean },
  { env }: Pick<Terminal, 'env'>,
): Promise<Model> {
  const { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseURL } = env
  return offline || apiKey.trim() === '' ? new NoModel(offline) : chooseModel({ apiKey, baseURL })
}
