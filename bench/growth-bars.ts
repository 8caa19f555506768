/** What Itemwise promises of a million items, and whether a run of the benchmarks kept it. */
import { type Bar, barOf, type Claim, findIn, quotient } from './bars.ts'
import type { Row } from './rows.ts'

const million = { items: 1_000_000 }

const claims: Claim[] = [
  {
    claim: '`show` of one item: of 1,000,000 ÷ of 10,000, wall',
    figure: (find) =>
      quotient(
        find('show one item', 'itemwise', million)?.wall,
        find('show one item', 'itemwise', { items: 10_000 })?.wall,
      ),
    most: 2,
  },
  {
    claim: 'rerun of one of 1,000,000 ÷ copying its ledger and array and reading the input once, wall',
    figure: (find) => {
      const [copy, read] = [
        find('copy ledger and array', 'cp', million)?.wall,
        find('read the input once', 'reader', million)?.wall,
      ]
      const floor = copy === undefined || read === undefined ? undefined : copy + read
      return quotient(find('rerun one item', 'itemwise', million)?.wall, floor)
    },
    most: 4,
  },
  {
    claim: '`doctor` of 1,000,000 items ÷ reading all its files once, wall',
    figure: (find) =>
      quotient(find('doctor', 'itemwise', million)?.wall, find('read all files once', 'cat', million)?.wall),
    most: 3,
  },
]

/** The bars of which these rows have the figures: the ratios, and the memory of each command. */
export function growthBars(rows: Row[]): Bar[] {
  const memory = rows
    .filter(({ program, items }) => program === 'itemwise' && items === million.items)
    .map(
      (row): Claim => ({
        claim: `${row.case} of 1,000,000 items, peak memory`,
        figure: () => row.peak_mb,
        most: 300,
        unit: 'MB',
      }),
    )
  return [...claims, ...memory].flatMap((claim) => {
    const figure = claim.figure(findIn(rows))
    return figure === undefined ? [] : [barOf(claim, figure)]
  })
}
