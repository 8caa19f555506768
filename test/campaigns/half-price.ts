/**
 * Kills a run of two steps at half price with SIGKILL at the named points of its message batches, resumes it, and says what was lost, paid
 * for twice or forgotten. `npx node test/campaigns/half-price.ts --seed 7 --long`
 */
import type { Spending } from '../../core/documents.ts'
import { halfPriceProgram } from '../program.ts'
import { billed, billedInBatches, sum } from '../stories/billed.ts'
import { Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { type Begun, between, type Campaign, command, pick, twoAtATime } from './campaign.ts'
import { examine, findingLines } from './examine.ts'
import { type BatchKill, fastClock, killPoints } from './half-price-kills.ts'

export interface HalfPriceReport {
  runs: number
  kills: number
  /** By point. */
  at: Record<string, number>
  batches: number
  answered: number
  /** Answers that the API billed more than once. */
  twice: number
  /** Answers that it billed and that no ledger has. */
  lost: number
  /** Batches that ended and whose results are in no ledger. */
  forgotten: number
  flaws: string[]
}

const items = 40
/** The item whose first answer cannot be used. */
const odd = 'Define w3.'

export const halfPrice: Campaign<HalfPriceReport> = {
  async run({ random, long }: Begun): Promise<HalfPriceReport> {
    const report: HalfPriceReport = {
      ...{ runs: 0, kills: 0, at: {}, batches: 0, answered: 0, twice: 0, lost: 0, forgotten: 0, flaws: [] },
    }
    const wanted = long ? 200 : 12
    const runs = Array.from({ length: long ? 80 : 4 }, () => ({
      doneShare: random(),
      expires: random() < 0.2,
      kills: Array.from({ length: 4 }, (): BatchKill => killAt(random)),
    }))
    await twoAtATime(runs, async (run) => {
      if (report.kills < wanted) await one(run, report)
    })
    if (report.kills < wanted) report.flaws.push(`only ${report.kills} kills hit a process`)
    return report
  },
  closing: ({ runs, kills, at, batches, answered, twice, lost, forgotten }) =>
    `${kills} kills in ${runs} runs of ${items} items in two steps (${Object.entries(at)
      .sort()
      .map(([point, count]) => `${point}: ${count}`)
      .join(
        ', ',
      )}), ${batches} batches, ${answered} answers: ${twice} paid twice, ${lost} lost, ${forgotten} batches forgotten`,
}

function killAt(random: () => number): BatchKill {
  const point = pick(killPoints, random)
  const most = { 'while sending': 12, 'while collecting': 24 }[point as string] ?? 3
  return { point, nth: between(1, most, random) }
}

interface Planned {
  doneShare: number
  expires: boolean
  kills: BatchKill[]
}

async function one({ doneShare, expires, kills }: Planned, report: HalfPriceReport): Promise<void> {
  const begun = Date.now()
  const clock = fastClock(begun)
  const files = { ...wordFiles(items, [step1, step2], { delivery: 'batch' }), 'itemwise.yaml': 'batch_worth_from: 2\n' }
  const takesMs = 20_000
  await using story = await Story.begin(files, {
    answer: ({ prompt }) =>
      prompt.startsWith(odd) && !prompt.includes('Answer again') ? 'I would rather not.' : undefined,
    batches: { clock, takesMs, doneShare, expiresInMs: expires ? 10_000 : 86_400_000, unseenMs: 5000 },
  })
  const start = (kill: BatchKill) => {
    const words = story.has('outputs/words/v0/metadata.json') ? ['resume', 'words'] : ['run', 'pipelines/words.json']
    const env = { ITEMWISE_KILL: JSON.stringify({ ...kill, begun }) }
    return story.startProgram({ file: halfPriceProgram, env }, ...words).ended
  }
  report.runs += 1
  for (const kill of kills) {
    const { code, err } = await start(kill)
    // Those that expire would go on for ever.
    if (expires) story.server.batches.behaviour.expiresInMs = 86_400_000
    if (code === null) {
      report.kills += 1
      report.at[kill.point ?? ''] = (report.at[kill.point ?? ''] ?? 0) + 1
    } else if (code !== 0) report.flaws.push(`${JSON.stringify(kill)} ended with ${code}: ${err}`)
    if (code !== null) break
  }
  if (story.metadata('words/v0').status !== 'completed') {
    const { code, err } = await start({ point: null, nth: 0 })
    if (code !== 0) report.flaws.push(`the last resume ended with ${code}: ${err}`)
  }
  judge(story, report, `kills ${JSON.stringify(kills)}`)
  report.flaws.push(
    ...findingLines(await examine(story.root, { fix: false })).filter((line) => !/half-made|hidden name/.test(line)),
  )
}

function judge(story: Story, report: HalfPriceReport, which: string): void {
  const { batches } = story.server
  const live = story.sent.filter(({ usage }) => usage !== undefined)
  const lines = [1, 2].flatMap((step) => story.ledger('words/v0', step))
  report.batches += batches.all.length
  report.answered += lines.filter(({ state }) => state === 'answered').length
  const paid = [
    ...live.map(({ body }) => JSON.stringify(body.messages)),
    ...batches.billed.map(({ params }) => JSON.stringify(params.messages)),
  ]
  const twice = paid.length - new Set(paid).size
  // A first item that is asked for live has no process to come back to if that dies: no kill is there.
  report.twice += twice
  if (twice > 0) report.flaws.push(`${which}: ${twice} answers were paid for twice`)
  const missing = 2 * items - lines.filter(({ state }) => state === 'answered').length
  report.lost += missing
  if (missing > 0) report.flaws.push(`${which}: ${missing} items have no answer`)
  const known = new Set(lines.map(({ request_id }) => request_id?.split('/')[0]))
  const forgotten = batches.all.filter(
    ({ id, results }) => results.some(({ result }) => result.type === 'succeeded') && !known.has(id),
  )
  // A batch of one item whose answer could not be used stands in no line; its cost does.
  const hidden = forgotten.filter(
    ({ requests }) => !requests.every(({ params }) => JSON.stringify(params).includes(odd)),
  )
  report.forgotten += hidden.length
  if (hidden.length > 0) report.flaws.push(`${which}: ${hidden.map(({ id }) => id).join(', ')} forgotten`)
  const bill = sum([...live.map(billed), ...billedInBatches(batches.billed)])
  same(report, `${which}: the ledgers and the bill`, unsaved(sum(lines)), bill)
  same(report, `${which}: the record and the bill`, unsaved(sum([story.metadata('words/v0').stats])), bill)
}

function unsaved({ batch_saved_usd: _, ...spending }: Spending): Spending {
  return spending
}

function same(report: HalfPriceReport, what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (a !== b) report.flaws.push(`${what}: ${a}, and should be ${b}`)
}

if (import.meta.main) await command(halfPrice)
