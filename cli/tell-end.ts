/** Tells a person and other programs that a run has ended. What goes wrong here is a warning: it changes nothing of the run. */
import { spawn } from 'node:child_process'
import { readOnEnd } from '../core/request/parse-request.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { FolderStore } from '../stores/folder.ts'
import type { RunOptions } from './run-options.ts'
import { type RunSummary, runSummary } from './run-summary.ts'
import type { Terminal } from './terminal.ts'
import { workspaceIfAny } from './workspace.ts'

export interface EndedRun {
  /** Where its version is. */
  store: Store
  ref: VersionRef
  /** What it ended with; null if it completed. */
  error: unknown
}

/** A command or an address that does not answer must not hold up a script for ever. */
const longestCommandMs = 60_000
const longestPostMs = 10_000

type Flags = Pick<RunOptions, 'notify' | 'workspace'>

/** Calls what `on_end` of the itemwise.yaml on this machine says, and with --notify rings. */
export async function tellEnd({ store, ref, error }: EndedRun, flags: Flags, terminal: Terminal): Promise<void> {
  const warn = (text: string) => terminal.note(`Warning: ${text}\n`)
  try {
    const root = workspaceIfAny(terminal.cwd, flags.workspace)
    const { command, webhook } = root === undefined ? {} : await readOnEnd(new FolderStore(root))
    if (command === undefined && webhook === undefined && !flags.notify) return
    const state = await store.version(ref)
    if (state === undefined) return
    const summary = runSummary(ref, state.metadata, error)
    await Promise.all([
      command === undefined
        ? null
        : callCommand({ command, cwd: root ?? terminal.cwd, summary }, terminal).catch(({ message }) => warn(message)),
      webhook === undefined ? null : post(webhook, summary).catch(({ message }) => warn(message)),
      flags.notify ? notify(summary, terminal) : null,
    ])
  } catch (cause) {
    warn(`That the run has ended was not told: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

interface Call {
  command: string
  cwd: string
  summary: RunSummary
}

/** What it prints goes to stderr: stdout is the result's. */
function callCommand({ command, cwd, summary }: Call, { env, note }: Terminal): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (how: string) => reject(new Error(`The command of on_end (itemwise.yaml) ${how}.`))
    const child = spawn(command, { shell: true, cwd, env, timeout: longestCommandMs, stdio: ['pipe', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', note)
    // It may not care for the summary.
    child.stdin.on('error', () => {})
    child.stdin.end(`${JSON.stringify(summary)}\n`)
    child.on('error', ({ message }) => failed(`could not be started (${message})`))
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else
        failed(
          signal === null
            ? `ended with exit code ${code}`
            : `was ended by ${signal}; it has ${longestCommandMs / 1000} seconds`,
        )
    })
  })
}

/** The address may be a secret, so only its host is named. */
async function post(webhook: string, summary: RunSummary): Promise<void> {
  const { host } = new URL(webhook)
  const failed = (how: string) => new Error(`The webhook of on_end (itemwise.yaml) at ${host} ${how}.`)
  const response = await fetch(webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(summary),
    signal: AbortSignal.timeout(longestPostMs),
  }).catch((error: Error) => {
    throw failed(
      error.name === 'TimeoutError' ? `did not answer within ${longestPostMs / 1000} seconds` : 'cannot be reached',
    )
  })
  await response.body?.cancel()
  if (!response.ok) throw failed(`answered ${response.status}`)
}

/** Shows a desktop notice if there is a desktop, and rings the terminal's bell. */
async function notify({ text, status }: RunSummary, terminal: Terminal): Promise<void> {
  terminal.bell()
  const title = status === 'completed' ? 'Itemwise' : `Itemwise: ${status}`
  // The text is an argument of its own, and no part of a script.
  const script = 'on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run'
  const [file, args] =
    process.platform === 'darwin' ? ['osascript', ['-e', script, title, text]] : ['notify-send', ['--', title, text]]
  await new Promise<void>((resolve) => {
    const child = spawn(file, args, { env: terminal.env, stdio: 'ignore', timeout: longestPostMs })
    // A server has no desktop; there is the bell.
    child.on('error', () => resolve())
    child.on('close', () => resolve())
  })
}
