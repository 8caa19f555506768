import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSet } from '../../../core/text/number-set.ts'

const numbers = fc.array(fc.oneof(fc.nat(40), fc.nat(100_000), fc.nat(2 ** 40)), { maxLength: 100 })

test('it knows what a Set knows', () => {
  fc.assert(
    fc.property(numbers, numbers, (some, others) => {
      const [a, b] = [new NumberSet(), new NumberSet()]
      for (const number of some) a.add(number)
      for (const number of others) b.add(number)
      expect(a.size).toBe(new Set(some).size)
      expect(a.without(b)).toBe(new Set(some.filter((number) => !others.includes(number))).size)
      for (const number of others) expect(a.has(number)).toBe(some.includes(number))
    }),
  )
})
