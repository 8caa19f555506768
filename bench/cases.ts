/** What is measured: each case runs its programs one after the other on the same server and items. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Measured, measuredRun } from './measured-run.ts'
import { benchWorkspace, writeItems } from './workspace.ts'

const root = resolve(import.meta.dirname, '..')
const cli = join(root, 'dist/cli/main.js')

export interface Row {
  case: string
  program: string
  items: number
  latency_ms: number
  /** Seconds. */
  wall: number
  processor: number
  peak_mb: number
  /** What else was measured, such as `efficiency`. */
  more?: Record<string, number>
}

export interface Bench {
  /** A folder of its own for workspaces. */
  folder: string
  /** Starts the loopback server with this latency; one process of its own. */
  server: (latencyMs: number) => Promise<{ url: string; close: () => void }>
  report: (row: Row) => void
}

const key = 'bench-key'
const concurrency = 64

/** Starts test/anthropic-server.ts as a process of its own. */
export async function startServer(latencyMs: number): Promise<{ url: string; close: () => void }> {
  const child = spawn(process.execPath, [
    join(root, 'test/anthropic-server.ts'),
    '--port',
    '0',
    '--key',
    key,
    '--latency',
    String(latencyMs),
  ])
  const url = await new Promise<string>((found, failed) => {
    child.stdout.on('data', (chunk) => found(String(chunk).trim()))
    child.on('exit', () => failed(new Error('The server did not start.')))
  })
  return { url, close: () => child.kill() }
}

function environment(url: string): Record<string, string> {
  return { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url, NO_COLOR: '1' }
}

function itemwise(workspace: string, url: string, ...words: string[]): Promise<Measured> {
  return measuredRun({ args: [cli, ...words], cwd: workspace, env: environment(url) })
}

function checked(measured: Measured, what: string): Measured {
  if (measured.status === 0) return measured
  throw new Error(`${what} ended with ${measured.status}:\n${measured.stderr.slice(-2000)}`)
}

/** The floor and Itemwise on the same items. */
export async function throughput(
  bench: Bench,
  { items, latencyMs, floor = true }: { items: number; latencyMs: number; floor?: boolean },
): Promise<void> {
  const workspace = join(bench.folder, `throughput-${items}-${latencyMs}`)
  await benchWorkspace(workspace, { items, concurrency })
  const server = await bench.server(latencyMs)
  const about = { case: 'run', items, latency_ms: latencyMs }
  try {
    if (floor) {
      const args = [join(root, 'bench/floor.ts'), workspace, join(workspace, 'floor'), String(concurrency)]
      bench.report({
        ...about,
        program: 'floor',
        ...figures(checked(await measuredRun({ args, cwd: workspace, env: environment(server.url) }), 'floor')),
      })
      rmSync(join(workspace, 'floor'), { recursive: true })
    }
    const run = checked(await itemwise(workspace, server.url, 'run', 'pipelines/summaries.json'), 'itemwise run')
    bench.report({ ...about, program: 'itemwise', ...figures(run) })
  } finally {
    server.close()
    rmSync(workspace, { recursive: true, force: true })
  }
}

/** How much of the process stage is waiting for the model: sum of latencies ÷ concurrency ÷ wall of the stage. */
export async function efficiency(
  bench: Bench,
  { items, latencyMs }: { items: number; latencyMs: number },
): Promise<void> {
  const workspace = join(bench.folder, 'efficiency')
  await benchWorkspace(workspace, { items, concurrency })
  const server = await bench.server(latencyMs)
  try {
    const args = [join(root, 'bench/process-stage.ts'), workspace]
    const measured = checked(
      await measuredRun({ args, cwd: workspace, env: environment(server.url) }),
      'the process stage',
    )
    const stage = Number(measured.stdout)
    const ideal = (items * latencyMs) / 1000 / concurrency
    bench.report({
      case: 'process stage',
      program: 'itemwise',
      items,
      latency_ms: latencyMs,
      ...figures(measured),
      wall: stage,
      more: { efficiency: ideal / stage },
    })
  } finally {
    server.close()
    rmSync(workspace, { recursive: true, force: true })
  }
}

