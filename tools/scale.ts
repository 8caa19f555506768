/** The parts of docs/scale.md that are worked out: how a run is divided, what it costs, and the prices; and the figure that other pages quote. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { settings } from '../infra/settings.ts'
import { concurrencyOf } from '../lambdas/concurrency.ts'
import { costOf, count, divisionOf, type RunOnAws } from './aws-cost.ts'
import { halfPriceCost } from './aws-half-price.ts'
import { awsPrices, type Price, pricesRead } from './aws-prices.ts'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'docs/scale.md')
const million = 1_000_000

/** The run that the page works out in full. */
export const usualRun = { items: million, max_concurrency: 64, answerSeconds: 2 } as const

/** The page as it is, and with its parts worked out anew. */
export function scalePage(): { before: string; after: string } {
  const before = readFileSync(page, 'utf8')
  const parts: Record<string, string> = {
    division: divisionTable(),
    large: largeTable(),
    sum: sumTable(usualRun),
    grid: gridTable({ packed: false }),
    packed: sumTable({ ...usualRun, packed: true }),
    packedgrid: gridTable({ packed: true }),
    half: halfPriceTable(),
    prices: priceTable(),
  }
  const after = before.replaceAll(
    /(<!-- made by npm run docs: (\w+) -->\n)[\s\S]*?(?=<!-- end -->)/g,
    (_all, start: string, name: string) => `${start}${parts[name]}\n`,
  )
  return { before, after }
}

export function writeScalePage(): void {
  const { before, after } = scalePage()
  if (after !== before) writeFileSync(page, after)
}

/** What a million items cost, as README.md and docs/aws.md say it. */
export function quotedCost(): string {
  return `about $${Math.round(costOf(usualRun).usd)} per million items`
}

function table(head: string[], align: string[], rows: string[][]): string {
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function divisionTable(): string {
  const of = (max_concurrency: number, items: number) => divisionOf({ items, max_concurrency, answerSeconds: 2 })
  const rows = [16, 64, 256, 1000].map((calls) => {
    const { map_concurrency, batch_concurrency, chunkItems, chunks } = of(calls, million)
    const tenth = of(calls, million / 10)
    return [
      `${calls}`,
      `${map_concurrency} × ${batch_concurrency}`,
      ...[chunkItems, chunks, tenth.chunkItems, tenth.chunks].map(count),
    ]
  })
  const head = [
    '`max_concurrency`',
    'Lambdas × calls',
    'items a chunk',
    'chunks of 1,000,000',
    'items a chunk',
    'chunks of 100,000',
  ]
  return table(head, ['--:', '--:', '--:', '--:', '--:', '--:'], rows)
}

function largeTable(): string {
  const sizes = [
    [0.1, '100 KB'],
    [1, '1 MB'],
    [5, '5 MB'],
    [20, '20 MB'],
  ] as const
  const rows = sizes.map(([megabytes, name]) => [
    name,
    ...[1024, 2048].map((memoryMb) => {
      const shares = concurrencyOf(64, { memoryMb, callBytes: megabytes * 1e6 + 4096 * 4 })
      return `${shares.map_concurrency} × ${shares.batch_concurrency}`
    }),
  ])
  return table(['largest item', '1,024 MB', '2,048 MB'], ['--:', '--:', '--:'], rows)
}

function sumTable(run: RunOnAws): string {
  const { rows, usd } = costOf(run)
  const lines = rows.map(({ what, arithmetic, usd }) => [what, arithmetic, dollars(usd)])
  return table(['', 'arithmetic', 'USD'], ['---', '---', '--:'], [...lines, ['**sum**', '', `**${dollars(usd)}**`]])
}

function gridTable({ packed }: { packed: boolean }): string {
  const longest = settings.parse({ stackName: 'Itemwise' }).runTimeoutHours
  const seconds = [2, 10, 30, 60]
  const rows = [16, 64, 128, 256, 1000].map((max_concurrency) => [
    `${max_concurrency}`,
    ...seconds.map((answerSeconds) => {
      const { usd, division } = costOf({ items: million, max_concurrency, answerSeconds, packed })
      const hours = division.hours < 10 ? division.hours.toFixed(1) : count(division.hours)
      return `$${dollars(usd)}, ${hours} h${division.hours > longest ? ' †' : ''}`
    }),
  ])
  const head = ['`max_concurrency`', ...seconds.map((one) => `${one} s`)]
  return table(
    head,
    head.map(() => '--:'),
    rows,
  )
}

function halfPriceTable(): string {
  const runs = [
    [million / 10, 1],
    [million, 1],
    [million, 24],
  ] as const
  const rows = runs.map(([items, hours]) => {
    const { batches, looks, executions, events, lambdaSeconds, minutes, usd } = halfPriceCost({ items, hours })
    const packed = halfPriceCost({ items, hours, packed: true }).usd
    return [
      ...[items, hours, batches, looks, executions, events, lambdaSeconds].map(count),
      ...[count(minutes), `$${dollars(usd)}`, `$${dollars(packed)}`],
    ]
  })
  const head = [
    ...['items', 'hours until they end', 'message batches', 'looks', 'executions', 'events of the longest'],
    ...['Lambda seconds', 'minutes of sending and collecting', 'AWS', 'AWS, packed'],
  ]
  return table(
    head,
    head.map(() => '--:'),
    rows,
  )
}

function priceTable(): string {
  const rows = Object.values(awsPrices).map(({ usd, per, read }: Price) => [per, `$${plain(usd)}`, read])
  return `Last compared with their sources on ${pricesRead}.\n\n${table(['price for', 'USD', 'read in'], ['---', '--:', '---'], rows)}`
}

function dollars(usd: number): string {
  return usd.toFixed(2)
}

/** Without an exponent. */
function plain(usd: number): string {
  return usd.toFixed(12).replace(/0+$/, '')
}
