/** How an error reaches a person, and a script: lines on stderr, with --json an object on stdout, and the exit code. */
import { CommanderError } from 'commander'
import { RequestRefused } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import { inWords } from '../workspace/stack/aws-messages.ts'
import type { Terminal } from './terminal.ts'

/** By name, so that errors of another copy of core end alike. What is not named here ends with 1. */
const exitCodes: Record<string, number> = {
  RequestRefused: 2,
  FileMissing: 2,
  PathOutside: 2,
  VersionBusy: 2,
  RunInterrupted: 130,
}

/** Reports what a command threw and returns the exit code. */
export function reportError(
  thrown: unknown,
  { json, verbose }: { json: boolean; verbose: boolean },
  terminal: Terminal,
): number {
  const error = inWords(thrown)
  const known = error instanceof Error ? error : new Error(String(error))
  if (json) terminal.out(`${jsonText({ error: errorDocument(known) }, 2)}\n`)
  // Commander has written its own lines.
  if (known instanceof CommanderError) return 2
  terminal.note(errorText(known))
  if (verbose) terminal.note(`${errorStacks(known)}\n`)
  return exitCodes[known.name] ?? 1
}

function errorDocument(error: Error): { name: string; message: string; problems?: readonly string[] } {
  if (error instanceof CommanderError) return { name: 'UsageError', message: error.message.replace(/^error: /, '') }
  const { name, message } = error
  return error instanceof RequestRefused ? { name, message, problems: error.problems } : { name, message }
}

/** One line for one problem; for several a headline and a line each. */
export function errorText(error: Error): string {
  const problems = error instanceof RequestRefused ? error.problems : [error.message || error.name]
  if (problems.length === 1) return `itemwise: ${oneLine(problems[0]!)}\n`
  const lines = problems.map((problem) => `  - ${oneLine(problem)}\n`)
  return `itemwise: ${problems.length} problems, nothing was started:\n${lines.join('')}`
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}

/** Stacks only: printing whole errors could print the headers of a request. */
export function errorStacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\nCaused by: ${errorStacks(error.cause)}`
}
