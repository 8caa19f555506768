/**
 * What a command knows of the terminal it was started from, and the one door for everything that it prints: what others wrote
 * (ids, answers, notes, arguments, what the API says) cannot steer the terminal, whoever prints it.
 */
import { askLine } from './ask-line.ts'
import { drawnOver } from './bar-line.ts'
import { Output } from './lost-output.ts'
import { printable, printableInColour } from './printable.ts'

export interface Terminal {
  /** Writes results: stdout. */
  out(text: string): void
  /** The same for a text that has our colours. */
  painted(text: string): void
  /** Writes data to stdout as it is. Only on a terminal it is made printable. */
  data(chunk: string): void
  /** Writes progress and messages: stderr. */
  note(text: string): void
  /** Rings the bell, if stderr is a terminal. */
  bell(): void
  /** Draws a line on stderr over the one before; '' removes it. Only if `isLive`. */
  bar(line: string): void
  /**
   * Asks a question on stderr and resolves with the line that is typed. Rejects with the reason of `signal`, or with RunInterrupted
   * on Ctrl-C or Ctrl-D. Null if stdin is not a terminal: nobody is there to answer.
   */
  ask: ((question: string, signal: AbortSignal) => Promise<string>) | null
  /** What is piped into the command; null if stdin is a terminal. */
  stdin: (() => AsyncIterable<Uint8Array>) | null
  /** Whether stderr is a terminal on which a line can be drawn over. */
  isLive: boolean
  /** Whether colours may stand in what goes to stdout. */
  colour: boolean
  /** Width in characters of stdout, else of stderr, as it is now; 80 if neither says one. */
  readonly columns: number
  env: Record<string, string | undefined>
  cwd: string
}

export interface ProcessTerminal extends Terminal {
  /** Stdout and stderr, which may go away while the command works. */
  stdout: Output
  stderr: Output
}

/** What a terminal is made of; `process` has it. */
export type ProcessContext = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'cwd'>

/** The terminal of this process. If a reader goes away (`itemwise run … | head`), the command continues without it. */
export function processTerminal(context: ProcessContext = process): ProcessTerminal {
  const { stdin, env } = context
  const [stdout, stderr] = [new Output(context.stdout), new Output(context.stderr)]
  const [toTerminal, live] = [context.stdout.isTTY === true, context.stderr.isTTY === true]
  const columns = () => context.stdout.columns || context.stderr.columns || 80
  let bar = ''
  return {
    stdout,
    stderr,
    out: (text) => stdout.write(printable(text)),
    painted: (text) => stdout.write(printableInColour(text)),
    data: (chunk) => stdout.write(toTerminal ? printable(chunk) : chunk),
    note: (text) => stderr.write(printable(text)),
    bell: () => {
      if (live) stderr.write('\u0007')
    },
    bar: (line) => {
      const next = printable(line).replaceAll(/\s+/g, ' ')
      if (next !== '' || bar !== '') stderr.write(drawnOver(bar, next, columns()))
      bar = next
    },
    ask:
      stdin.isTTY === true
        ? (question, signal) => askLine({ input: stdin, output: context.stderr }, printable(question), signal)
        : null,
    stdin: stdin.isTTY === true ? null : () => stdin,
    isLive: live && takesControls(env),
    colour: toTerminal && takesControls(env) && !isSet(env.NO_COLOR),
    get columns() {
      return columns()
    },
    env,
    cwd: context.cwd(),
  }
}

/** A dumb terminal, such as that of an editor, shows control sequences as text; the logs of a CI keep them. */
function takesControls({ TERM, CI }: NodeJS.ProcessEnv): boolean {
  return TERM !== 'dumb' && (!isSet(CI) || CI === 'false' || CI === '0')
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
