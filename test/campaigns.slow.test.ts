/** The campaigns in their short form. Each runs by hand too, with a seed and in its long form: docs/reliability.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { campaigns } from '../tools/campaigns.ts'
import { atOnce } from './campaigns/at-once.ts'
import { type Campaign, short } from './campaigns/campaign.ts'
import { damage } from './campaigns/damage.ts'
import { diskErrors } from './campaigns/disk-errors.ts'
import { fuzz } from './campaigns/fuzz.ts'
import { halfPrice } from './campaigns/half-price.ts'
import { halfPriceMany } from './campaigns/half-price-many.ts'
import { handEdits } from './campaigns/hand-edits.ts'
import { interruptions } from './campaigns/interruptions.ts'
import { killPoints } from './campaigns/kill-points.ts'
import { manyItems } from './campaigns/many-items.ts'
import { serverFaults } from './campaigns/server-faults.ts'

const seed = Number(process.env.ITEMWISE_SEED ?? Date.now() % 100_000)

async function run<Report extends { flaws: string[] }>({ run }: Campaign<Report>): Promise<Report> {
  const report = await run(short(seed))
  expect(report.flaws).toEqual([])
  return report
}

// Side by side: while one waits for its API, another one works.
describe.concurrent('in its short form', () => {
  test(`a run killed between two writes is resumed without loss (seed ${seed})`, async () => {
    const { kills, points } = await run(killPoints)
    expect({ kills, points }).toEqual({ kills: 7, points: 7 })
  })

  test(`a run at half price killed at any point pays nothing twice, loses nothing and forgets no batch (seed ${seed})`, async () => {
    const { kills, runs } = await run(halfPrice)
    expect({ enough: kills >= 12, runs: runs <= 4 }).toEqual({ enough: true, runs: true })
  })

  test('600 items at half price are billed as the ledger says, to the token', async () => {
    const { items, usd, live_usd } = await run(halfPriceMany)
    expect({ items, half: (usd ?? 1) < 0.51 * (live_usd ?? 0) }).toEqual({ items: 600, half: true })
  })

  test(`a run ended by a disk error says so in a sentence and is resumed without loss (seed ${seed})`, async () => {
    const { errors, ended } = await run(diskErrors)
    expect(errors + ended).toBe(4)
  })

  test(`the doctor finds and mends damaged files without losing an answer (seed ${seed})`, async () => {
    const { named, found } = await run(damage)
    expect({ named: named >= 13, found: found >= 13 }).toEqual({ named: true, found: true })
  })

  test(`eight runs at once get eight versions, and of two resumes at once one wins (seed ${seed})`, async () => {
    const { runs, resumes } = await run(atOnce)
    expect({ runs, resumes }).toEqual({ runs: 8, resumes: 2 })
  })

  test('whatever the API answers, each item ends as expected and the person is told why', async () => {
    const { faults } = await run(serverFaults)
    expect(faults).toBe(66)
  })

  test(`of 600 items killed twice nothing is lost, and at most one call a place is paid for twice (seed ${seed})`, async () => {
    const { answered, failed } = await run(manyItems)
    expect({ answered, failed }).toEqual({ answered: 594, failed: 6 })
  })

  test(`made-up texts crash nothing and are not taken for what they are not (seed ${seed})`, async () => {
    const { properties, runs } = await run(fuzz)
    expect({ properties, runs }).toEqual({ properties: 10, runs: 3000 })
  })

  test(`of a run that is hung up on, stopped and continued, or whose clock jumps, every token that was billed is recorded (seed ${seed})`, async () => {
    const { runs } = await run(interruptions)
    expect(runs).toBe(4)
  })

  test(`whatever file of a version is edited, no answer stands under another id and nothing is built on it unsaid (seed ${seed})`, async () => {
    const { edits } = await run(handEdits)
    expect(edits).toBeGreaterThan(0)
  })
})

test('npm run campaigns runs every program of the campaigns', () => {
  const folder = join(import.meta.dirname, 'campaigns')
  const programs = readdirSync(folder).filter(
    (name) => name.endsWith('.ts') && readFileSync(join(folder, name), 'utf8').includes('import.meta.main'),
  )
  expect(Object.keys(campaigns).sort()).toEqual(programs.map((name) => name.replace('.ts', '')).sort())
})
