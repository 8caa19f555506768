/** Starts a run on a stack: checks it here first, sends the files that it needs, and starts its execution. */
import type { Conversion } from '../../core/items/conversion.ts'
import { checkLimit } from '../../core/request/limit.ts'
import { findResumable } from '../../core/request/resume.ts'
import type { ResumeRequest, Start } from '../../core/request/start.ts'
import type { StartInput } from '../../core/request/start-input.ts'
import type { Report } from '../../core/run-events.ts'
import { oneOffs } from '../../core/store.ts'
import type { StartedRun } from '../../executions/executions.ts'
import { claude } from '../../models/claude/claude.ts'
import { checkStart, type StartTools } from '../../runners/run-pipeline.ts'
import { callerOnAws } from './caller.ts'
import type { Stack } from './open-stack.ts'
import { sendConversions } from './send-conversions.ts'
import { sendRead } from './send-files.ts'
import type { WithFiles } from './with-files.ts'

export interface CheckedStart {
  start: Exclude<Start, { kind: 'resume' }>
  /** The same in JSON. */
  input: StartInput
  /** What the check needs besides the store. The model is never asked for an answer. */
  tools: Omit<StartTools, 'store' | 'batches'> & { report: Report }
}

/** Throws what a check throws (RequestRefused, NothingToDo, VersionBusy), and StoreUnwritable. */
export async function startRun(
  stack: Stack,
  files: WithFiles,
  { start, input, tools }: CheckedStart,
): Promise<StartedRun> {
  const conversions = await checkStart({ ...tools, store: files.store, batches: true }, start)
  const sent = await sentInputs({ stack, files, conversions }, input)
  await sendRead(stack, files, (text) => tools.report({ type: 'message', level: 'info', text }))
  return startedBy(stack, sent)
}

/** The input, with what was converted here. */
async function sentInputs(
  { stack, files, conversions }: { stack: Stack; files: WithFiles; conversions: Map<number, Conversion> },
  input: StartInput,
): Promise<StartInput> {
  const inputs = await sendConversions(stack, files, conversions)
  return conversions.size === 0 ? input : { ...input, inputs }
}

/** Resumes a version. It has its own templates and settings, so no files are sent. Throws RequestRefused. */
export async function startResume(
  stack: Stack,
  { store }: Pick<WithFiles, 'store'>,
  { resume, offline, report }: { resume: ResumeRequest; offline: boolean; report: Report },
): Promise<StartedRun> {
  const { pipeline, version, max_cost_usd, max_concurrency } = resume
  const { ref, run, differences } = await findResumable({ store, pipeline, version, standIn: offline })
  if (max_cost_usd !== undefined) checkLimit(run, max_cost_usd, claude)
  for (const text of differences) report({ type: 'message', level: 'warning', text })
  const which = ref.pipeline === oneOffs ? { pipeline: ref.version } : ref
  const changed = {
    ...(max_cost_usd !== undefined && { max_cost_usd }),
    ...(max_concurrency !== undefined && { max_concurrency }),
  }
  return startedBy(stack, { resume: { ...which, ...changed }, offline })
}

async function startedBy({ executions, region }: Stack, input: StartInput): Promise<StartedRun> {
  return executions.startRun(input, { by: await callerOnAws(region) })
}
