/** How fast a person reads: `itemwise serve` over a version of a hundred thousand items, from the first rows to a text filter over all answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Bench } from './cases.ts'
import { concurrency } from './cases.ts'
import { measuredRun } from './measured-run.ts'
import { benchWorkspace } from './workspace.ts'

const cli = resolve(import.meta.dirname, '../dist/cli/main.js')
const reporter = resolve(import.meta.dirname, 'report-usage.mjs')
const step = '/pipelines/summaries/versions/v0/steps/1'
/** Of one word of the items, of several, with letters that JSON escapes, and such as nobody wrote. */
const texts = ['Lantern', 'harbour kettle bridge', '"', 'e', 'nobody wrote this']

/** Seconds that each request took, after the server has started and answered once. */
export async function reading(bench: Bench, { items }: { items: number }): Promise<void> {
  const workspace = join(bench.folder, `reading-${items}`)
  await benchWorkspace(workspace, { items, concurrency })
  writeFileSync(join(workspace, 'itemwise.yaml'), 'keep: { prompts: none, items: packed }\n')
  await measuredRun({ args: [cli, 'run', 'pipelines/summaries.json', '--offline'], cwd: workspace })
  const report = join(mkdtempSync(join(tmpdir(), 'itemwise-usage-')), 'usage.json')
  const server = spawn(process.execPath, ['--import', reporter, cli, 'serve', '--port', '0', '--json'], {
    cwd: workspace,
    env: { ...process.env, USAGE_REPORT: report },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const started = performance.now()
  const more = await measured(await addressOf(server))
  server.kill('SIGINT')
  await once(server, 'exit')
  const { processor, peak_mb } = JSON.parse(readFileSync(report, 'utf8'))
  const wall = (performance.now() - started) / 1000
  bench.report({
    ...{ case: 'read', program: 'itemwise', items, latency_ms: 0, runs: 1, wall, processor, peak_mb },
    more,
  })
}

async function measured({ url, token }: { url: string; token: string }): Promise<Record<string, number>> {
  const headers = { Authorization: `Bearer ${token}` }
  const seconds = async (path: string) => {
    const began = performance.now()
    const answer = await fetch(url + path, { headers })
    if (!answer.ok) throw new Error(await answer.text())
    await answer.text()
    return (performance.now() - began) / 1000
  }
  await seconds('/pipelines')
  const first_rows = await seconds(`${step}/rows?limit=50`)
  const facets = await seconds(`${step}/facets`)
  const filters: number[] = []
  for (const text of texts) filters.push(await seconds(`${step}/rows?limit=50&text=${encodeURIComponent(text)}`))
  const far_rows = await seconds(`${step}/rows?limit=50&from=90000`)
  return { first_rows, facets, text_filter: middle(filters), slowest_text_filter: Math.max(...filters), far_rows }
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

/** What `serve --json` prints. */
async function addressOf(server: ChildProcess): Promise<{ url: string; token: string }> {
  let text = ''
  for await (const chunk of server.stdout!) {
    text += chunk
    if (text.endsWith('}\n')) break
  }
  return JSON.parse(text)
}
