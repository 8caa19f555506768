/** What Itemwise promises of its speed and memory, and whether a run of the benchmarks kept it. */
import type { Row } from './rows.ts'

export interface Bar {
  claim: string
  figure: string
  bar: string
  reached: boolean
}

export interface Claim {
  claim: string
  /** Undefined where a run did not measure it. */
  figure: (find: Find) => number | undefined
  most?: number
  least?: number
  unit?: 's' | 'MB' | '%'
}

export type Find = (name: string, program: string, which?: { items?: number; latency_ms?: number }) => Row | undefined

const few = { items: 1000, latency_ms: 0 }
const many = { items: 10_000, latency_ms: 0 }
const slow = { items: 10_000, latency_ms: 200 }
const most = { items: 100_000, latency_ms: 0 }

const claims: Claim[] = [
  {
    claim: 'Itemwise ÷ raw SDK, 10,000 items, 0 ms, wall',
    figure: (find) => quotient(find('run', 'itemwise', many)?.wall, find('run', 'floor', many)?.wall),
    most: 1,
  },
  {
    claim: 'efficiency of the process stage at 200 ms',
    figure: (find) => times(find('process stage', 'itemwise')?.more?.efficiency, 100),
    least: 97,
    unit: '%',
  },
  {
    claim: 'promptfoo ÷ Itemwise, 1,000 items, 0 ms, wall',
    figure: (find) => quotient(find('run', 'promptfoo', few)?.wall, find('run', 'itemwise', few)?.wall),
    least: 5,
  },
  {
    claim: 'peak memory at 10,000 items',
    figure: (find) => find('run', 'itemwise', many)?.peak_mb,
    most: 200,
    unit: 'MB',
  },
  {
    claim: 'peak memory at 100,000 items',
    figure: (find) => find('run', 'itemwise', most)?.peak_mb,
    most: 250,
    unit: 'MB',
  },
  {
    claim: 'growth of memory from 10,000 to 100,000 items',
    figure: (find) => difference(find('run', 'itemwise', most)?.peak_mb, find('run', 'itemwise', many)?.peak_mb),
    most: 50,
    unit: 'MB',
  },
  { claim: '`list` of 1,000 versions', figure: (find) => find('list', 'itemwise')?.wall, most: 0.3, unit: 's' },
  { claim: '`--version`', figure: (find) => find('--version', 'itemwise')?.wall, most: 0.12, unit: 's' },
  {
    claim: '`--version`, promptfoo ÷ Itemwise',
    figure: (find) => quotient(find('--version', 'promptfoo')?.wall, find('--version', 'itemwise')?.wall),
    least: 1,
  },
  {
    claim: '`compare` of two versions of 10,000 items',
    figure: (find) => find('compare', 'itemwise', slow)?.wall,
    most: 2,
    unit: 's',
  },
  {
    claim: '`rerun --changed`, requests at the server where 100 of 10,000 items changed',
    figure: (find) => find('rerun --changed', 'itemwise', slow)?.more?.requests,
    most: 100,
    least: 100,
  },
  {
    // At 0 ms the first run takes no longer than reading and writing its files, so that it would say little.
    claim: '`rerun --changed` ÷ the first run, 200 ms, wall',
    figure: (find) => times(find('rerun --changed', 'itemwise', slow)?.more?.of_first_run, 100),
    most: 10,
    unit: '%',
  },
  {
    claim: 'import of the library, the whole process, nothing compiled before',
    figure: (find) => find('import', 'library')?.wall,
    most: 0.12,
    unit: 's',
  },
  {
    claim: 'KB of the package, as npm fetches it',
    figure: (find) => find('import', 'library')?.more?.package_kb,
    most: 2000,
  },
  { claim: 'KB of the package, unpacked', figure: (find) => find('import', 'library')?.more?.unpacked_kb, most: 6000 },
  {
    claim: 'peak memory of a program, 100,000 items from a generator',
    figure: (find) => find('run', 'library', most)?.peak_mb,
    most: 250,
    unit: 'MB',
  },
  {
    claim: 'files of a version of 10,000 items, packed',
    figure: (find) => find('keep: packed', 'itemwise', many)?.more?.files,
    most: 40,
  },
  {
    claim: 'room on the disk, packed ÷ files, 10,000 items',
    figure: (find) =>
      quotient(
        find('keep: packed', 'itemwise', many)?.more?.disk_mb,
        find('keep: files', 'itemwise', many)?.more?.disk_mb,
      ),
    most: 0.35,
  },
  {
    claim: 'run, packed ÷ files, 10,000 items, 0 ms, wall',
    figure: (find) =>
      quotient(find('keep: packed', 'itemwise', many)?.wall, find('keep: files', 'itemwise', many)?.wall),
    most: 0.7,
  },
  {
    claim: '`serve`, first rows of a version of 100,000 items',
    figure: (find) => find('read', 'itemwise')?.more?.first_rows,
    most: 0.5,
    unit: 's',
  },
  {
    claim: '`serve`, a text filter over all answers of 100,000 items',
    figure: (find) => find('read', 'itemwise')?.more?.text_filter,
    most: 0.5,
    unit: 's',
  },
  {
    claim: '`serve`, peak memory with 100,000 items',
    figure: (find) => find('read', 'itemwise')?.peak_mb,
    most: 300,
    unit: 'MB',
  },
  { claim: '`report` of 100,000 items', figure: (find) => find('report', 'itemwise')?.wall, most: 5, unit: 's' },
  {
    claim: '`report` of 100,000 items, peak memory',
    figure: (find) => find('report', 'itemwise')?.peak_mb,
    most: 250,
    unit: 'MB',
  },
  {
    claim: '`report` of 100,000 items, MB of the file',
    figure: (find) => find('report', 'itemwise')?.more?.file_mb,
    most: 2,
  },
  {
    // Of a warm start: the server has read the version, and the browser has the scripts. The very first time is measured, too, without a bar.
    claim: '`review` in Chromium, from the navigation to the first rows of 100,000 items, when it was open before',
    figure: (find) => inChromium(find)?.more?.first_rows_again,
    most: 0.5,
    unit: 's',
  },
  {
    claim: '`review` in Chromium, a text filter over all answers, from the last key to its rows',
    figure: (find) => inChromium(find)?.more?.text_filter,
    most: 0.5,
    unit: 's',
  },
  {
    // 600 frames, in each of which all rows in view are others: one in a hundred may be late, as a garbage collection makes it.
    claim: '`review` in Chromium, tasks of more than 50 ms while all 100,000 rows are scrolled through',
    figure: (find) => inChromium(find)?.more?.long_tasks,
    most: 6,
  },
  {
    // What takes less seems to happen at once.
    claim: '`review` in Chromium, the longest of these tasks',
    figure: (find) => inChromium(find)?.more?.longest_task,
    most: 0.1,
    unit: 's',
  },
  {
    claim: '`review` in Chromium, kB of scripts that the page opens with, packed',
    figure: (find) => inChromium(find)?.more?.script_kb,
    most: 150,
  },
  {
    claim: '`review` in Chromium, peak memory of the server with 100,000 items',
    figure: (find) => inChromium(find)?.peak_mb,
    most: 300,
    unit: 'MB',
  },
]

