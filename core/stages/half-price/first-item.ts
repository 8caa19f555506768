/** Whether a step's settings have been taken by the API before: then its first item need not go ahead. */
import { modelFieldNames } from '../../model-fields.ts'
import { baseOf, readRun } from '../../versions/version-documents.ts'
import type { Work } from '../process-item.ts'

/** Whether the base has answers of this step with the same model and settings. */
export async function baseAnswersAlike({ store, run, ref, step }: Work): Promise<boolean> {
  const base = baseOf(run, ref)
  if (base === null) return false
  const state = await store.version(base)
  const stats = state?.metadata.stats ?? {}
  const counted = 'steps' in stats ? stats.steps.find((one) => one.step === step.step) : undefined
  if (counted === undefined || counted.processed + counted.carried_over - counted.failed <= 0) return false
  const before = (await readRun(store, base)).steps.find((one) => one.step === step.step)
  if (before === undefined) return false
  return modelFieldNames.every(
    (name) => name === 'max_concurrency' || JSON.stringify(before[name]) === JSON.stringify(step[name]),
  )
}
