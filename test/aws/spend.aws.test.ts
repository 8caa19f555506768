/** The spend log and the limit of a month on AWS. */
import { expect, test } from 'vitest'
import { step1, wordFiles } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

const spendOf = async (cloud: Cloud) =>
  JSON.parse((await cloud.cli('spend', '--target', 'aws', '--json', '--by', 'pipeline')).out)

test('all Lambdas together stay below what is left of the month; then nothing is begun until the limit is higher', async () => {
  const pipeline = freshName('words')
  const step = { ...step1, max_tokens: 1000 }
  await using cloud = await Cloud.begin(wordFiles(60, [step], { pipeline_name: pipeline }))
  const request = JSON.parse(await cloud.text('pipelines/words.json'))
  await cloud.run({ request: { ...request, steps: [{ ...step, batch_only_items: [11, 12] }] } })
  const before = await spendOf(cloud)
  const first = before.rows.find(({ key }: { key: string }) => key === pipeline)
  expect(first).toMatchObject({ runs: 1, cost_usd: (await cloud.metadata({ pipeline, version: 'v0' })).stats.cost_usd })
  // A call costs at most about $0.0007, and really about $0.00001.
  const limit = before.this_month.spent_usd + 0.001
  await cloud.put('itemwise.yaml', `max_usd_per_month: ${limit}\n`)
  const execution = await cloud.ended(await cloud.start(request))
  expect([execution.status, execution.error]).toEqual(['FAILED', 'BudgetReached'])
  expect((await cloud.metadata({ pipeline, version: 'v1' })).logs.at(-1)?.message).toContain(
    'what max_usd_per_month in itemwise.yaml left',
  )
  const { this_month } = await spendOf(cloud)
  expect(this_month.spent_usd).toBeLessThanOrEqual(limit)
  expect(this_month.reserved_usd).toBe(0)
  await cloud.put('itemwise.yaml', `max_usd_per_month: ${this_month.spent_usd}\n`)
  const refused = await cloud.ended(await cloud.start(request))
  expect([refused.status, refused.error]).toEqual(['FAILED', 'RequestRefused'])
  expect(await cloud.store.versions(pipeline)).toEqual(['v0', 'v1'])
  await cloud.put('itemwise.yaml', `max_usd_per_month: ${limit + 1}\n`)
  await cloud.run({ resume: { pipeline } })
  const after = (await spendOf(cloud)).rows.find(({ key }: { key: string }) => key === pipeline)
  const stats = await Promise.all(
    ['v0', 'v1'].map(async (version) => (await cloud.metadata({ pipeline, version })).stats.cost_usd ?? 0),
  )
  const { entries } = await cloud.store.spendLog(this_month.month)
  expect(entries.filter((entry) => entry.pipeline === pipeline && entry.kind === 'spent')).toHaveLength(3)
  expect(new Set(entries.filter((entry) => entry.pipeline === pipeline).map(({ run_id }) => run_id)).size).toBe(2)
  expect((await spendOf(cloud)).this_month.reserved_usd).toBe(0)
  expect(after).toMatchObject({ runs: 2, cost_usd: expect.closeTo(stats[0]! + stats[1]!, 9) })
})
