import { expect, test } from 'vitest'
import { costOf } from '../../../core/money/prices.ts'
import { claude } from '../../../models/claude/claude.ts'

const list = { provider: claude }
const tokens = { input_tokens: 1000, output_tokens: 200, cache_read_tokens: 0, cache_write_tokens: 0 }

test('a request costs its tokens at the rates of its model', () => {
  expect(costOf('claude-haiku-5-5', tokens, list)).toBe(0.0002)
  expect(costOf('claude-opus-5-5', { ...tokens, cache_read_tokens: 10_000, cache_write_tokens: 2000 }, list)).toBe(0.02)
})

test('a dated model id costs as its base', () => {
  expect(costOf('claude-haiku-4-5-20251001', tokens, list)).toBe(costOf('claude-haiku-4-5', tokens, list))
})

test('an unknown model costs null, never 0', () => {
  expect(costOf('claude-next', tokens, list)).toBeNull()
  expect(costOf('constructor', tokens, list)).toBeNull()
})

test('the long tier of Haiku 5.5 is judged on all input tokens of the request', () => {
  const atLimit = { ...tokens, input_tokens: 50_000, cache_read_tokens: 50_000, output_tokens: 0 }
  expect(costOf('claude-haiku-5-5', atLimit, list)).toBe(0.0055)
  expect(costOf('claude-haiku-5-5', { ...atLimit, cache_write_tokens: 1 }, list)).toBe(0.027500625)
})

test('own prices come before the table', () => {
  const own = { 'claude-next': { input: 1, output: 2, cache_read: 0, cache_write: 0 } }
  expect(costOf('claude-next', tokens, { ...list, own })).toBe(0.0014)
  expect(costOf('claude-haiku-5-5', tokens, { ...list, own: { 'claude-haiku-5-5': own['claude-next'] } })).toBe(0.0014)
})

test('a message batch costs half, and a write for an hour more than one for five minutes', () => {
  const written = { ...tokens, cache_write_tokens: 3000, cache_write_1h_tokens: 1000 }
  // 1,000 × $2 + 200 × $10 + 2,000 × $2.50 + 1,000 × $4, by the million
  expect(costOf('claude-sonnet-5-5', written, list)).toBe(0.013)
  expect(costOf('claude-sonnet-5-5', written, list, 'batch')).toBe(0.0065)
})

test('a price of the workspace has no word of hours and batches: twice the input, and half', () => {
  const own = { 'claude-next': { input: 1, output: 2, cache_read: 0, cache_write: 1.25 } }
  const written = { ...tokens, cache_write_tokens: 1000, cache_write_1h_tokens: 1000 }
  expect(costOf('claude-next', written, { ...list, own })).toBe(0.0034)
  expect(costOf('claude-next', written, { ...list, own }, 'batch')).toBe(0.0017)
})

test('a cost has no float noise', () => {
  expect(String(costOf('claude-haiku-5-5', { ...tokens, input_tokens: 3, output_tokens: 0 }, list))).toBe('3e-7')
})
