/** Lambda `plan`: plans one step and decides how its chunks run. */
import type { Chunk } from '../core/documents.ts'
import { plan } from '../core/stages/plan.ts'
import { stepFiles } from '../core/store.ts'
import { readRun, readText, stepOf } from '../core/versions/version-documents.ts'
import { concurrencyOf } from './concurrency.ts'
import { type Call, logAbout, logger, storeOf } from './environment.ts'
import { fewChunks, type PlanResult, stepEvent } from './events.ts'

/** Items of one chunk: a few minutes of a Lambda, and little to repeat if it is killed. */
const chunkSize = 25

export async function handler(event: unknown, call?: Call): Promise<PlanResult> {
  const { run, step: number } = stepEvent.parse(event)
  logAbout({ run, step: number }, call)
  const store = storeOf(run)
  const step = stepOf(await readRun(store, run), number)
  const planned = await plan(store, run, { step: number, chunkSize })
  const { items, process, carry, skip, warnings } = planned
  await store.progress(run).planned(number, { items, process, carry, skip })
  for (const text of warnings) logger.warn(text)
  logger.info('The step is planned.', { items, process, carry, skip, batches: planned.chunks })
  const { chunks: file } = stepFiles(run, number)
  const shares = concurrencyOf(step.max_concurrency)
  if (process === 0) return { mode: 'none', batches: [], file, ...shares }
  if (planned.chunks > fewChunks) return { mode: 'many', batches: [], file, ...shares }
  const chunks: Chunk[] = JSON.parse(await readText(store, file))
  return { mode: 'few', batches: chunks, file, ...shares }
}
