/**
 * Runs 10,000 items (short: 600) live and at half price, each in a process of its own, and compares the books with the bill of the API,
 * the memory and the wall clock. `npx node test/campaigns/half-price-many.ts --seed 7 --long`
 */

import { measuredRun } from '../../bench/measured-run.ts'
import type { Spending } from '../../core/documents.ts'
import { program, source } from '../program.ts'
import { billed, billedInBatches, sum } from '../stories/billed.ts'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Begun, type Campaign, command } from './campaign.ts'

/** The most that a run may take, in MB, and how much more than a live one. Node takes more if it runs the source. */
const mostMb = 200
const mostMoreMb = 40

export interface HalfPriceManyReport {
  items: number
  /** What the ledger says and the API billed, in USD. */
  usd: number | null
  live_usd: number | null
  /** Seconds from start to end. */
  wall: number
  live_wall: number
  peak_mb: number
  live_peak_mb: number
  flaws: string[]
}

export const halfPriceMany: Campaign<HalfPriceManyReport> = {
  async run({ long, random }: Begun): Promise<HalfPriceManyReport> {
    const items = long ? 10_000 : 600
    // Prompts of some length, so that what is held of them would show.
    const rules = 'Keep to the rules. '.repeat(Math.floor(20 + random() * 20))
    const flaws: string[] = []
    const live = await measured(items, { rules, delivery: 'live', flaws })
    const half = await measured(items, { rules, delivery: 'batch', flaws })
    if (half.peak_mb > (program === source ? live.peak_mb + mostMoreMb : mostMb))
      flaws.push(`it took ${half.peak_mb} MB, and a live run ${live.peak_mb}`)
    return {
      ...{ items, usd: half.usd, live_usd: live.usd, wall: half.wall, live_wall: live.wall },
      ...{ peak_mb: half.peak_mb, live_peak_mb: live.peak_mb, flaws },
    }
  },
  closing: ({ items, usd, live_usd, wall, live_wall, peak_mb, live_peak_mb }) =>
    `${items} items: $${usd} at half price, $${live_usd} live, billed as the ledgers say; ${wall.toFixed(1)} s and ${Math.round(peak_mb)} MB at half price, ${live_wall.toFixed(1)} s and ${Math.round(live_peak_mb)} MB live`,
}

interface Asked {
  rules: string
  delivery: 'live' | 'batch'
  flaws: string[]
}

async function measured(items: number, { rules, delivery, flaws }: Asked) {
  const files = { ...wordFiles(items, [step1], { delivery }), 'prompts/define.md': `Define {word}. ${rules}` }
  await using story = await Story.begin(files)
  const env = { ANTHROPIC_API_KEY: story.server.key, ANTHROPIC_BASE_URL: story.server.url, NO_COLOR: '1' }
  const { wall, peak_mb } = await measuredRun({ args: [program, 'run', 'pipelines/words.json'], cwd: story.root, env })
  const live = story.sent.filter(({ usage }) => usage !== undefined)
  const { batches } = story.server
  const bill = sum([...live.map(billed), ...billedInBatches(batches.billed)])
  const lines = story.ledger('words/v0', 1)
  const answers = story.collated('words/v0', '01_define.json').length
  if (answers !== items) flaws.push(`${delivery}: ${answers} answers of ${items}`)
  if (live.length + batches.billed.length !== items)
    flaws.push(`${delivery}: ${live.length + batches.billed.length} answers were billed for ${items} items`)
  const ledger = JSON.stringify(unsaved(sum(lines)))
  if (ledger !== JSON.stringify(bill))
    flaws.push(`${delivery}: the ledger says ${ledger}, the bill ${JSON.stringify(bill)}`)
  return { wall, peak_mb, usd: bill.cost_usd }
}

function unsaved({ batch_saved_usd: _, ...spending }: Spending): Spending {
  return spending
}

if (import.meta.main) await command(halfPriceMany)
