/** How fast a person reads: `itemwise serve` over a version of a hundred thousand items, from the first rows to a text filter over all answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Bench } from './cases.ts'
import { concurrency } from './cases.ts'
import { measuredRun } from './measured-run.ts'
import { benchWorkspace } from './workspace.ts'

const cli = resolve(import.meta.dirname, '../dist/cli/main.js')
const reporter = resolve(import.meta.dirname, 'report-usage.mjs')
const step = '/pipelines/summaries/versions/v0/steps/1'
/** Of one word of the items, of several, with letters that JSON escapes, and such as nobody wrote. */
export const texts = ['Lantern', 'harbour kettle bridge', '"', 'e', 'nobody wrote this']

/** Seconds that each request took, after the server has started and answered once. */
export async function reading(bench: Bench, { items }: { items: number }): Promise<void> {
  const server = await startServer(await readableWorkspace(bench, items), 'serve')
  const more = await measured(server)
  const used = await server.stop()
  bench.report({ ...{ case: 'read', program: 'itemwise', items, latency_ms: 0, runs: 1 }, ...used, more })
}

/** `itemwise report`, with as many items as it shows unless somebody wants more. */
export async function reporting(bench: Bench, { items }: { items: number }): Promise<void> {
  const cwd = await readableWorkspace(bench, items)
  const args = [cli, 'report', 'summaries', '--output', 'report.html']
  const { wall, processor, peak_mb } = await measuredRun({ args, cwd })
  const more = { file_mb: statSync(join(cwd, 'report.html')).size / 1e6 }
  bench.report({
    ...{ case: 'report', program: 'itemwise', items, latency_ms: 0, runs: 1 },
    ...{ wall, processor, peak_mb, more },
  })
}

/** A workspace with a version of so many items; made once. */
export async function readableWorkspace(bench: Bench, items: number): Promise<string> {
  const workspace = join(bench.folder, `reading-${items}`)
  if (existsSync(workspace)) return workspace
  await benchWorkspace(workspace, { items, concurrency })
  writeFileSync(join(workspace, 'itemwise.yaml'), 'keep: { prompts: none, items: packed }\n')
  await measuredRun({ args: [cli, 'run', 'pipelines/summaries.json', '--offline'], cwd: workspace })
  return workspace
}

export interface ReadServer {
  /** With the token, for a browser. */
  address: string
  /** Asks the API, and returns how many seconds the answer took. */
  get: (path: string) => Promise<number>
  /** Ends it, and returns what it used since it has started. */
  stop: () => Promise<{ wall: number; processor: number; peak_mb: number }>
}

/** Starts the API, or the page with the API behind it. */
export async function startServer(workspace: string, command: 'serve' | 'review'): Promise<ReadServer> {
  const report = join(mkdtempSync(join(tmpdir(), 'itemwise-usage-')), 'usage.json')
  const words = [command, '--port', '0', '--json', ...(command === 'review' ? ['--no-open'] : [])]
  const server = spawn(process.execPath, ['--import', reporter, cli, ...words], {
    cwd: workspace,
    env: { ...process.env, USAGE_REPORT: report },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url: address, token = new URL(address).searchParams.get('token') } = await printedBy(server)
  const started = performance.now()
  return {
    address: address.split('#')[0]!,
    get: async (path) => {
      const began = performance.now()
      const answer = await fetch(new URL(path, address), { headers: { Authorization: `Bearer ${token}` } })
      const text = await answer.text()
      if (!answer.ok) throw new Error(text)
      return (performance.now() - began) / 1000
    },
    stop: async () => {
      const wall = (performance.now() - started) / 1000
      server.kill('SIGINT')
      await once(server, 'exit')
      const { processor, peak_mb } = JSON.parse(readFileSync(report, 'utf8'))
      rmSync(dirname(report), { recursive: true })
      return { wall, processor, peak_mb }
    },
  }
}

async function measured({ get }: ReadServer): Promise<Record<string, number>> {
  await get('/pipelines')
  const first_rows = await get(`${step}/rows?limit=50`)
  const facets = await get(`${step}/facets`)
  const filters: number[] = []
  for (const text of texts) filters.push(await get(`${step}/rows?limit=50&text=${encodeURIComponent(text)}`))
  const far_rows = await get(`${step}/rows?limit=50&from=90000`)
  return { first_rows, facets, text_filter: middle(filters), slowest_text_filter: Math.max(...filters), far_rows }
}

export function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

/** What `serve --json` and `review --json` print. */
async function printedBy(server: ChildProcess): Promise<{ url: string; token?: string }> {
  let text = ''
  for await (const chunk of server.stdout!) {
    text += chunk
    if (text.endsWith('}\n')) break
  }
  return JSON.parse(text)
}
