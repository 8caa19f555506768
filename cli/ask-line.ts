/** Asks for one line. Where the question is left with Ctrl-C or Ctrl-D, nothing was begun. */
import { createInterface } from 'node:readline'
import { RunInterrupted } from '../core/errors.ts'

export interface Streams {
  input: NodeJS.ReadableStream
  output: NodeJS.WritableStream
}

/** The line that is typed. Rejects with the reason of `signal`, or with RunInterrupted on Ctrl-C or Ctrl-D. */
export async function askLine({ input, output }: Streams, question: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  const lines = createInterface({ input, output })
  try {
    return await new Promise<string>((resolve, reject) => {
      const leave = (reason: unknown) => {
        output.write('\n')
        reject(reason)
      }
      signal.addEventListener('abort', () => leave(signal.reason), { once: true })
      lines.once('SIGINT', () => lines.close())
      lines.once('close', () => leave(new RunInterrupted('Not answered, so nothing was started.')))
      lines.question(question, (line) => {
        lines.removeAllListeners('close')
        resolve(line)
      })
    })
  } finally {
    lines.removeAllListeners('close')
    lines.close()
  }
}
