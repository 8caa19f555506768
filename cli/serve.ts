/** `itemwise serve`: the HTTP API on this machine. Runs that it starts outlive it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { apiApp } from '../api/app.ts'
import type { Ports } from '../api/ports.ts'
import { HttpProblem, problemAnswer } from '../api/problem.ts'
import { StorePages } from '../api/store-pages.ts'
import { RequestRefused } from '../core/errors.ts'
import { StepTables } from '../core/rows/step-tables.ts'
import { jsonText } from '../core/text/json.ts'
import { FolderStore } from '../stores/folder.ts'
import { RunIndex } from '../stores/run-index.ts'
import { errorStacks } from './report-error.ts'
import { guardOf } from './serve/guard.ts'
import { type LaunchTools, launcher } from './serve/launch-run.ts'
import { LocalRuns } from './serve/local-runs.ts'
import { usualPort } from './serve/port.ts'
import { tokenIn } from './serve/token.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'
import { findWorkspace } from './workspace.ts'

export interface ServeFlags {
  port?: number
  workspace?: string
  json?: boolean
}

/** Answers until Ctrl-C. Throws RequestRefused. */
export async function serve(
  _words: [],
  { port = usualPort, workspace, json = false }: ServeFlags,
  terminal: Terminal,
): Promise<number> {
  const root = findWorkspace(terminal.cwd, workspace)
  const { token, isNew } = tokenIn(terminal.env)
  const ports = portsOf(root, { env: terminal.env, reviewer: await whoSays(undefined, null, terminal) })
  const app = apiApp(() => ports, {
    guard: guardOf(token),
    told: ({ problem }, error) => {
      if (problem.status >= 500) terminal.note(`${errorStacks(error)}\n`)
    },
  })
  const server = createServer(getRequestListener(app.fetch, { errorHandler: unreadable }))
  const interrupted = interruption()
  const url = `http://127.0.0.1:${await listen(server, port)}`
  if (json) terminal.out(`${jsonText({ url, token: isNew ? token : null, workspace: root }, 2)}\n`)
  else terminal.out(`The API of ${root} is at ${url}\n${isNew ? `Token: ${token}\n` : ''}`)
  await interrupted
  // Requests under way get their answers.
  await new Promise<void>((resolve) => server.close(() => resolve()))
  terminal.note('The server has stopped. Runs that it started continue.\n')
  return 0
}

/** What the API works on: the workspace at `root`. `reviewer`: who says what a review says, if it names nobody. */
export function portsOf(
  root: string,
  { reviewer = null, ...tools }: LaunchTools & { reviewer?: string | null },
): Ports {
  const store = new FolderStore(root)
  const runs = new LocalRuns({ index: new RunIndex(root), store, launch: launcher(root, tools) })
  const links = { linkTo: async () => null }
  const place = { target: 'local', workspace: basename(root) } as const
  return { store, runs, pages: new StorePages(store), links, tables: new StepTables(store), reviewer, place }
}

/** Resolves with the port. Nobody but this machine reaches it. Throws RequestRefused if the port is taken. */
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

/** Resolves on the first Ctrl-C. A second one ends the process. */
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