function inChromium(find: Find): Row | undefined {
  return find('read in Chromium', 'itemwise')
}

/** Finds the row of a case by its program, items and latency. */
export function findIn(rows: Row[]): Find {
  return (name, program, which = {}) =>
    rows.find(
      (row) =>
        row.case === name &&
        row.program === program &&
        (which.items ?? row.items) === row.items &&
        (which.latency_ms ?? row.latency_ms) === row.latency_ms,
    )
}

/** The bars of which this run has the figures. */
export function barsOf(rows: Row[]): Bar[] {
  const find = findIn(rows)
  return claims.flatMap((claim) => {
    const figure = claim.figure(find)
    return figure === undefined ? [] : [barOf(claim, figure)]
  })
}

/** Claims of which a run has no figure: a full run has them all. */
export function unmeasured(bars: Bar[]): string[] {
  return claims.map(({ claim }) => claim).filter((claim) => !bars.some((bar) => bar.claim === claim))
}

export function barOf({ claim, most, least, unit }: Claim, figure: number): Bar {
  const behind = unit === undefined ? '' : ` ${unit}`
  const digits = unit === 's' ? 3 : unit === 'MB' || Number.isInteger(figure) ? 0 : unit === '%' ? 1 : 2
  const limits = most === least ? `exactly ${most}` : most === undefined ? `at least ${least}` : `at most ${most}`
  return {
    claim,
    figure: figure.toFixed(digits) + behind,
    bar: limits + behind,
    reached: figure <= (most ?? figure) && figure >= (least ?? figure),
  }
}

export function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b
}

function times(a: number | undefined, factor: number): number | undefined {
  return a === undefined ? undefined : a * factor
}
