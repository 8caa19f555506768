/** `itemwise serve`: the HTTP API on this machine. Runs that it starts outlive it. */
import { basename } from 'node:path'
import { apiApp } from '../api/app.ts'
import type { Ports } from '../api/ports.ts'
import { StorePages } from '../api/store-pages.ts'
import { StepTables } from '../core/rows/step-tables.ts'
import { jsonText } from '../core/text/json.ts'
import { FolderStore } from '../stores/folder.ts'
import { RunIndex } from '../stores/run-index.ts'
import { WorkspaceTemplates } from '../stores/workspace-templates.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { errorStacks } from './report-error.ts'
import { cancelLeft } from './serve/cancel-left.ts'
import { guardOf } from './serve/guard.ts'
import { type LaunchTools, launcher } from './serve/launch-run.ts'
import { listenHere } from './serve/listen.ts'
import { localEstimates } from './serve/local-estimates.ts'
import { LocalRuns } from './serve/local-runs.ts'
import { usualPort } from './serve/port.ts'
import { tokenIn } from './serve/token.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'
import { findWorkspace } from './workspace.ts'

const never = new AbortController().signal

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
  useFrugalHeap()
  const closing = new AbortController()
  const reviewer = await whoSays(undefined, null, terminal)
  const ports = portsOf(root, { env: terminal.env, reviewer, closing: closing.signal })
  const app = apiApp(() => ports, {
    guard: guardOf(token),
    told: ({ problem }, error) => {
      if (problem.status >= 500) terminal.note(`${errorStacks(error)}\n`)
    },
  })
  const server = await listenHere(app.fetch, port)
  const url = `http://127.0.0.1:${server.port}`
  if (json) terminal.out(`${jsonText({ url, token: isNew ? token : null, workspace: root }, 2)}\n`)
  else terminal.out(`The API of ${root} is at ${url}\n${isNew ? `Token: ${token}\n` : ''}`)
  await server.interrupted
  closing.abort()
  await server.stop()
  terminal.note('The server has stopped. Runs that it started continue.\n')
  return 0
}

/**
 * What the API works on: the workspace at `root`. `reviewer`: who says what a review says, if it names nobody. `closing`: ends answers that go
 * on.
 */
export function portsOf(
  root: string,
  { reviewer = null, closing = never, ...tools }: LaunchTools & { reviewer?: string | null; closing?: AbortSignal },
): Ports {
  const store = new FolderStore(root)
  const starting = { launch: launcher(root, tools), cancelLeft: cancelLeft(store, tools.env) }
  const runs = new LocalRuns({ index: new RunIndex(root), store, ...starting })
  const links = { linkTo: async () => null }
  const place = { target: 'local', workspace: basename(root) } as const
  const tables = new StepTables(store)
  const estimates = localEstimates(store, tools.env)
  const streams = { until: closing }
  const templates = new WorkspaceTemplates(root, store)
  return { store, runs, pages: new StorePages(store), links, tables, reviewer, place, estimates, templates, streams }
}
