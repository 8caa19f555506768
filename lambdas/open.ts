/** Lambda `open`: checks the request and begins the version. Called again after a crash, it finds the version that it began. */
import type * as z from 'zod'
import type { RunDocument } from '../core/documents.ts'
import { abortOf } from '../core/request/abort-input.ts'
import { receivedInput } from '../core/request/execution-input.ts'
import type { Prospect } from '../core/request/prospect.ts'
import { startOf } from '../core/request/start-input.ts'
import type { Progress } from '../core/run-events.ts'
import { refuseWithoutBatches } from '../core/stages/half-price/refuse-without.ts'
import { open } from '../core/stages/open.ts'
import { batchesOut } from '../core/versions/message-batches.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { claude } from '../models/claude/claude.ts'
import type { CloudLease, CloudStore } from '../stores/s3-dynamodb.ts'
import { theModel, throwWithoutAccess } from './claude-access.ts'
import { endAgain } from './end-again.ts'
import { type Call, logAbout, logger, openStore } from './environment.ts'
import { type OpenResult, openEvent, type RunPointer } from './events.ts'
import { truncatedRefusal } from './truncated-refusal.ts'

/** Whether the address has message batches is asked once. */
const longestLookMs = 30_000

export async function handler(event: unknown, call?: Call): Promise<OpenResult> {
  try {
    return await opened(openEvent.parse(event), call)
  } catch (error) {
    throw truncatedRefusal(error)
  }
}

async function opened(
  { input: received, execution }: z.infer<typeof openEvent>,
  call: Call | undefined,
): Promise<OpenResult> {
  const store = openStore({ execution: { id: execution.name, arn: execution.id } })
  logAbout({ run: { run_id: execution.name } }, call)
  const { input, startedBy } = await receivedInput(store, received)
  const abandoned = abortOf(input)
  if (abandoned !== null) return endAgain(store, abandoned)
  const before = await begunBefore(store, execution.name)
  if (before !== undefined) return before
  const { start, offline } = startOf(input)
  if (!offline) await throwWithoutAccess()
  const tools = {
    store,
    provider: claude,
    standIn: offline,
    batches: true,
    mayBegin: (prospect: Prospect | null) => refuseWithoutTheirs(prospect, offline),
    now: Date.now,
    newId: () => execution.name,
    startedBy,
    report,
  }
  const { ref, lease, run } = await open(tools, start)
  // The lease belongs to the store that was passed in.
  const { epoch, started } = await (lease as CloudLease).handOver()
  logger.info('The version has begun.', { ...ref, mode: run.mode, base: run.base_version, started_by: startedBy?.arn })
  return result(store, { run_id: execution.name, ...ref, epoch, started }, run)
}

/** Asked before a version is begun. */
async function refuseWithoutTheirs(prospect: Prospect | null, offline: boolean): Promise<void> {
  if (offline || prospect?.run.request.delivery !== 'batch') return
  await refuseWithoutBatches(await theModel(), AbortSignal.timeout(longestLookMs))
}

/** What an earlier call of the same execution began. If it was killed before a resumed version was running, it begins again. */
async function begunBefore(store: CloudStore, run_id: string): Promise<OpenResult | undefined> {
  const before = await store.run(run_id)
  if (before === undefined) return undefined
  const { pipeline, version, epoch, started } = before
  const status = (await store.version(before))?.metadata.status
  if (status !== 'running' && status !== 'completed') return undefined
  return result(store, { run_id, pipeline, version, epoch, started }, await readRun(store, before))
}

/** A version that has message batches out waited for them, and is gone on with. */
async function result(store: CloudStore, run: RunPointer, { steps, request }: RunDocument): Promise<OpenResult> {
  const goesOn = request.delivery === 'batch' && (await batchesOut(store, run)).length > 0
  return { run: { ...run, ...(goesOn && { goes_on: true }) }, steps: steps.map(({ step }) => ({ step })) }
}

function report(event: Progress): void {
  if (event.type === 'message') logger[event.level === 'warning' ? 'warn' : 'info'](event.text)
}
