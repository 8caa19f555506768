import { expect, test } from 'vitest'
import { Sample } from '../../../core/choice/sample.ts'

const ids = Array.from({ length: 5_000 }, (_, at) => `item ${at}`)

function drawn(count: number, seed: number, from: readonly string[] = ids): string[] {
  const sample = new Sample({ count, seed })
  for (const id of from) sample.add(id)
  return sample.ids()
}

test('the same seed draws the same items, whatever their order; they come in the order of the input', () => {
  expect(drawn(5, 1)).toEqual(drawn(5, 1, ids.toReversed()).reverse())
  expect(drawn(3, 1, ['a', 'b', 'c', 'd', 'e', 'f'])).toEqual(['b', 'd', 'e'])
  expect(drawn(50, 1)).toEqual(drawn(50, 1).toSorted((a, b) => ids.indexOf(a) - ids.indexOf(b)))
})

test('another seed draws others, a larger sample holds the smaller one, and one of more than there are is all', () => {
  expect(drawn(50, 2)).not.toEqual(drawn(50, 1))
  expect(drawn(500, 7)).toEqual(expect.arrayContaining(drawn(50, 7)))
  expect(drawn(10, 1, ['b', 'a'])).toEqual(['b', 'a'])
})

test('every item has the same chance', () => {
  const seeds = Array.from({ length: 400 }, (_, seed) => seed)
  const counts = new Map<string, number>()
  for (const seed of seeds)
    for (const id of drawn(2, seed, ['a', 'b', 'c', 'd'])) counts.set(id, (counts.get(id) ?? 0) + 1)
  for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(60)
})
