import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GroupCommit } from '../../stores/s3-dynamodb/group-commit.ts'
import { indexOf, type KeptPartEntry, type PartEntry } from '../../stores/s3-dynamodb/part-entries.ts'
import { answersOfGroup } from '../../tools/aws-requests.ts'
import { randomNumbers } from '../campaigns/kill.ts'
import { answered, spentReply } from './samples.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An answer that took so long. */
function entry(index: number, milliseconds: number, answer?: string): KeptPartEntry {
  const kept = answered(index, answer)
  return { id: `S_${index}`, kept: { ...kept, line: { ...kept.line, milliseconds } } }
}

function commit({ waiting = true, stop }: { waiting?: boolean; stop?: AbortSignal } = {}) {
  const groups: number[][] = []
  const put = async (entries: PartEntry[]) => void groups.push(entries.map(indexOf))
  return { groups, group: new GroupCommit({ put, isWaiting: () => waiting, stop }) }
}

describe('the window', () => {
  test.for([
    [80, 50],
    [400, 50],
    [2000, 250],
    [10_000, 1250],
    [60_000, 2000],
  ])('is an eighth of the answer time, from 50 ms to 2 s: %i ms give %i', ([milliseconds = 0, window]) => {
    const { group } = commit()
    void group.add(entry(1, milliseconds))
    expect(group.windowMs).toBe(window)
    group.end()
  })

  test('is of all answers so far; a failure that asked nobody does not count', () => {
    const { group } = commit()
    for (const milliseconds of [1000, 3000, 0]) void group.add(entry(1, milliseconds))
    expect(group.windowMs).toBe(250)
    group.end()
  })
})

test('answers of one window are one object, and each is kept when that is there', async () => {
  const { groups, group } = commit()
  const kept: number[] = []
  const adding = [1, 2, 3].map((index) => group.add(entry(index, 4000)).then(() => kept.push(index)))
  await vi.advanceTimersByTimeAsync(499)
  expect({ groups, kept }).toEqual({ groups: [], kept: [] })
  await vi.advanceTimersByTimeAsync(1)
  await Promise.all(adding)
  expect({ groups, kept }).toEqual({ groups: [[1, 2, 3]], kept: [1, 2, 3] })
  const next = group.add(entry(4, 4000))
  await vi.advanceTimersByTimeAsync(500)
  await next
  expect(groups).toEqual([[1, 2, 3], [4]])
})

describe('nobody waits for the window', () => {
  test('if nothing else is under way', async () => {
    const { groups, group } = commit({ waiting: false })
    await group.add(entry(1, 10_000))
    expect(groups).toEqual([[1]])
  })

  test('of 1 MB', async () => {
    const { groups, group } = commit()
    const first = group.add(entry(1, 10_000, 'x'.repeat(600_000)))
    await group.add(entry(2, 10_000, 'x'.repeat(600_000)))
    await first
    expect(groups).toEqual([[1, 2]])
  })

  test('at a stop, and after it', async () => {
    const controller = new AbortController()
    const { groups, group } = commit({ stop: controller.signal })
    const first = group.add(entry(1, 10_000))
    controller.abort()
    await first
    await group.add(entry(2, 10_000))
    expect(groups).toEqual([[1], [2]])
  })

  test('for what a reply cost that is asked for again', async () => {
    const { groups, group } = commit()
    const first = group.add(entry(1, 10_000))
    await group.add({ id: 'S_2', spent: spentReply(2) })
    await first
    expect(groups).toEqual([[1, 2]])
  })

  test('at the end', async () => {
    const { groups, group } = commit()
    const first = group.add(entry(1, 10_000))
    group.end()
    await first
    expect(groups).toEqual([[1]])
  })
})

test('an object that is refused is an error for each answer in it, and the next group is another object', async () => {
  let broken = true
  const groups: number[][] = []
  const put = async (entries: PartEntry[]) => {
    if (broken) throw new Error('refused')
    groups.push(entries.map(indexOf))
  }
  const group = new GroupCommit({ put, isWaiting: () => true })
  const both = Promise.allSettled([group.add(entry(1, 400)), group.add(entry(2, 400))])
  await vi.advanceTimersByTimeAsync(50)
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  broken = false
  const third = group.add(entry(3, 400))
  await vi.advanceTimersByTimeAsync(50)
  await third
  expect(groups).toEqual([[3]])
})

/** Calls of random length, as many at once, each slot asking anew as soon as its answer is there. */
async function simulated({ calls, answerSeconds }: { calls: number; answerSeconds: number }): Promise<number> {
  const random = randomNumbers(7)
  let [begun, ended, groups, underWay] = [0, 0, 0, 0]
  const put = async () => {
    groups += 1
  }
  const group = new GroupCommit({ put, isWaiting: () => underWay > 0 })
  const items = calls * 60
  const slot = async () => {
    while (begun < items) {
      begun += 1
      underWay += 1
      const milliseconds = Math.round(answerSeconds * 1000 * (0.5 + random()))
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      underWay -= 1
      void group.add(entry(begun, milliseconds)).then(() => {
        ended += 1
      })
    }
  }
  const all = Promise.all(Array.from({ length: calls }, slot))
  while (ended < items) await vi.advanceTimersByTimeAsync(100)
  await all
  return items / groups
}

test.for([
  [4, 2],
  [16, 2],
  [64, 2],
  [64, 10],
  [64, 30],
])(
  '%i calls of %i s: as many answers share an object as docs/scale.md reckons with',
  async ([calls = 0, answerSeconds = 0]) => {
    const expected = answersOfGroup({ calls, answerSeconds })
    expect((await simulated({ calls, answerSeconds })) / expected).toBeGreaterThan(0.9)
    expect((await simulated({ calls, answerSeconds })) / expected).toBeLessThan(1.15)
  },
)
