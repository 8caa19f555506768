/** The table of models as people read it. */
import type { ModelFacts, ModelPrices, Provider } from '../core/provider.ts'

const unknown = '-'

const headings = [
  ...['model', 'input', 'output', 'read', 'write 5m', 'write 1h', 'batch'],
  ...['context', 'answer', 'cached', 'no thinking', 'ends'],
]

const leastThinking = { disabled: 'yes', between_tools: 'nearly', always: 'no' } as const

/** One line a model, and another for the prices of its long prompts. */
export function modelsText({ name, date, models }: Provider): string {
  const rows = Object.entries(models).flatMap(([model, facts]) => rowsOf(model, facts))
  const widths = headings.map((_, at) => Math.max(...[headings, ...rows].map((row) => (row[at] ?? '').length)))
  const lines = [headings, ...rows].map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  )
  return `${name} models, as of ${date}. Prices in USD per million tokens: input, output, cache reads and\nwrites (5 minutes, 1 hour), batches. Then, in tokens: the context, the longest answer, the shortest cached beginning.\n\n${lines.join('\n')}\n`
}

function rowsOf(model: string, facts: ModelFacts): string[][] {
  const { prices, context, max_output, shortest_cached, least_thinking, end_of_life } = facts
  const row = [
    ...[model, ...pricesIn(prices, prices?.batch)],
    ...[context, max_output, shortest_cached].map(counted),
    ...[least_thinking === null ? unknown : leastThinking[least_thinking], end_of_life ?? unknown],
  ]
  if (prices?.long === undefined) return [row]
  return [row, [`  above ${counted(prices.long.above_input_tokens)} input`, ...pricesIn(prices.long, prices.batch)]]
}

function pricesIn(
  prices: Pick<ModelPrices, 'input' | 'output' | 'cache_read' | 'cache_write' | 'cache_write_1h'> | null,
  batch = 1,
): string[] {
  if (prices === null) return Array(6).fill(unknown)
  const { input, output, cache_read, cache_write, cache_write_1h } = prices
  return [
    ...[input, output, cache_read, cache_write, cache_write_1h].map(dollars),
    `${dollars(input * batch)}/${dollars(output * batch)}`,
  ]
}

/** At least cents. */
function dollars(usd: number): string {
  return usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 3 })
}

/** `1M`, `128k`, `512`. */
function counted(count: number | null): string {
  if (count === null) return unknown
  if (count % 1_000_000 === 0) return `${count / 1_000_000}M`
  return count % 1000 === 0 ? `${count / 1000}k` : count.toLocaleString('en-US')
}
