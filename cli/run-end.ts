/** What is printed when a run ends, wherever it ran. */
import { BudgetReached, type NothingToDo, type RunDetached, RunFailed } from '../core/errors.ts'
import { oneOffs } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import type { RunResult } from '../runners/local.ts'
import { nextText } from './next-text.ts'
import { placeFlags } from './place-flags.ts'
import { resultText } from './result-text.ts'
import type { RunOptions } from './run-options.ts'
import type { Terminal } from './terminal.ts'

/** Prints the result of a run, and the commands that may come next. Returns the exit code: 0, or 3 if items failed. */
export function printResult(
  { result, base, flags }: { result: RunResult; base: string | null; flags: RunOptions },
  terminal: Terminal,
): number {
  terminal.out(flags.json ? `${jsonText(result, 2)}\n` : resultText(result))
  if (!flags.json) terminal.note(nextText({ result, base, flags }))
  return result.stats.failed > 0 ? 3 : 0
}

/** Says so, which is no failure. */
export function nothingToDo(error: NothingToDo, { json }: { json?: boolean }, terminal: Terminal): number {
  terminal.out(json ? `${jsonText({ nothing_to_do: error.message }, 2)}\n` : `${error.message}\n`)
  return 0
}

/** Says when the answers of a run are due that was left, and the commands that keep or cancel them. */
export function detached(
  error: RunDetached,
  { version: { pipeline, version }, flags }: { version: { pipeline: string; version: string }; flags: RunOptions },
  terminal: Terminal,
): number {
  const which = pipeline === oneOffs ? version : `${pipeline} ${version}`
  const place = `${flags.offline ? ' --offline' : ''}${placeFlags(flags)}`
  terminal.out(
    flags.json
      ? `${jsonText({ pipeline, version, status: 'waiting', message: error.message }, 2)}\n`
      : `${which} is waiting. ${error.message}\n`,
  )
  terminal.note(
    `Keep the answers that are there, and send what comes next: itemwise resume ${which}${place} --detach\nWait for them: itemwise follow ${which}${place}. Cancel: itemwise abort ${which}${placeFlags(flags)}\n`,
  )
  return 0
}

/** What is kept of a run that did not finish, and the command that resumes it. */
export function howToResume(
  error: unknown,
  { pipeline, version }: { pipeline: string; version: string },
  { offline, ...place }: Pick<RunOptions, 'offline' | 'workspace' | 'target' | 'stack'>,
): string {
  const what = pipeline === oneOffs ? version : `${pipeline} ${version}`
  const kept = `The answers so far are kept in outputs/${pipeline}/${version}.`
  const flags = `${offline ? ' --offline' : ''}${placeFlags(place)}`
  // The error itself says how to resume: with a higher limit.
  if (error instanceof BudgetReached) return kept
  const how = `${kept} Resume it: itemwise resume ${what}${flags}`
  if (!(error instanceof RunFailed) || pipeline === oneOffs) return how
  return `${how}\nIt keeps its own templates and settings. To change those, run the corrected request with batch_skip_existing: true, which keeps the answers.`
}
