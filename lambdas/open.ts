/** Lambda `open`: checks the request and begins the version. Called again after a crash, it finds the version that it began. */
import type * as z from 'zod'
import { receivedInput } from '../core/request/execution-input.ts'
import { startOf } from '../core/request/start-input.ts'
import type { Progress } from '../core/run-events.ts'
import { open } from '../core/stages/open.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { claude } from '../models/claude/claude.ts'
import type { CloudLease, CloudStore } from '../stores/s3-dynamodb.ts'
import { throwWithoutAccess } from './claude-access.ts'
import { type Call, logAbout, logger, openStore } from './environment.ts'
import { type OpenResult, openEvent, type RunPointer } from './events.ts'
import { truncatedRefusal } from './truncated-refusal.ts'

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
  const before = await begunBefore(store, execution.name)
  if (before !== undefined) return before
  const { input, startedBy } = await receivedInput(store, received)
  const { start, offline } = startOf(input)
  if (!offline) await throwWithoutAccess()
  const tools = {
    store,
    provider: claude,
    standIn: offline,
    batches: false,
    now: Date.now,
    newId: () => execution.name,
    startedBy,
    report,
  }
  const { ref, lease, run } = await open(tools, start)
  // The lease belongs to the store that was passed in.
  const { epoch, started } = await (lease as CloudLease).handOver()
  logger.info('The version has begun.', { ...ref, mode: run.mode, base: run.base_version, started_by: startedBy?.arn })
  return result({ run_id: execution.name, ...ref, epoch, started }, run.steps)
}

/** What an earlier call of the same execution began. If it was killed before a resumed version was running, it begins again. */
async function begunBefore(store: CloudStore, run_id: string): Promise<OpenResult | undefined> {
  const before = await store.run(run_id)
  if (before === undefined) return undefined
  const { pipeline, version, epoch, started } = before
  const status = (await store.version(before))?.metadata.status
  if (status !== 'running' && status !== 'completed') return undefined
  const { steps } = await readRun(store, before)
  return result({ run_id, pipeline, version, epoch, started }, steps)
}

function result(run: RunPointer, steps: readonly { step: number }[]): OpenResult {
  return { run, steps: steps.map(({ step }) => ({ step })) }
}

function report(event: Progress): void {
  if (event.type === 'message') logger[event.level === 'warning' ? 'warn' : 'info'](event.text)
}
