import { expect, test } from 'vitest'
import { flawless, killCampaign } from '../campaigns/kill.ts'

const kills = Number(process.env.ITEMWISE_KILLS ?? 4)
const seed = Number(process.env.ITEMWISE_SEED ?? Date.now() % 100_000)

test(`a run that is killed ${kills} times (seed ${seed}) answers every item, asks for no kept answer again and counts what it paid`, {
  timeout: 60_000 + kills * 10_000,
}, async () => {
  const report = await killCampaign({ kills, items: 300, seed, concurrency: 16 })
  expect(report).toEqual(flawless(report))
  expect(report.kills).toBe(kills)
})
