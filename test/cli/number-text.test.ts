import { expect, test } from 'vitest'
import { countText, moneyText, signed } from '../../cli/number-text.ts'

test('money has as many digits as say something', () => {
  const texts = { '$0.0093': 0.0093, '$12.35': 12.345678, '$1,234.50': 1234.5, '$0.000012': 0.0000123, '$0.0000': 0 }
  for (const [text, usd] of Object.entries(texts)) expect(moneyText(usd)).toBe(text)
})

test('a difference always has a sign', () => {
  expect([2, -0.5, 0].map((usd) => signed(usd, moneyText))).toEqual(['+$2.00', '-$0.5000', '+$0.0000'])
})

test('a count has its thousands apart, as Intl has them', () => {
  for (const count of [0, 7, 999, 1000, 51_204, 999_999, 1_000_000, -1204, 2 ** 53, 0.5, 1234.5])
    expect(countText(count)).toBe(new Intl.NumberFormat('en-US').format(count))
})
