/** docs/scale.md is worked out: what a run costs on AWS, from a table of prices and from requests that are counted. */
import { describe, expect, test } from 'vitest'
import { settings } from '../infra/settings.ts'
import { costOf, divisionOf } from '../tools/aws-cost.ts'
import { halfPriceCost, looksWithin, mostEvents } from '../tools/aws-half-price.ts'
import { awsPrices, pricesRead } from '../tools/aws-prices.ts'
import { readDocument } from '../tools/console-blocks.ts'
import { quotedCost, scalePage, usualRun } from '../tools/scale.ts'

const million = { items: 1_000_000 }

describe('a million items cost at most, with egress and a limit', () => {
  test.for([
    [64, 2, 11],
    [64, 10, 13],
    [16, 2, 13],
    [16, 10, 20],
    [256, 2, 11],
    [1000, 2, 11],
  ])('%i calls at once, %i s an answer: $%i', ([max_concurrency = 0, answerSeconds = 0, most = 0]) => {
    const { usd, rows } = costOf({ ...million, max_concurrency, answerSeconds })
    expect(usd).toBeLessThanOrEqual(most)
    expect(usd).toBeGreaterThan(10)
    expect(rows.reduce((sum, row) => sum + row.usd, 0)).toBe(usd)
    for (const row of rows) expect(row.usd).toBeGreaterThan(0)
  })

  test.for([
    [64, 2, 2],
    [64, 10, 3.5],
    [16, 2, 4.5],
    [16, 10, 11.5],
  ])('packed, %i calls at once, %i s an answer: $%d', ([max_concurrency = 0, answerSeconds = 0, most = 0]) => {
    const { usd, rows } = costOf({ ...million, max_concurrency, answerSeconds, packed: true })
    expect(usd).toBeLessThanOrEqual(most)
    expect(usd).toBeGreaterThan(most / 2)
    expect(rows.reduce((sum, row) => sum + row.usd, 0)).toBe(usd)
    for (const row of rows) expect(row.usd).toBeGreaterThan(0)
  })

  test('less memory halves what waiting costs', () => {
    const run = { ...million, max_concurrency: 16, answerSeconds: 10 }
    const waiting = (memoryMb: number) =>
      costOf({ ...run, memoryMb }).rows.find(({ what }) => what.startsWith('Lambda `process`'))?.usd ?? 0
    expect(waiting(512) / waiting(1024)).toBeCloseTo(0.5, 3)
  })
})

test('by hand: 64 calls, 2 s', () => {
  const { rows, division } = costOf(usualRun)
  expect(division).toMatchObject({ map_concurrency: 1, batch_concurrency: 64, chunkItems: 1920, chunks: 521, calls: 1 })
  // 30 rounds of 2 s, the last answers, the start.
  expect(division.seconds).toBe(30 * 2 + 2 + 1)
  const usd = Object.fromEntries(rows.map(({ what, usd }) => [what, usd]))
  expect(usd['S3 `PUT`, items']).toBeCloseTo((2 * 1e6 * 0.005) / 1000, 6)
  expect(usd['Step Functions']).toBeCloseTo((521 * 4 * 0.025) / 1000, 6)
  expect(usd['Lambda `process`, arm64, 1,024 MB']).toBeCloseTo(521 * 63 * 0.0000133334 + (521 * 0.2) / 1e6, 6)
  expect(usd['Data to the model']).toBeCloseTo(2.75 * 0.09, 6)
})

describe('at half price', () => {
  test.for([
    [100_000, 1, 1.3],
    [1_000_000, 1, 13],
    [1_000_000, 24, 13],
  ])('%i items that take %i h cost at most $%d', ([items = 0, hours = 0, most = 0]) => {
    const { usd, events, batches, executions, lambdaSeconds } = halfPriceCost({ items, hours })
    expect(usd).toBeLessThanOrEqual(most)
    expect(usd).toBeGreaterThan(items / 100_000)
    expect(batches).toBe(items / 10_000)
    expect(executions).toBe(3 * batches + 2)
    expect(events).toBeLessThan(mostEvents / 4)
    expect(lambdaSeconds).toBeLessThan(items / 50)
  })

  test('they are looked at each minute in the first hour, and every five minutes then', () => {
    // 2, 3, 5, 7, 11, 16, 23, 35 and 52 s, then minutes.
    expect([looksWithin(2), looksWithin(154), looksWithin(3600), looksWithin(24 * 3600)]).toEqual([1, 9, 67, 343])
  })

  test('the table has the budget of the issue in it', () => {
    const { after } = scalePage()
    for (const items of [100_000, 1_000_000])
      expect(after).toContain(`| ${items.toLocaleString('en-US')} | 1 | ${items / 10_000} | 67 |`)
  })
})

test('a chunk of slow answers is handed back, and each further call costs two transitions', () => {
  const slow = { ...million, max_concurrency: 64, answerSeconds: 60 }
  const { calls, chunks, seconds } = divisionOf(slow)
  // 30 rounds of a minute, of which 445 s begin in each Lambda.
  expect([calls, seconds]).toEqual([5, 30 * 60 + 5 * (60 + 1)])
  const transitions = costOf(slow).rows.find(({ what }) => what === 'Step Functions')?.usd
  expect(transitions).toBeCloseTo((chunks * (4 + 2 * 4) * 0.025) / 1000, 9)
})

test('16 calls at 10 s an answer take 174 hours, which is more than a run may take', () => {
  const { hours } = divisionOf({ ...million, max_concurrency: 16, answerSeconds: 10 })
  expect(Math.round(hours)).toBe(174)
  expect(hours).toBeGreaterThan(settings.parse({}).runTimeoutHours)
  expect(scalePage().after).toContain('| 16 | $12.47, 35 h | $19.75, 174 h † |')
})

test('every price says where it was read, and of which time that is', () => {
  expect(pricesRead).toMatch(/^\d{4}-\d\d-\d\d$/)
  for (const { usd, read } of Object.values(awsPrices)) {
    expect(usd).toBeGreaterThan(0)
    expect(read).toMatch(/20\d\d/)
  }
})

test('the page is worked out with the code and the prices as they are', () => {
  const { before, after } = scalePage()
  expect(before.match(/<!-- end -->/g)).toHaveLength(8)
  expect(before).toBe(after)
  const { usd, division } = costOf(usualRun)
  expect(before).toContain(`| **sum** |  | **${usd.toFixed(2)}** |`)
  expect(before).toContain(`| chunks | ${divisionOf({ ...usualRun, items: 100_000 }).chunks} | ${division.chunks} |`)
})

test('the guide says what packing saves', () => {
  const usd = (packed: boolean) => `$${costOf({ ...usualRun, packed }).usd.toFixed(2)}`
  for (const path of ['docs/guide/versions.md', 'CHANGELOG.md', 'docs/decisions/0025-group-commit.md'])
    expect([usd(true), usd(false)].filter((figure) => !readDocument(path).includes(figure))).toEqual([])
  expect(readDocument('docs/aws.md')).toContain(usd(true))
})

test.each(['README.md', 'docs/aws.md'])('%s says what the sum says', (path) => {
  expect(readDocument(path)).toContain(quotedCost())
})
