/** Lambda `plan`: plans one step and decides how its chunks run. */
import type { Chunk, ResolvedStep } from '../core/documents.ts'
import { plan } from '../core/stages/plan.ts'
import { stepFiles, versionFolder } from '../core/store.ts'
import { readRun, readText, stepOf } from '../core/versions/version-documents.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { chunkLimitsOf, concurrencyOf } from './concurrency.ts'
import { logAbout, logger, storeOf, variable } from './environment.ts'
import { fewChunks, type PlanResult, type RunPointer, stepEvent } from './events.ts'

/** So many answers of 4096 tokens, 224 s each, one after the other, begin and end within a Lambda (chunk-time.ts). */
const wavesInTime = 2
/** A token has about four characters. */
const bytesOfToken = 4

export async function handler(event: unknown): Promise<PlanResult> {
  const { run, step: number } = stepEvent.parse(event)
  logAbout({ run, step: number })
  const store = storeOf(run)
  const step = stepOf(await readRun(store, run), number)
  const beside = await bytesBesideItem(store, run, step)
  const memoryMb = Number(variable('PROCESS_MEMORY_MB'))
  const sharesOf = (longest: number) => concurrencyOf(step.max_concurrency, { memoryMb, callBytes: longest + beside })
  let shares = sharesOf(0)
  const planned = await plan(store, run, {
    step: number,
    chunkLimits: (work) => {
      shares = sharesOf(work.longest)
      return chunkLimitsOf(work, shares)
    },
  })
  const { items, process, carry, skip, warnings } = planned
  await store.progress(run).planned(number, { items, process, carry, skip })
  for (const text of warnings) logger.warn(text)
  logger.info('The step is planned.', { items, process, carry, skip, batches: planned.chunks, ...shares })
  const { chunks: file } = stepFiles(run, number)
  if (process === 0) return { mode: 'none', batches: [], file, ...shares }
  const chunks: Chunk[] = planned.chunks > fewChunks ? [] : JSON.parse(await readText(store, file))
  const mayHandBack = chunks.some((chunk) => chunk.process > wavesInTime * shares.batch_concurrency)
  // Each call after a hand-back adds to the events of an inline Map's own execution, which has 25,000.
  if (chunks.length === 0 || mayHandBack) return { mode: 'many', batches: [], file, ...shares }
  return { mode: 'few', batches: chunks, file, ...shares }
}

/** What a call sends besides its item, and the longest answer. */
async function bytesBesideItem(store: CloudStore, run: RunPointer, step: ResolvedStep): Promise<number> {
  const template = (await store.size(`${versionFolder(run)}/${step.template}`)) ?? 0
  const shared = Buffer.byteLength(`${step.system ?? ''}${JSON.stringify(step.output_schema)}`)
  return template + shared + step.max_tokens * bytesOfToken
}
