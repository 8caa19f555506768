/** The figures in docs/performance.md, from what the last full runs of the benchmarks wrote. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Results } from '../bench/results.ts'
import { markdownTable, type Row } from '../bench/rows.ts'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'docs/performance.md')
const results = join(root, 'bench/results.json')
const growth = join(root, 'bench/growth.json')

const figures = /(?<=<!-- figures of bench\/results\.json -->\n)[\s\S]*(?=<!-- end of figures -->)/
const growthFigures = /(?<=<!-- figures of bench\/growth\.json -->\n)[\s\S]*(?=<!-- end of growth -->)/

/** The page as it is, and with today's figures. */
export function performancePage(): { before: string; after: string } {
  const before = readFileSync(page, 'utf8')
  const after = before
    .replace(figures, () => `\n${figuresText()}\n\n`)
    .replace(growthFigures, () => `\n${growthText()}\n\n`)
  return { before, after }
}

export function writePerformancePage(): void {
  const { before, after } = performancePage()
  if (after !== before) writeFileSync(page, after)
}

function figuresText(): string {
  if (!existsSync(results)) return 'There has been no full run yet: `npm run bench`.'
  const run: Results = JSON.parse(readFileSync(results, 'utf8'))
  return [headText(run), barTable(run), markdownTable(run.rows)].join('\n\n')
}

/** One row a command, one column a number of items. */
function growthText(): string {
  if (!existsSync(growth)) return 'There has been no run yet: `npm run bench -- --million`.'
  const run: Results = JSON.parse(readFileSync(growth, 'utf8'))
  const sizes = [...new Set(run.rows.map(({ items }) => items))]
  const commands = Object.entries(Object.groupBy(run.rows, (row) => row.case))
  const table = [
    `| | ${sizes.map((size) => size.toLocaleString('en-US')).join(' | ')} |`,
    `|---|${sizes.map(() => '--:').join('|')}|`,
    ...commands.map(([name, rows = []]) => `| ${name} | ${sizes.map((size) => cellOf(rows, size)).join(' | ')} |`),
  ].join('\n')
  return [headText(run), barTable(run), table].join('\n\n')
}

function cellOf(rows: Row[], items: number): string {
  const row = rows.find((one) => one.items === items)
  if (row === undefined) return ''
  const memory = row.peak_mb === 0 ? '' : `, ${Math.round(row.peak_mb)} MB`
  return `${row.wall.toFixed(row.wall < 10 ? 2 : 0)} s${memory}`
}

function headText({ date, machine, bars }: Results): string {
  const { processor, cores, memory_gb, system, node } = machine
  const missed = bars.filter(({ reached }) => !reached).length
  return `One run of ${date}: ${processor}, ${cores} cores, ${memory_gb} GB, ${system}, Node.js ${node}. ${missed === 0 ? 'All bars are reached.' : `${missed} of ${bars.length} bars are missed.`}`
}

function barTable({ bars }: Results): string {
  return ['| claim | bar | figure | |', '|---|--:|--:|---|', ...bars.map(barRow)].join('\n')
}

function barRow({ claim, bar, figure, reached }: Results['bars'][0]): string {
  return `| ${claim} | ${bar} | ${figure} | ${reached ? 'reached' : '**missed**'} |`
}
