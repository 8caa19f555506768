/** What a command knows of the terminal it was started from. Read once, when the process starts. */
import { askLine } from './ask-line.ts'

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

/** The terminal of this process. When the reader of stdout goes away (`itemwise list | head`), the process ends quietly. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  for (const stream of [stdout, stderr]) stream.on('error', endQuietly)
  const noColour = env.NO_COLOR !== undefined && env.NO_COLOR !== ''
  return {
    out: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    ask:
      stdin.isTTY === true ? (question, signal) => askLine({ input: stdin, output: stderr }, question, signal) : null,
    isTTY: stderr.isTTY === true,
    colour: stdout.isTTY === true && !noColour,
    columns: stdout.columns ?? stderr.columns ?? 80,
    env,
    cwd: process.cwd(),
  }
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}
