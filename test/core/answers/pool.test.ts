import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inParallel } from '../../../core/answers/pool.ts'

/** A stream of numbers that notes how many were taken and whether it was let go. */
class Numbers {
  taken = 0
  closed = false

  async *upTo(count: number): AsyncGenerator<number> {
    try {
      for (let number = 1; number <= count; number++) {
        this.taken = number
        yield number
      }
    } finally {
      this.closed = true
    }
  }
}

const goOn = { stopped: () => false }

test('each item is worked on once', async () => {
  const done: number[] = []
  await inParallel(new Numbers().upTo(100), { concurrency: 7, ...goOn }, async (number) => {
    await turn()
    done.push(number)
  })
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
})

test('so many are under way at once, and no more', async () => {
  let under = 0
  let most = 0
  await inParallel(new Numbers().upTo(50), { concurrency: 4, ...goOn }, async () => {
    most = Math.max(most, ++under)
    await turn()
    under--
  })
  expect({ under, most }).toEqual({ under: 0, most: 4 })
})

test('items are taken only when somebody is free for them', async () => {
  const numbers = new Numbers()
  await inParallel(numbers.upTo(50), { concurrency: 2, ...goOn }, async (number) => {
    await turn()
    expect(numbers.taken - number).toBeLessThanOrEqual(2)
  })
  expect(numbers.taken).toBe(50)
})

test('after the first error no further item is begun, those under way end, and the error is thrown', async () => {
  const numbers = new Numbers()
  const ended: number[] = []
  const work = async (number: number) => {
    await turn()
    if (number === 2) throw new Error('first')
    await turn()
    ended.push(number)
    if (number === 3) throw new Error('second')
  }
  await expect(inParallel(numbers.upTo(50), { concurrency: 3, ...goOn }, work)).rejects.toThrow('first')
  expect({ ended, closed: numbers.closed }).toEqual({ ended: [1, 3], closed: true })
})

test('after a stop no further item is begun, those under way end, and nothing is thrown', async () => {
  const numbers = new Numbers()
  const ended: number[] = []
  let stopped = false
  await inParallel(numbers.upTo(50), { concurrency: 2, stopped: () => stopped }, async (number) => {
    if (number === 4) stopped = true
    await turn()
    ended.push(number)
  })
  expect({ ended: ended.sort(), closed: numbers.closed }).toEqual({ ended: [1, 2, 3, 4], closed: true })
})

test('an error of the stream is thrown when those under way have ended', async () => {
  const ended: number[] = []
  async function* broken() {
    yield 1
    yield 2
    throw new Error('torn')
  }
  const work = async (number: number) => {
    await turn()
    ended.push(number)
  }
  await expect(inParallel(broken(), { concurrency: 3, ...goOn }, work)).rejects.toThrow('torn')
  expect(ended).toEqual([1, 2])
})

test('an empty stream is no work', async () => {
  const numbers = new Numbers()
  await inParallel(numbers.upTo(0), { concurrency: 3, ...goOn }, () => Promise.reject(new Error('nothing to do')))
  expect(numbers.closed).toBe(true)
})

test('a turn that passes on lets the next item begin while its answer is kept; the pool ends when all are kept', async () => {
  const began: number[] = []
  const kept = new Map(Array.from({ length: 6 }, (_, at) => [at + 1, Promise.withResolvers<void>()]))
  let over = false
  const pool = inParallel(new Numbers().upTo(6), { concurrency: 2, ...goOn }, async (number, passOn) => {
    began.push(number)
    await turn()
    passOn()
    await kept.get(number)?.promise
  }).then(() => {
    over = true
  })
  const settled = async () => {
    for (let at = 0; at < 5; at++) await turn()
  }
  await settled()
  // Two answers are being kept with their turns passed on, and two more wait with theirs.
  expect(began).toEqual([1, 2, 3, 4])
  kept.get(2)?.resolve()
  await settled()
  expect(began).toEqual([1, 2, 3, 4, 5])
  for (const number of [1, 3, 4, 5]) kept.get(number)?.resolve()
  await settled()
  expect([began.length, over]).toEqual([6, false])
  kept.get(6)?.resolve()
  await pool
})

test('an answer that cannot be kept after its turn has passed on ends the pool with its error', async () => {
  const numbers = new Numbers()
  const work = async (number: number, passOn: () => void) => {
    passOn()
    for (let at = 0; at < 3; at++) await turn()
    if (number === 1) throw new Error('disk full')
  }
  await expect(inParallel(numbers.upTo(50), { concurrency: 1, ...goOn }, work)).rejects.toThrow('disk full')
  expect(numbers.taken).toBeLessThan(5)
})
