/**
 * Measures Itemwise beside what one would use instead, on one loopback server, in one go. Prints a table, checks the bars
 * of bench/bars.ts, and writes bench/results.json and docs/performance.svg.
 * `--quick`: the small cases only, under two minutes. `--only <word>`: cases whose name has the word.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { barsOf } from './bars.ts'
import {
  type Bench,
  bestOf,
  efficiency,
  figures,
  promptfoo,
  type Row,
  rerunAndCompare,
  startServer,
  startUp,
  throughput,
} from './cases.ts'
import { measuredRun } from './measured-run.ts'
import { plot } from './plot.ts'

const root = resolve(import.meta.dirname, '..')
const quick = process.argv.includes('--quick')
const only = process.argv[process.argv.indexOf('--only') + 1]
const wanted = (name: string) => !process.argv.includes('--only') || name.includes(only ?? '')

execFileSync(process.execPath, ['tools/build.ts'], { cwd: root, stdio: 'inherit' })
const folder = mkdtempSync(join(tmpdir(), 'itemwise-bench-'))
const rows: Row[] = []
const bench: Bench = {
  folder,
  server: startServer,
  report: (row) => {
    rows.push(row)
    console.log(line(row))
  },
}

console.log(line(null))
try {
  if (wanted('start')) await startUp(bench, { versions: 1000 })
  if (wanted('rerun')) await rerunAndCompare(bench, { items: quick ? 2000 : 10_000 })
  for (const latencyMs of quick ? [0] : [0, 200]) {
    for (const items of quick ? [1000, 10_000] : [1000, 10_000, 100_000]) {
      if (wanted(`run-${items}-${latencyMs}`)) await throughput(bench, { items, latencyMs })
    }
  }
  if (wanted('efficiency')) await efficiency(bench, { items: quick ? 1280 : 6400, latencyMs: 200 })
  if (!quick && wanted('promptfoo')) await measurePromptfoo()
} finally {
  rmSync(folder, { recursive: true, force: true })
  rmSync(join(root, 'dist'), { recursive: true, force: true })
}

const bars = barsOf(rows)
console.log(
  `\n${bars.map(({ claim, figure, bar, reached }) => `${reached ? 'reached' : 'MISSED '}  ${claim}: ${figure} (bar: ${bar})`).join('\n')}`,
)
if (!quick && !process.argv.includes('--only')) {
  const machine = { cores: cpus().length, memory_gb: Math.round(totalmem() / 2 ** 30), node: process.version }
  writeFileSync(
    join(root, 'bench/results.json'),
    `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine, rows, bars }, null, 2)}\n`,
  )
  writeFileSync(join(root, 'docs/performance.svg'), plot(rows))
}

async function measurePromptfoo(): Promise<void> {
  const cache = join(root, 'node_modules/.cache/itemwise-bench')
  const program = join(cache, 'node_modules/promptfoo/dist/src/main.js')
  if (!existsSync(program)) {
    mkdirSync(cache, { recursive: true })
    writeFileSync(join(cache, 'package.json'), '{ "private": true }')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', 'promptfoo@0.123.1'], {
      cwd: cache,
      stdio: 'inherit',
    })
  }
  const version = await bestOf(5, () =>
    measuredRun({
      args: [program, '--version'],
      cwd: cache,
      env: { PROMPTFOO_DISABLE_TELEMETRY: '1', PROMPTFOO_DISABLE_UPDATE: '1' },
    }),
  )
  bench.report({ case: '--version', program: 'promptfoo', items: 0, latency_ms: 0, ...figures(version) })
  for (const latencyMs of [0, 200]) await promptfoo(bench, { items: 1000, latencyMs, cli: program })
}

function line(row: Row | null): string {
  if (row === null)
    return `${'case'.padEnd(24)} ${'program'.padEnd(10)} ${'items'.padStart(8)} ${'latency'.padStart(8)} ${'wall'.padStart(9)} ${'processor'.padStart(10)} ${'peak'.padStart(8)}`
  const more = Object.entries(row.more ?? {}).map(
    ([name, value]) => `  ${name} ${value < 10 ? value.toFixed(3) : Math.round(value)}`,
  )
  return `${row.case.padEnd(24)} ${row.program.padEnd(10)} ${String(row.items || '').padStart(8)} ${`${row.latency_ms} ms`.padStart(8)} ${`${row.wall.toFixed(2)} s`.padStart(9)} ${`${row.processor.toFixed(2)} s`.padStart(10)} ${`${Math.round(row.peak_mb)} MB`.padStart(8)}${more.join('')}`
}
