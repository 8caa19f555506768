/**
 * Measures Itemwise beside what one would use instead, on one loopback server, in one go. Prints a table, checks the bars of
 * bench/bars.ts (exit code 1 where one is missed), and writes bench/results.json and what docs/performance.md shows of it.
 * `--quick`: under three minutes, writes nothing. `--only <word>`: the cases whose name has the word, writes nothing.
 * `--million`: only how each command grows up to a million items, half an hour and 20 GB; writes bench/growth.json, docs/growth.svg
 * and what docs/performance.md shows of it. `--most 10000`: the same of no more items than that, in a minute.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writePerformancePage } from '../tools/performance.ts'
import { type Bar, barsOf, unmeasured } from './bars.ts'
import { readingInBrowser } from './browser.ts'
import { type Bench, efficiency, rerunAndCompare, startUp, throughput } from './cases.ts'
import { growth } from './growth.ts'
import { growthBars } from './growth-bars.ts'
import { growthPacked } from './growth-packed.ts'
import { growthPlot } from './growth-plot.ts'
import { coldImport, fromGenerator } from './library.ts'
import { packing } from './packing.ts'
import { plot } from './plot.ts'
import { promptfoo } from './promptfoo.ts'
import { reading, reporting } from './reading.ts'
import type { Results } from './results.ts'
import { headLine, type Row, rowLine } from './rows.ts'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    most: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
})
const { quick, million, only } = values
const most = Number(values.most)
const isFull = !quick && only === undefined

const rows: Row[] = []
const bench: Bench = {
  folder: mkdtempSync(join(tmpdir(), 'itemwise-bench-')),
  report: (row) => {
    rows.push(row)
    console.log(rowLine(row))
  },
}

interface Case {
  name: string
  /** Left out of a quick run. */
  long?: boolean
  run: () => Promise<void>
}

const sizes = { '1k': 1000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 }
const growing: Case[] = Object.entries(sizes)
  .filter(([, items]) => items <= most)
  .flatMap(([name, items]) => [
    { name: `growth-${name}`, run: () => growth(bench, { items }) },
    { name: `packed-${name}`, run: () => growthPacked(bench, { items }) },
  ])

const usual: Case[] = [
  { name: 'start', run: () => startUp(bench, { versions: 1000 }) },
  { name: 'import', run: () => coldImport(bench) },
  { name: 'promptfoo', long: true, run: () => promptfoo(bench, { items: 1000 }) },
  { name: 'run-1000-0', run: () => throughput(bench, { items: 1000, latencyMs: 0, times: 3 }) },
  // The decisive one: in turns, so that what disturbs the machine does not decide.
  { name: 'run-10000-0', run: () => throughput(bench, { items: 10_000, latencyMs: 0, times: quick ? 3 : 5 }) },
  { name: 'run-100000-0', long: true, run: () => throughput(bench, { items: 100_000, latencyMs: 0 }) },
  { name: 'generator-100000', long: true, run: () => fromGenerator(bench, { items: 100_000 }) },
  { name: 'rerun-0', long: true, run: () => rerunAndCompare(bench, { items: 10_000, latencyMs: 0 }) },
  { name: 'rerun-200', run: () => rerunAndCompare(bench, { items: 10_000, latencyMs: 200 }) },
  { name: 'packing', run: () => packing(bench, { items: 10_000, times: quick ? 1 : 3 }) },
  { name: 'read', long: true, run: () => reading(bench, { items: 100_000 }) },
  { name: 'report', long: true, run: () => reporting(bench, { items: 100_000 }) },
  { name: 'read-in-browser', long: true, run: () => readingInBrowser(bench, { items: 100_000 }) },
  { name: 'efficiency', run: () => efficiency(bench, { items: quick ? 3200 : 6400, latencyMs: 200 }) },
  { name: 'run-1000-200', long: true, run: () => throughput(bench, { items: 1000, latencyMs: 200 }) },
  { name: 'run-10000-200', long: true, run: () => throughput(bench, { items: 10_000, latencyMs: 200 }) },
  { name: 'run-100000-200', long: true, run: () => throughput(bench, { items: 100_000, latencyMs: 200 }) },
]

const cases = million ? growing : usual
if (million) requireRoom(bench.folder)
execFileSync(process.execPath, ['tools/build.ts'], { cwd: root, stdio: 'inherit' })
console.log(headLine())
try {
  for (const { name, long, run } of cases) if (only === undefined ? !(quick && long) : name.includes(only)) await run()
} finally {
  removeFolder(bench.folder)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
}

const bars = million ? growthBars(rows) : barsOf(rows)
console.log(`\n${bars.map(barLine).join('\n')}`)
if (isFull) writeResults()
const gaps = isFull && !million ? unmeasured(bars) : []
for (const claim of gaps) console.error(`Not measured: ${claim}`)
process.exitCode = gaps.length === 0 && bars.every(({ reached }) => reached) ? 0 : 1

function barLine({ claim, figure, bar, reached }: Bar): string {
  return `${reached ? 'reached' : 'MISSED '}  ${claim}: ${figure} (bar: ${bar})`
}

function writeResults(): void {
  const machine = {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: process.platform,
    node: process.version,
  }
  const results: Results = { date: new Date().toISOString().slice(0, 10), machine, rows, bars }
  const [name, picture, drawing] = million
    ? ['growth.json', 'growth.svg', growthPlot(rows)]
    : ['results.json', 'performance.svg', plot(rows)]
  writeFileSync(join(root, 'bench', name), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(root, 'docs', picture), drawing)
  writePerformancePage()
}

/** An item is an input of 430 bytes, three blocks of 4 KB on the disk, and two lines of 0.7 KB; packed, at most 4 KB while it is run. */
function requireRoom(folder: string): void {
  const needed = growing.length === 0 ? 0 : 1.15 * most * 18_000
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize > needed) return
  const [wanted, free] = [needed, bavail * bsize].map((bytes) => (bytes / 1e9).toFixed(1))
  throw new Error(
    `${folder} has ${free} GB free. Expected ${wanted} GB: set TMPDIR to a folder with more room, or measure less (--most 100000).`,
  )
}

/** Three million files take minutes to delete: nobody waits for them. */
function removeFolder(folder: string): void {
  if (million) spawn('rm', ['-rf', folder], { detached: true, stdio: 'ignore' }).unref()
  else rmSync(folder, { recursive: true, force: true })
}
