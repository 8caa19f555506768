/** Starts a run on AWS in front of a person: checks it here first, sends the files that it needs, and follows it. */

import { NothingToDo } from '../../../core/errors.ts'
import type { Conversion } from '../../../core/items/conversion.ts'
import { checkLimit } from '../../../core/request/limit.ts'
import { findResumable } from '../../../core/request/resume.ts'
import type { ResumeRequest } from '../../../core/request/start.ts'
import type { StartInput } from '../../../core/request/start-input.ts'
import { oneOffs } from '../../../core/store.ts'
import { jsonText } from '../../../core/text/json.ts'
import { claude } from '../../../models/claude/claude.ts'
import { checkStart } from '../../../runners/run-pipeline.ts'
import { confirmOn } from '../../confirm.ts'
import { stackFlag } from '../../place-flags.ts'
import { ProgressView } from '../../progress-view.ts'
import { nothingToDo } from '../../run-end.ts'
import type { RunOptions } from '../../run-options.ts'
import type { Terminal } from '../../terminal.ts'
import { countingModel } from '../../token-counting-model.ts'
import type { Starting } from '../place.ts'
import { callerOnAws } from './caller.ts'
import { followToEnd } from './follow-to-end.ts'
import type { Stack } from './open-stack.ts'
import { sendConversions } from './send-conversions.ts'
import { sendRead } from './send-files.ts'
import { withWorkspace } from './with-workspace.ts'

type OpenStack = () => Promise<Stack>

const never = new AbortController().signal

/** Returns the exit code, as for a run here: 0, or 3 if items failed. Throws what a run here throws. */
export async function startOnStack(
  open: OpenStack,
  { flags, start, input, wantsVerbose = false, end }: Starting,
  terminal: Terminal,
): Promise<number> {
  const view = new ProgressView(terminal, { verbose: flags.verbose === true || wantsVerbose, brief: end !== undefined })
  const stack = await open()
  const workspace = withWorkspace(stack, flags, terminal)
  const confirm = confirmOn(terminal, { yes: flags.yes === true, signal: never })
  const model = await countingModel(flags, terminal)
  let conversions: Map<number, Conversion>
  try {
    conversions = await checkStart(
      {
        store: workspace.store,
        model,
        batches: true,
        stdin: terminal.stdin,
        report: view.report,
        ...(confirm && { confirm }),
      },
      start,
    )
  } catch (error) {
    if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
    throw error
  }
  const inputs = await sendConversions(stack, workspace, conversions)
  await sendRead(stack, workspace, (text) => view.message(text))
  const sent = conversions.size === 0 ? input : { ...input, inputs }
  return begun({ stack, flags, input: sent, view, end }, terminal)
}

/** Resumes a version. It has its own templates and settings, so no files are sent. */
export async function resumeOnStack(
  open: OpenStack,
  { resume, flags }: { resume: ResumeRequest; flags: RunOptions },
  terminal: Terminal,
): Promise<number> {
  const view = new ProgressView(terminal, { verbose: flags.verbose === true })
  const stack = await open()
  const { store } = withWorkspace(stack, flags, terminal)
  const { pipeline, version, max_cost_usd, max_concurrency } = resume
  const offline = flags.offline === true
  const { ref, run, differences } = await findResumable({ store, pipeline, version, standIn: offline })
  if (max_cost_usd !== undefined) checkLimit(run, max_cost_usd, claude)
  for (const text of differences) view.report({ type: 'message', level: 'warning', text })
  const which = ref.pipeline === oneOffs ? { pipeline: ref.version } : ref
  const changed = {
    ...(max_cost_usd !== undefined && { max_cost_usd }),
    ...(max_concurrency !== undefined && { max_concurrency }),
  }
  const input: StartInput = { resume: { ...which, ...changed }, offline }
  return begun({ stack, flags, input, view }, terminal)
}

interface Beginning {
  stack: Stack
  flags: RunOptions
  input: StartInput
  view: ProgressView
  end?: Starting['end']
}

async function begun({ stack, flags, input, view, end }: Beginning, terminal: Terminal): Promise<number> {
  const run = await stack.executions.startRun(input, { by: await callerOnAws() })
  if (!flags.detach) return followToEnd({ stack, runId: run.run_id, flags, view, end }, terminal)
  terminal.out(flags.json ? `${jsonText(run, 2)}\n` : `Started run ${run.run_id} on the stack ${stack.name}.\n`)
  const which = `${run.run_id}${stackFlag(flags)}`
  terminal.note(`Follow it: itemwise follow ${which}. Stop it: itemwise abort ${which}.\n`)
  return 0
}
