/** Follows a run on AWS with the same bar as a local run, and prints its result. Ctrl-C asks what to do. */
import { BudgetReached, NothingToDo } from '../../../core/errors.ts'
import { abortRun } from '../../../executions/abort-run.ts'
import { LostSight } from '../../../runners/poll-with-retry.ts'
import { followRun } from '../../../runners/step-functions.ts'
import { inWords } from '../../../workspace/stack/aws-messages.ts'
import type { Stack } from '../../../workspace/stack/open-stack.ts'
import { stackFlag } from '../../place-flags.ts'
import type { ProgressView } from '../../progress-view.ts'
import { howToResume, nothingToDo, printResult } from '../../run-end.ts'
import type { RunOptions } from '../../run-options.ts'
import { tellEnd } from '../../tell-end.ts'
import type { Terminal } from '../../terminal.ts'
import type { Starting } from '../place.ts'
import { DetachPrompt } from './detach-prompt.ts'

export interface Followed {
  stack: Stack
  runId: string
  flags: Pick<RunOptions, 'json' | 'offline' | 'workspace' | 'stack' | 'notify'>
  view: ProgressView
  end?: Starting['end']
}

/** Returns 0, or 3 if items failed. Throws what a run here throws, and RunInterrupted if the person stops watching. */
export async function followToEnd({ stack, runId, flags, view, end }: Followed, terminal: Terminal): Promise<number> {
  const prompt = new DetachPrompt({ view, ask: terminal.ask, abort: () => abortRun(stack, runId) })
  const watched = followRun({ ...stack, report: prompt.report, signal: prompt.signal }, runId).finally(() => {
    prompt.end()
    view.close()
  })
  try {
    const result = await watched
    if (end !== undefined) return await end(result)
    const { json, offline, workspace, stack: name } = flags
    const typed: RunOptions = { json, offline, workspace, stack: name, target: 'aws' }
    const code = printResult({ result, base: view.version?.base ?? null, flags: typed }, terminal)
    await tellEnd({ store: stack.store, ref: result, error: null }, flags, terminal)
    return code
  } catch (error) {
    if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
    const lost = error instanceof LostSight
    if (lost || prompt.signal.aborted) terminal.note(goesOn(view.version, { runId, flags }))
    else if (view.version !== null) {
      terminal.note(`${howToResume(error, view.version, { ...flags, target: 'aws' })}\n`)
      await tellEnd({ store: stack.store, ref: view.version, error }, flags, terminal)
    }
    throw lost ? lostInWords(error) : toBeTypedHere(error, flags)
  }
}

function goesOn(
  version: ProgressView['version'],
  { runId, flags }: { runId: string; flags: Followed['flags'] },
): string {
  const which = `${version === null ? runId : `${version.pipeline} ${version.version}`}${stackFlag(flags)}`
  return `The run continues. Follow it again: itemwise follow ${which}. Stop it: itemwise abort ${which}.\n`
}

/** The message of a limit ends with the command that resumes the run; here it has to name the stack. */
function toBeTypedHere(error: unknown, flags: Followed['flags']): unknown {
  if (!(error instanceof BudgetReached)) return error
  return new BudgetReached(`${error.message} --target aws${stackFlag(flags)}`, error)
}

/** Ends with 1: what is refused with 2 was never begun. */
function lostInWords({ cause }: LostSight): Error {
  const said = inWords(cause)
  return new Error(new LostSight(said).message, { cause })
}
