import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textHash } from '../../../core/text/text-hash.ts'
import { TextNumbers } from '../../../core/text/text-numbers.ts'

const texts = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.nat()), { maxLength: 3000 })

test('it knows what a Map knows', () => {
  fc.assert(
    fc.property(texts, fc.string(), (pairs, other) => {
      const [numbers, map] = [new TextNumbers(), new Map<string, number>()]
      for (const [text, number] of pairs) {
        numbers.set(text, number)
        map.set(text, number)
      }
      expect(numbers.size).toBe(map.size)
      for (const text of [...map.keys(), other]) expect(numbers.get(text)).toBe(map.get(text))
    }),
  )
})

test('a million ids of the usual kinds are told apart', () => {
  const numbers = new TextNumbers()
  for (let at = 0; at < 250_000; at++)
    for (const id of [`${at}`, `item-${at}`, `${(at * 7919) % 250_000}-${at}`, `Problem ${at} (copy)`])
      numbers.set(id, at)
  expect(numbers.size).toBe(1_000_000)
})

test('each bit of a hash is set in half of the texts', () => {
  const counts = Array.from({ length: 64 }, () => 0)
  for (let at = 0; at < 20_000; at++) {
    const halves = textHash(`${at}`)
    for (let bit = 0; bit < 64; bit++) counts[bit]! += (halves[bit >> 5]! >>> (bit & 31)) & 1
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('hashes are those of the indexes that were written before', () => {
  expect(textHash('')).toEqual(textHash(''))
  expect([textHash('4001'), textHash('naïve é 🦉')]).toMatchInlineSnapshot(`
    [
      [
        3125597777,
        1450863947,
      ],
      [
        3456179773,
        1570793170,
      ],
    ]
  `)
})
