/** What is measured. Each program gets a workspace of its own on the same items, and nothing is deleted before the end. */
import { cpSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { type Measured, measuredRun } from './measured-run.ts'
import { quietDisk } from './quiet-disk.ts'
import { middleOf, type Row } from './rows.ts'
import { key, type Server, startServer } from './server.ts'
import { benchWorkspace, writeItems } from './workspace.ts'

const root = resolve(import.meta.dirname, '..')
const cli = join(root, 'dist/cli/main.js')

/** Calls under way at once, in all programs. */
export const concurrency = 64

export interface Bench {
  /** A folder of its own for workspaces. */
  folder: string
  report: (row: Row) => void
}

export function environment(url: string): Record<string, string> {
  return { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url, NO_COLOR: '1' }
}

export function itemwise(workspace: string, url: string, ...words: string[]): Promise<Measured> {
  return measuredRun({ args: [cli, ...words], cwd: workspace, env: environment(url) })
}

export async function withServer(latencyMs: number, use: (server: Server) => Promise<void>): Promise<void> {
  const server = await startServer(latencyMs)
  try {
    await use(server)
  } finally {
    server.close()
  }
}

/** Runs a program and makes sure that it asked for each item once: what failed early would look fast. */
export async function asking(items: number, server: Server, run: () => Promise<Measured>): Promise<Measured> {
  const before = await server.requests()
  const measured = await run()
  const requests = (await server.requests()) - before
  if (requests !== items) throw new Error(`${requests} requests came for ${items} items.`)
  return measured
}

const programs = {
  floor: (workspace: string, url: string) => {
    const args = [join(root, 'bench/floor.ts'), workspace, join(workspace, 'floor'), String(concurrency)]
    return measuredRun({ args, cwd: workspace, env: environment(url) })
  },
  itemwise: (workspace: string, url: string) => itemwise(workspace, url, 'run', 'pipelines/summaries.json'),
}

/** The floor and Itemwise on the same items, `times` times in turns, each going first in every second round. */
export async function throughput(
  bench: Bench,
  { items, latencyMs, times = 1 }: { items: number; latencyMs: number; times?: number },
): Promise<void> {
  const measured: Record<keyof typeof programs, Measured[]> = { floor: [], itemwise: [] }
  await withServer(latencyMs, async (server) => {
    for (let round = 0; round < times; round++) {
      for (const program of round % 2 === 0 ? (['floor', 'itemwise'] as const) : (['itemwise', 'floor'] as const)) {
        const workspace = join(bench.folder, `run-${items}-${latencyMs}-${round}-${program}`)
        await benchWorkspace(workspace, { items, concurrency })
        await quietDisk(bench.folder)
        measured[program].push(await asking(items, server, () => programs[program](workspace, server.url)))
      }
    }
  })
  for (const [program, all] of Object.entries(measured))
    bench.report({ case: 'run', program, items, latency_ms: latencyMs, ...middleOf(all) })
}

/** How much of the process stage is waiting for the model: sum of latencies ÷ concurrency ÷ wall of the stage. */
export async function efficiency(
  bench: Bench,
  { items, latencyMs }: { items: number; latencyMs: number },
): Promise<void> {
  const workspace = join(bench.folder, 'efficiency')
  await benchWorkspace(workspace, { items, concurrency })
  await quietDisk(bench.folder)
  await withServer(latencyMs, async ({ url }) => {
    await warm(url)
    const args = [join(root, 'bench/process-stage.ts'), workspace]
    const measured = await measuredRun({ args, cwd: workspace, env: environment(url) })
    const wall = Number(measured.stdout)
    const ideal = (items * latencyMs) / 1000 / concurrency
    const about = { case: 'process stage', program: 'itemwise', items, latency_ms: latencyMs }
    bench.report({ ...about, ...middleOf([measured]), wall, more: { efficiency: ideal / wall } })
  })
}

/** Asks as often as it takes Node to compile the server: what its own first answers take besides the latency is no share of Itemwise's. */
async function warm(url: string): Promise<void> {
  const client = new Anthropic({ apiKey: key, baseURL: url })
  const messages = [{ role: 'user' as const, content: 'Summarise this as JSON.' }]
  const ask = () =>
    client.messages.create({ model: 'claude-haiku-5-5', max_tokens: 4096, thinking: { type: 'disabled' }, messages })
  for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: concurrency }, ask))
}

/** A second version with 1 % of the items changed, and comparing the two. */
export async function rerunAndCompare(
  bench: Bench,
  { items, latencyMs }: { items: number; latencyMs: number },
): Promise<void> {
  const workspace = join(bench.folder, `rerun-${latencyMs}`)
  await benchWorkspace(workspace, { items, concurrency })
  const report = (name: string, measured: Measured, more?: Row['more']) =>
    bench.report({
      ...{ case: name, program: 'itemwise', items, latency_ms: latencyMs },
      ...middleOf([measured]),
      ...(more && { more }),
    })
  await quietDisk(bench.folder)
  await withServer(latencyMs, async (server) => {
    const first = await itemwise(workspace, server.url, 'run', 'pipelines/summaries.json')
    report('first run', first)
    await writeItems(join(workspace, 'inputs/items.json'), { items, changedEvery: 100 })
    const before = await server.requests()
    const rerun = await itemwise(workspace, server.url, 'rerun', 'summaries', '--changed')
    const requests = (await server.requests()) - before
    report('rerun --changed', rerun, { requests, of_first_run: rerun.wall / first.wall })
    report('compare', await itemwise(workspace, server.url, 'compare', 'summaries', 'v0', 'v1'))
  })
}

/** How long a command takes to say something. */
export async function startUp(bench: Bench, { versions }: { versions: number }): Promise<void> {
  const workspace = join(bench.folder, 'start')
  await benchWorkspace(workspace, { items: 3, concurrency })
  await itemwise(workspace, '', 'run', 'pipelines/summaries.json', '--offline')
  const outputs = join(workspace, 'outputs/summaries')
  for (let n = 1; n < versions; n++) {
    mkdirSync(join(outputs, `v${n}`))
    cpSync(join(outputs, 'v0/metadata.json'), join(outputs, `v${n}/metadata.json`))
  }
  const about = { program: 'itemwise', items: 0, latency_ms: 0 }
  bench.report({ case: '--version', ...about, ...(await several(() => itemwise(workspace, '', '--version'))) })
  const list = await several(() => itemwise(workspace, '', 'list', '--all'))
  bench.report({ case: 'list', ...about, ...list, more: { versions } })
}

/** A short command nine times. */
export async function several(run: () => Promise<Measured>): Promise<ReturnType<typeof middleOf>> {
  const all: Measured[] = []
  for (let round = 0; round < 9; round++) all.push(await run())
  return middleOf(all)
}
