/** Lambda `plan`: plans one step and decides how its chunks run. */
import type { ResolvedStep } from '../core/documents.ts'
import { plan } from '../core/stages/plan.ts'
import { stepFiles, versionFolder } from '../core/store.ts'
import { readRun, stepOf } from '../core/versions/version-documents.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { chunkLimitsOf, concurrencyOf } from './concurrency.ts'
import { type Call, logAbout, logger, storeOf, variable } from './environment.ts'
import { type PlanResult, planEvent, type RunPointer } from './events.ts'
import { lambdasFor } from './lambda-share.ts'

/** A token has about four characters. */
const bytesOfToken = 4

export async function handler(event: unknown, call?: Call): Promise<PlanResult> {
  const { run, step: number, lambdas } = planEvent.parse(event)
  logAbout({ run, step: number }, call)
  const store = storeOf(run)
  const step = stepOf(await readRun(store, run), number)
  const beside = await bytesBesideItem(store, run, step)
  const memoryMb = Number(variable('PROCESS_MEMORY_MB'))
  const there = lambdasFor(lambdas)
  const sharesOf = (longest: number) =>
    concurrencyOf(step.max_concurrency, { memoryMb, callBytes: longest + beside, lambdas: there })
  let shares = sharesOf(0)
  const planned = await plan(store, run, {
    step: number,
    chunkLimits: (work) => {
      shares = sharesOf(work.longest)
      return chunkLimitsOf(work, shares)
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
  return { mode: process + edit === 0 ? 'none' : 'many', file, ...shares }
}

/** What a call sends besides its item, and the longest answer. */
async function bytesBesideItem(store: CloudStore, run: RunPointer, step: ResolvedStep): Promise<number> {
  const template = (await store.size(`${versionFolder(run)}/${step.template}`)) ?? 0
  const shared = Buffer.byteLength(`${step.system ?? ''}${JSON.stringify(step.output_schema)}`)
  return template + shared + step.max_tokens * bytesOfToken
}
