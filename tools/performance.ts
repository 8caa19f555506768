/** The figures in docs/performance.md, from what the last full run of the benchmarks wrote. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Results } from '../bench/results.ts'
import { markdownTable } from '../bench/rows.ts'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'docs/performance.md')
const results = join(root, 'bench/results.json')

const figures = /(?<=<!-- figures of bench\/results\.json -->\n)[\s\S]*(?=<!-- end of figures -->)/

/** The page as it is, and with today's figures. */
export function performancePage(): { before: string; after: string } {
  const before = readFileSync(page, 'utf8')
  return { before, after: before.replace(figures, () => `\n${figuresText()}\n\n`) }
}

export function writePerformancePage(): void {
  const { before, after } = performancePage()
  if (after !== before) writeFileSync(page, after)
}

function figuresText(): string {
  if (!existsSync(results)) return 'There has been no full run yet: `npm run bench`.'
  const { date, machine, bars, rows }: Results = JSON.parse(readFileSync(results, 'utf8'))
  const { processor, cores, memory_gb, system, node } = machine
  const missed = bars.filter(({ reached }) => !reached).length
  return [
    `One run of ${date}: ${processor}, ${cores} cores, ${memory_gb} GB, ${system}, Node.js ${node}. ${missed === 0 ? 'All bars are reached.' : `${missed} of ${bars.length} bars are missed.`}`,
    ['| claim | bar | figure | |', '|---|--:|--:|---|', ...bars.map(barRow)].join('\n'),
    markdownTable(rows),
  ].join('\n\n')
}

function barRow({ claim, bar, figure, reached }: Results['bars'][0]): string {
  return `| ${claim} | ${bar} | ${figure} | ${reached ? 'reached' : '**missed**'} |`
}
