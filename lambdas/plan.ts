/** Lambda `plan`: plans one step and says how its batches are to be worked on. */
import type { Batch } from '../core/documents.ts'
import { plan } from '../core/stages/plan.ts'
import { stepFiles } from '../core/store.ts'
import { readRun, readText, stepOf } from '../core/versions/version-documents.ts'
import { concurrencyOf } from './concurrency.ts'
import { logAbout, logger, storeOf } from './environment.ts'
import { fewBatches, type PlanResult, stepEvent } from './events.ts'

/** Items of one batch: some minutes of a Lambda, and little to do again when it is killed. */
const batchSize = 25

export async function handler(event: unknown): Promise<PlanResult> {
  const { run, step: number } = stepEvent.parse(event)
  logAbout({ run, step: number })
  const store = storeOf(run)
  const step = stepOf(await readRun(store, run), number)
  const planned = await plan(store, run, { step: number, batchSize })
  const { items, process, carry, skip, warnings } = planned
  await store.progress(run).planned(number, { items, process, carry, skip })
  for (const text of warnings) logger.warn(text)
  logger.info('The step is planned.', { items, process, carry, skip, batches: planned.batches })
  const { batches: file } = stepFiles(run, number)
  const shares = concurrencyOf(step.max_concurrency)
  if (process === 0) return { mode: 'none', batches: [], file, ...shares }
  if (planned.batches > fewBatches) return { mode: 'many', batches: [], file, ...shares }
  const batches: Batch[] = JSON.parse(await readText(store, file))
  return { mode: 'few', batches, file, ...shares }
}
