/** Runs a program of its own and measures it: wall clock, processor time, peak memory. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Measured {
  /** Seconds from start to end. */
  wall: number
  /** Seconds of processor time, user and system. */
  processor: number
  /** Peak resident memory of the process, in MB. */
  peak_mb: number
  stdout: string
}

const reporter = resolve(import.meta.dirname, 'report-usage.mjs')

export interface Program {
  args: string[]
  cwd: string
  env?: Record<string, string>
}

/** Runs a Node.js program and waits for its end. Throws where it fails. */
export async function measuredRun({ args, cwd, env = {} }: Program): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-usage-'))
  const report = join(folder, 'usage.json')
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', reporter, ...args], {
    cwd,
    env: { ...process.env, ...env, USAGE_REPORT: report },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const status = await new Promise<number | null>((done) => child.on('close', done))
  const wall = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stderr.slice(-2000)}`)
  const usage = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(folder, { recursive: true })
  return { wall, processor: usage.processor, peak_mb: usage.peak_mb, stdout }
}

/** Runs any other command and times it. Its memory is not measured. Throws if it fails. */
export async function measuredCommand(command: string, args: string[], cwd?: string): Promise<Measured> {
  const started = performance.now()
  const child = spawn(command, args, { stdio: 'ignore', ...(cwd !== undefined && { cwd }) })
  const status = await new Promise<number | null>((done) => child.on('close', done))
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}.`)
  return { wall: (performance.now() - started) / 1000, processor: 0, peak_mb: 0, stdout: '' }
}
