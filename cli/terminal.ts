/** What a command knows of the terminal it was started from. Read once, when the process starts. */
import { askLine } from './ask-line.ts'
import { Output } from './lost-output.ts'

export interface Terminal {
  /** Writes results: stdout. */
  out(text: string): void
  /** Writes progress and messages: stderr. */
  note(text: string): void
  /**
   * Asks a question on stderr and resolves with the line that is typed. Rejects with the reason of `signal`, or with RunInterrupted
   * on Ctrl-C or Ctrl-D. Null where stdin is no terminal: nobody is there to answer.
   */
  ask: ((question: string, signal: AbortSignal) => Promise<string>) | null
  /** Whether stderr is a terminal. */
  isTTY: boolean
  /** Whether colours may stand in what goes to stdout. */
  colour: boolean
  /** Width in characters of stdout, else of stderr; 80 where neither is a terminal. */
  columns: number
  env: Record<string, string | undefined>
  cwd: string
}

export interface ProcessTerminal extends Terminal {
  /** Stdout and stderr, which may go away while the command works. */
  stdout: Output
  stderr: Output
}

/** The terminal of this process. Where a reader goes away (`itemwise run … | head`), the command goes on without it. */
export function processTerminal(): ProcessTerminal {
  const { stdin, env } = process
  const [stdout, stderr] = [new Output(process.stdout), new Output(process.stderr)]
  const noColour = env.NO_COLOR !== undefined && env.NO_COLOR !== ''
  return {
    stdout,
    stderr,
    out: (text) => stdout.write(text),
    note: (text) => stderr.write(text),
    ask:
      stdin.isTTY === true
        ? (question, signal) => askLine({ input: stdin, output: process.stderr }, question, signal)
        : null,
    isTTY: process.stderr.isTTY === true,
    colour: process.stdout.isTTY === true && !noColour,
    columns: process.stdout.columns ?? process.stderr.columns ?? 80,
    env,
    cwd: process.cwd(),
  }
}
