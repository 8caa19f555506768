/** A server on this machine: it listens, answers, and stops when it is asked to. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { HttpProblem, problemAnswer } from '../../api/problem.ts'
import { RequestRefused } from '../../core/errors.ts'

export interface Listening {
  port: number
  /** Resolves on the first Ctrl-C. A second one ends the process. */
  interrupted: Promise<void>
  /** Requests under way get their answers. */
  stop(): Promise<void>
}

/** Nobody but this machine reaches it. Throws RequestRefused if the port is taken. */
export async function listenHere(
  answer: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Listening> {
  const server = createServer(getRequestListener(answer, { errorHandler: unreadable }))
  const interrupted = interruption()
  return {
    port: await listen(server, port),
    interrupted,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

/** Resolves with the port. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES'
      reject(taken ? new RequestRefused([portTaken(port, error.code)]) : error)
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function portTaken(port: number, code: string | undefined): string {
  const why = code === 'EACCES' ? 'needs rights that you do not have' : 'is in use by another program'
  return `Port ${port} ${why}. Name another with --port, or use --port 0 for any free port.`
}

function interruption(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

/** A request that is not one, such as one without a host. */
function unreadable(): Response {
  return problemAnswer(
    new HttpProblem('request-refused', 'The request cannot be read. Expected HTTP/1.1 with a Host and a path.'),
  )
}
