/** Starts a run on AWS in front of a person, and follows it. */
import { NothingToDo } from '../../../core/errors.ts'
import type { ResumeRequest } from '../../../core/request/start.ts'
import { jsonText } from '../../../core/text/json.ts'
import type { StartedRun } from '../../../executions/executions.ts'
import { countingModel } from '../../../runners/counting-model.ts'
import type { Stack } from '../../../workspace/stack/open-stack.ts'
import { startResume, startRun } from '../../../workspace/stack/start-run.ts'
import { withFiles } from '../../../workspace/stack/with-files.ts'
import { confirmOn, startOverOn } from '../../confirm.ts'
import { stackFlag } from '../../place-flags.ts'
import { ProgressView } from '../../progress-view.ts'
import { nothingToDo } from '../../run-end.ts'
import type { RunOptions } from '../../run-options.ts'
import type { Terminal } from '../../terminal.ts'
import { workspaceIfAny } from '../../workspace.ts'
import type { Starting } from '../place.ts'
import { followToEnd } from './follow-to-end.ts'

type OpenStack = () => Promise<Stack>

const never = new AbortController().signal

/** Returns the exit code, as for a run here: 0, or 3 if items failed. Throws what a run here throws. */
export async function runOnStack(
  open: OpenStack,
  { flags, start, input, wantsVerbose = false, end }: Starting,
  terminal: Terminal,
): Promise<number> {
  const view = new ProgressView(terminal, { verbose: flags.verbose === true || wantsVerbose, brief: end !== undefined })
  const stack = await open()
  const files = withFiles(stack, workspaceIfAny(terminal.cwd, flags.workspace))
  const confirm = confirmOn(terminal, { yes: flags.yes === true, signal: never })
  const startOver = startOverOn(terminal, { yes: flags.yes === true, signal: never })
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseURL } = terminal.env
  const model = await countingModel({ offline: flags.offline, apiKey, baseURL })
  const asking = { ...(confirm && { confirm }), ...(startOver && { startOver }) }
  const tools = { model, stdin: terminal.stdin, report: view.report, ...asking }
  let run: StartedRun
  try {
    run = await startRun(stack, files, { start, input, tools })
  } catch (error) {
    if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
    throw error
  }
  return begun({ stack, flags, run, view, end }, terminal)
}

/** The same for a version that is resumed. */
export async function resumeOnStack(
  open: OpenStack,
  { resume, flags }: { resume: ResumeRequest; flags: RunOptions },
  terminal: Terminal,
): Promise<number> {
  const view = new ProgressView(terminal, { verbose: flags.verbose === true })
  const stack = await open()
  const files = withFiles(stack, workspaceIfAny(terminal.cwd, flags.workspace))
  const resuming = { resume, offline: flags.offline === true, report: view.report }
  return begun({ stack, flags, run: await startResume(stack, files, resuming), view }, terminal)
}

interface Begun {
  stack: Stack
  flags: RunOptions
  run: StartedRun
  view: ProgressView
  end?: Starting['end']
}

async function begun({ stack, flags, run, view, end }: Begun, terminal: Terminal): Promise<number> {
  if (!flags.detach) return followToEnd({ stack, runId: run.run_id, flags, view, end }, terminal)
  terminal.out(flags.json ? `${jsonText(run, 2)}\n` : `Started run ${run.run_id} on the stack ${stack.name}.\n`)
  const which = `${run.run_id}${stackFlag(flags)}`
  terminal.note(`Follow it: itemwise follow ${which}. Stop it: itemwise abort ${which}.\n`)
  return 0
}
