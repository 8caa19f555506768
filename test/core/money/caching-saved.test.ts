import { expect, test } from 'vitest'
import type { StepStats } from '../../../core/documents.ts'
import { cachingSaved } from '../../../core/money/caching-saved.ts'
import { nothingSpent } from '../../../core/money/spending.ts'
import { claude } from '../../../models/claude/claude.ts'

const list = { provider: claude }

function stepStats(change: Partial<StepStats>): StepStats {
  return {
    ...{ step: 1, prompt_name: 'write', model: 'claude-sonnet-5-5', template_sha256: 'f00d' },
    ...{ items: 200, processed: 200, carried_over: 0, skipped: 0, failed: 0 },
    ...nothingSpent,
    ...change,
  }
}

test('reads save the difference to the input rate, and writes cost theirs', () => {
  const step = stepStats({ input_tokens: 10_000, cache_read_tokens: 398_000, cache_write_tokens: 2000 })
  // 398,000 × $(2 − 0.10) − 2,000 × $(2.50 − 2), by the million
  expect(cachingSaved([step, stepStats({ input_tokens: 5000 })], list)).toBe(0.7552)
})

test('what is written and never read has cost more', () => {
  expect(cachingSaved([stepStats({ cache_write_tokens: 2000 })], list)).toBe(-0.001)
})

test('nothing cached has saved nothing, whatever the model costs', () => {
  expect(cachingSaved([stepStats({ model: 'claude-next', input_tokens: 5000 })], list)).toBe(0)
})

test('without a price nobody knows what was saved, and a price of the workspace says it', () => {
  const step = stepStats({ model: 'claude-next', cache_read_tokens: 1_000_000 })
  const own = { 'claude-next': { input: 3, output: 9, cache_read: 1, cache_write: 4 } }
  expect([cachingSaved([step], list), cachingSaved([step], { ...list, own })]).toEqual([null, 2])
})

test('long requests save at the rates of long requests', () => {
  const step = stepStats({ model: 'claude-haiku-5-5', processed: 10, input_tokens: 0, cache_read_tokens: 2_000_000 })
  expect(cachingSaved([step], list)).toBe(0.9)
})
