/** The model of an estimate: the API if there is a key. It is never asked for an answer. */
import type { Model } from '../core/model.ts'
import { chooseModel, type ModelChoice, NoModel } from './choose-model.ts'

/** The same for whoever asks what a run would cost that the stand-in answers: what it would cost with a model, counted from characters. */
export function estimatingModel({ offline, ...access }: ModelChoice): Promise<Model> {
  return countingModel(offline ? {} : access)
}

/** With a key the API counts tokens, which costs nothing; without one they come from characters. */
export async function countingModel({ offline = false, apiKey, baseURL }: ModelChoice): Promise<Model> {
  return offline || !apiKey?.trim() ? new NoModel(offline) : chooseModel({ apiKey, baseURL })
}
