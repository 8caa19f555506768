/** What Itemwise promises of its speed and memory, and whether a run of the benchmarks kept it. Ratios within one run, not absolute times. */
import type { Row } from './cases.ts'

export interface Bar {
  claim: string
  figure: string
  bar: string
  reached: boolean
}

/** The bars of which this run has the figures. */
export function barsOf(rows: Row[]): Bar[] {
  const find = (name: string, program: string, items?: number, latency?: number) =>
    rows.find(
      (row) =>
        row.case === name &&
        row.program === program &&
        (items === undefined || row.items === items) &&
        (latency === undefined || row.latency_ms === latency),
    )
  const bars: Bar[] = []
  const ratio = (
    claim: string,
    [a, b]: [number | undefined, number | undefined],
    { most, least }: { most?: number; least?: number },
  ) => {
    if (a === undefined || b === undefined) return
    const value = a / b
    const bar = most === undefined ? `at least ${least}` : `at most ${most}`
    bars.push({
      claim,
      figure: value.toFixed(2),
      bar,
      reached: most === undefined ? value >= (least ?? 0) : value <= most,
    })
  }
  const most = (claim: string, value: number | undefined, { limit, unit }: { limit: number; unit: string }) => {
    if (value !== undefined)
      bars.push({
        claim,
        figure: `${value < 10 ? value.toFixed(3) : Math.round(value)} ${unit}`,
        bar: `at most ${limit} ${unit}`,
        reached: value <= limit,
      })
  }

  const ten = find('run', 'itemwise', 10_000, 0)
  const hundred = find('run', 'itemwise', 100_000, 0)
  ratio('Itemwise ÷ floor, 10,000 items, 0 ms', [ten?.wall, find('run', 'floor', 10_000, 0)?.wall], { most: 1 })
  const efficient = find('process stage', 'itemwise')?.more?.efficiency
  ratio('efficiency of the process stage at 200 ms', [efficient, efficient && 1], { least: 0.97 })
  ratio(
    'promptfoo ÷ Itemwise, 1,000 items, 0 ms',
    [find('run', 'promptfoo', 1000, 0)?.wall, find('run', 'itemwise', 1000, 0)?.wall],
    { least: 5 },
  )
  most('peak memory at 10,000 items', ten?.peak_mb, { limit: 200, unit: 'MB' })
  most('peak memory at 100,000 items', hundred?.peak_mb, { limit: 250, unit: 'MB' })
  if (ten && hundred)
    most('growth of memory from 10,000 to 100,000 items', hundred.peak_mb - ten.peak_mb, { limit: 50, unit: 'MB' })
  most('list of 1,000 versions', find('list of 1000 versions', 'itemwise')?.wall, { limit: 0.3, unit: 's' })
  most('--version', find('--version', 'itemwise')?.wall, { limit: 0.12, unit: 's' })
  ratio(
    '--version, promptfoo ÷ Itemwise',
    [find('--version', 'promptfoo')?.wall, find('--version', 'itemwise')?.wall],
    { least: 1 },
  )
  most('compare of two versions', find('compare', 'itemwise')?.wall, { limit: 2, unit: 's' })
  ratio(
    'rerun --changed of 1 % ÷ the first run',
    [find('rerun --changed', 'itemwise')?.wall, find('first run', 'itemwise')?.wall],
    { most: 0.1 },
  )
  return bars
}
