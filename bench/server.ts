/** The API that all programs are measured against: a process of its own on the loopback, which counts the requests it gets. */
import { type ChildProcess, fork } from 'node:child_process'
import { startAnthropicServer } from '../test/anthropic-server.ts'

export const key = 'bench-key'

export interface Server {
  url: string
  /** Requests since the start. */
  requests(): Promise<number>
  close(): void
}

/** Starts the server with this latency, in milliseconds. */
export async function startServer(latencyMs: number): Promise<Server> {
  const child = fork(import.meta.filename, [String(latencyMs)])
  const url = await answerOf(child)
  return {
    url,
    requests: async () => {
      child.send('requests')
      return Number(await answerOf(child))
    },
    close: () => void child.kill(),
  }
}

function answerOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`The server of the benchmarks ended with ${code}.`))
    child.once('exit', ended)
    child.once('message', (answer) => {
      child.off('exit', ended)
      resolve(String(answer))
    })
  })
}

async function serve(latencyMs: number): Promise<void> {
  const server = await startAnthropicServer({ key, latencyMs, record: false })
  process.on('message', () => process.send?.(String(server.received)))
  process.on('disconnect', () => process.exit())
  process.send?.(server.url)
}

if (import.meta.main) await serve(Number(process.argv[2]))
