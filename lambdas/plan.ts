/** Lambda `plan`: plans one step and decides how its chunks run. */
import { plan } from '../core/stages/plan.ts'
import { stepFiles } from '../core/store.ts'
import { readRun, stepOf } from '../core/versions/version-documents.ts'
import { concurrencyOf } from './concurrency.ts'
import { type Call, logAbout, logger, storeOf } from './environment.ts'
import { type PlanResult, planEvent } from './events.ts'
import { lambdasFor } from './lambda-share.ts'

/** Items of one chunk: a few minutes of a Lambda, and little to repeat if it is killed. */
const chunkSize = 25

export async function handler(event: unknown, call?: Call): Promise<PlanResult> {
  const { run, step: number, lambdas } = planEvent.parse(event)
  logAbout({ run, step: number }, call)
  const store = storeOf(run)
  const step = stepOf(await readRun(store, run), number)
  const planned = await plan(store, run, { step: number, chunkSize })
  const { items, process, carry, skip, warnings } = planned
  await store.progress(run).planned(number, { items, process, carry, skip })
  for (const text of warnings) logger.warn(text)
  logger.info('The step is planned.', { items, process, carry, skip, batches: planned.chunks })
  const { chunks: file } = stepFiles(run, number)
  const { map_concurrency, batch_concurrency } = concurrencyOf(step.max_concurrency)
  const most = lambdasFor(lambdas)
  if (most < map_concurrency) logger.warn('There are fewer Lambdas than the step could use.', { map_concurrency, most })
  const shares = { map_concurrency: Math.min(map_concurrency, most), batch_concurrency }
  return { mode: process === 0 ? 'none' : 'many', file, ...shares }
}
