import { expect, test } from 'vitest'
import { Pace, type Turn } from '../../../models/calls/pace.ts'

const signal = new AbortController().signal

function pace(most: number) {
  return new Pace({ most, now: () => 0, sleep: () => Promise.reject(new Error('nothing is held back')) })
}

async function enter(limiter: Pace, count: number): Promise<Turn[]> {
  return Promise.all(Array.from({ length: count }, () => limiter.enter(signal)))
}

test('the limit halves once for calls that went out together', async () => {
  const limiter = pace(16)
  const turns = await enter(limiter, 16)
  for (const turn of turns) turn.tooMuch()
  expect(limiter.limit).toBe(8)
  const [next] = await enter(limiter, 1)
  next?.tooMuch()
  expect(limiter.limit).toBe(1)
})

test('the limit halves what is under way, not what was allowed', async () => {
  const limiter = pace(1000)
  const turns = await enter(limiter, 10)
  turns[0]?.tooMuch()
  expect(limiter.limit).toBe(5)
})

test('the limit grows back by one for every limit-many answers, and never beyond what was given', async () => {
  const limiter = pace(6)
  const turns = await enter(limiter, 6)
  turns[0]?.tooMuch()
  for (const turn of turns.slice(1)) turn.ended()
  expect(limiter.limit).toBe(3)
  for (const turn of await enter(limiter, 3)) turn.succeeded()
  for (const turn of await enter(limiter, 3)) turn.succeeded()
  expect(limiter.limit).toBe(4)
  for (let round = 0; round < 50; round++) for (const turn of await enter(limiter, 1)) turn.succeeded()
  expect(limiter.limit).toBe(6)
})

test('who waits goes in the order of coming', async () => {
  const limiter = pace(1)
  const [first] = await enter(limiter, 1)
  const order: string[] = []
  const waiting = ['a', 'b', 'c'].map((name) =>
    limiter.enter(signal).then((turn) => {
      order.push(name)
      turn.ended()
    }),
  )
  first?.ended()
  await Promise.all(waiting)
  expect(order).toEqual(['a', 'b', 'c'])
})

test('who stops waiting makes room for nobody else', async () => {
  const limiter = pace(1)
  const [first] = await enter(limiter, 1)
  const stop = new AbortController()
  const stopped = limiter.enter(stop.signal)
  const next = limiter.enter(signal)
  stop.abort(new Error('stopped'))
  await expect(stopped).rejects.toThrow('stopped')
  first?.ended()
  expect(await next).toBeDefined()
})

test('nobody begins before the moment until which all are held back', async () => {
  let now = 0
  const slept: number[] = []
  const sleep = async (ms: number) => {
    slept.push(ms)
    now += ms
  }
  const limiter = new Pace({ most: 4, now: () => now, sleep })
  limiter.holdBackUntil(5000)
  await enter(limiter, 3)
  expect({ now, slept }).toEqual({ now: 5000, slept: [5000] })
})
