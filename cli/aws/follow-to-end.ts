/** Follows a run on AWS with the bar of a run here, and prints what came of it. Ctrl-C asks what is wanted. */
import { NothingToDo } from '../../core/errors.ts'
import { jsonText } from '../../core/json.ts'
import { followRun } from '../../runners/step-functions.ts'
import { abortRun } from '../../stores/abort-run.ts'
import type { ProgressView } from '../progress-view.ts'
import { resultText } from '../result-text.ts'
import { howToGoOn, nothingToDo, type RunOptions } from '../start-run.ts'
import type { Terminal } from '../terminal.ts'
import { Leaving } from './leaving.ts'
import type { Stack } from './open-stack.ts'

export interface Followed {
  stack: Stack
  runId: string
  flags: Pick<RunOptions, 'json' | 'offline' | 'stack'>
  view: ProgressView
}

/** Returns 0, or 3 where items failed. Throws what a run here throws, and RunInterrupted where nobody wants to look any more. */
export async function followToEnd({ stack, runId, flags, view }: Followed, terminal: Terminal): Promise<number> {
  const leaving = new Leaving({ view, ask: terminal.ask, abort: () => abortRun(stack, runId) })
  try {
    const result = await followRun({ ...stack, report: leaving.report, signal: leaving.signal }, runId)
    view.close()
    terminal.out(flags.json ? `${jsonText(result, 2)}\n` : resultText(result))
    return result.stats.failed > 0 ? 3 : 0
  } catch (error) {
    view.close()
    if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
    const known = view.version === null ? runId : `${view.version.pipeline} ${view.version.version}`
    if (leaving.signal.aborted)
      terminal.note(`The run goes on. Watch it again: itemwise follow ${known}. Stop it: itemwise abort ${known}.\n`)
    else if (view.version !== null) terminal.note(`${howToGoOn(error, view.version, { ...flags, target: 'aws' })}\n`)
    throw error
  } finally {
    leaving.end()
  }
}