/** A second version with 1 % of the items changed, and comparing the two. */
export async function rerunAndCompare(bench: Bench, { items }: { items: number }): Promise<void> {
  const workspace = join(bench.folder, 'rerun')
  await benchWorkspace(workspace, { items, concurrency })
  const server = await bench.server(0)
  const about = { program: 'itemwise', items, latency_ms: 0 }
  try {
    const first = checked(await itemwise(workspace, server.url, 'run', 'pipelines/summaries.json'), 'itemwise run')
    bench.report({ case: 'first run', ...about, ...figures(first) })
    await writeItems(join(workspace, 'inputs/items.json'), { items, changedEvery: 100 })
    const rerun = checked(
      await itemwise(workspace, server.url, 'rerun', 'summaries', '--changed', '--json'),
      'itemwise rerun',
    )
    const { stats } = JSON.parse(rerun.stdout)
    bench.report({
      case: 'rerun --changed',
      ...about,
      ...figures(rerun),
      more: { requests: stats.processed, of_first_run: rerun.wall / first.wall },
    })
    const compare = checked(
      await itemwise(workspace, server.url, 'compare', 'summaries', 'v0', 'v1'),
      'itemwise compare',
    )
    bench.report({ case: 'compare', ...about, ...figures(compare) })
  } finally {
    server.close()
    rmSync(workspace, { recursive: true, force: true })
  }
}

/** How long a command takes to say something: the best of five. */
export async function startUp(bench: Bench, { versions }: { versions: number }): Promise<void> {
  const workspace = join(bench.folder, 'start')
  await benchWorkspace(workspace, { items: 3, concurrency })
  checked(await itemwise(workspace, '', 'run', 'pipelines/summaries.json', '--offline'), 'itemwise run')
  const outputs = join(workspace, 'outputs/summaries')
  for (let n = 1; n < versions; n++) cpSync(join(outputs, 'v0/metadata.json'), join(outputs, `v${n}/metadata.json`))
  for (const words of [['--version'], ['list', '--all']]) {
    const best = await bestOf(5, () => itemwise(workspace, '', ...words))
    bench.report({
      case: words[0] === 'list' ? `list of ${versions} versions` : '--version',
      program: 'itemwise',
      items: 0,
      latency_ms: 0,
      ...figures(best),
    })
  }
  rmSync(workspace, { recursive: true, force: true })
}

export async function bestOf(times: number, run: () => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = []
  for (let at = 0; at < times; at++) all.push(checked(await run(), 'the command'))
  return all.sort((a, b) => a.wall - b.wall)[0]!
}

export function figures({ wall, processor, peak_mb }: Measured): Pick<Row, 'wall' | 'processor' | 'peak_mb'> {
  return { wall, processor, peak_mb }
}

/** The same items in promptfoo: installed into a cache folder the first time. */
export async function promptfoo(
  bench: Bench,
  { items, latencyMs, cli: program }: { items: number; latencyMs: number; cli: string },
): Promise<void> {
  const workspace = join(bench.folder, `promptfoo-${latencyMs}`)
  await benchWorkspace(workspace, { items, concurrency })
  mkdirSync(join(workspace, 'promptfoo'), { recursive: true })
  const server = await bench.server(latencyMs)
  const env = {
    ...environment(server.url),
    PROMPTFOO_CONFIG_DIR: join(workspace, 'promptfoo'),
    PROMPTFOO_DISABLE_TELEMETRY: '1',
    PROMPTFOO_DISABLE_UPDATE: '1',
    PROMPTFOO_CACHE_ENABLED: 'false',
  }
  writeFileSync(join(workspace, 'promptfooconfig.yaml'), promptfooConfig)
  writeFileSync(join(workspace, 'provider.mjs'), promptfooProvider)
  writeFileSync(join(workspace, 'tests.mjs'), promptfooTests)
  try {
    const args = [
      program,
      'eval',
      '-c',
      'promptfooconfig.yaml',
      '-j',
      String(concurrency),
      '-o',
      'out.json',
      '--no-progress-bar',
      '--no-table',
    ]
    const run = checked(await measuredRun({ args, cwd: workspace, env }), 'promptfoo')
    bench.report({ case: 'run', program: 'promptfoo', items, latency_ms: latencyMs, ...figures(run) })
  } finally {
    server.close()
    rmSync(workspace, { recursive: true, force: true })
  }
}

const promptfooConfig = `prompts: ['Summarise this as JSON.\\n\\n{{title}}\\n\\n{{text}}\\n']
providers: ['file://provider.mjs']
tests: file://tests.mjs
`

// promptfoo's own Anthropic provider speaks an older API version; a provider of ten lines with fetch is the kindest way to measure it.
const promptfooProvider = `export default class {
  id() { return 'loopback' }
  async callApi(prompt) {
    const response = await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', authorization: 'Bearer ' + process.env.ANTHROPIC_API_KEY },
      body: JSON.stringify({ model: 'claude-haiku-5-5', max_tokens: 4096, thinking: { type: 'disabled' }, messages: [{ role: 'user', content: prompt }] }),
    })
    const message = await response.json()
    return { output: message.content[0].text, tokenUsage: { prompt: message.usage.input_tokens, completion: message.usage.output_tokens } }
  }
}
`

const promptfooTests = `import { readFileSync } from 'node:fs'
export default () => JSON.parse(readFileSync('inputs/items.json', 'utf8')).map(({ title, text }) => ({ vars: { title, text } }))
`
