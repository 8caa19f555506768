/** Asks for one line. If the person leaves with Ctrl-C or Ctrl-D, nothing was begun. */
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
  let leave: (reason: unknown) => void = () => {}
  const closed = () => leave(new RunInterrupted('Not answered, so nothing was started.'))
  // A terminal that was closed cannot be read any more (EIO).
  input.on('error', closed)
  try {
    return await new Promise<string>((resolve, reject) => {
      leave = (reason) => {
        output.write('\n')
        reject(reason)
      }
      signal.addEventListener('abort', () => leave(signal.reason), { once: true })
      lines.once('SIGINT', () => lines.close())
      lines.once('close', closed)
      lines.question(question, resolve)
    })
  } finally {
    // Its own listener and no other: those of the interface take it off the keyboard.
    lines.off('close', closed)
    input.off('error', closed)
    lines.close()
  }
}
