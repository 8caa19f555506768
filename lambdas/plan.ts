/** Lambda `plan`: plans one step and decides how its chunks run. */
import type { Chunk, ResolvedStep } from '../core/documents.ts'
import { noLook } from '../core/stages/half-price/look-state.ts'
import { plan } from '../core/stages/plan.ts'
import { stepFiles, versionFolder } from '../core/store.ts'
import { readRun, readText, stepOf } from '../core/versions/version-documents.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { batchLimitsOf, chunkLimitsOf, concurrencyOf, mostBatchesAtOnce } from './concurrency.ts'
import { type Call, logAbout, logger, storeOf, variable } from './environment.ts'
import { type PlanResult, planEvent, type RunPointer } from './events.ts'
import { lambdasFor } from './lambda-share.ts'

/** A token has about four characters. */
const bytesOfToken = 4

export async function handler(event: unknown, call?: Call): Promise<PlanResult> {
  const { run, step: number, lambdas } = planEvent.parse(event)
  logAbout({ run, step: number }, call)
  const store = storeOf(run)
  const document = await readRun(store, run)
  const step = stepOf(document, number)
  const beside = await bytesBesideItem(store, run, step)
  const memoryMb = Number(variable('PROCESS_MEMORY_MB'))
  const there = lambdasFor(lambdas)
  const sharesOf = (longest: number) =>
    concurrencyOf(step.max_concurrency, { memoryMb, callBytes: longest + beside, lambdas: there })
  let shares = sharesOf(0)
  const byBatch = document.request.delivery === 'batch' && step.batch_mode && !document.stand_in
  const planned = await plan(store, run, {
    step: number,
    chunkLimits: (work) => {
      shares = sharesOf(work.longest)
      return byBatch ? batchLimitsOf(step.max_tokens * bytesOfToken) : chunkLimitsOf(work, shares)
    },
  })
  const { items, process, carry, skip, edit = 0, warnings } = planned
  await store.progress(run).planned(number, { items, process, carry, skip })
  for (const text of warnings) logger.warn(text)
  logger.info('The step is planned.', { items, process, carry, skip, batches: planned.chunks, ...shares })
  const { chunks: file } = stepFiles(run, number)
  const calls = shares.map_concurrency * shares.batch_concurrency
  if (shares.map_concurrency === there && calls < step.max_concurrency)
    logger.warn('There are fewer Lambdas than the step could use.', { lambdas: there, calls })
  if (process + edit === 0) return { mode: 'none', file, ...shares }
  if (!byBatch || process === 0) return { mode: 'many', file, ...shares }
  const [first] = JSON.parse(await readText(store, file)) as [Chunk]
  const half = { chunks: planned.chunks, first, at_once: Math.min(there, mostBatchesAtOnce), state: noLook }
  return { mode: 'batch', file, ...shares, half }
}

/** What a call sends besides its item, and the longest answer. */
async function bytesBesideItem(store: CloudStore, run: RunPointer, step: ResolvedStep): Promise<number> {
  const template = (await store.size(`${versionFolder(run)}/${step.template}`)) ?? 0
  const shared = Buffer.byteLength(`${step.system ?? ''}${JSON.stringify(step.output_schema)}`)
  return template + shared + step.max_tokens * bytesOfToken
}
