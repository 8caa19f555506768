import { describe, expect, test } from 'vitest'
import type { Question } from '../../../core/model.ts'
import { unpricedProblems, worstCaseOf } from '../../../core/money/worst-case.ts'
import { claude } from '../../../models/claude/claude.ts'

const list = { provider: claude }

function question(change: Partial<Question> = {}): Question {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 1000,
    effort: null,
    thinking: 'off',
    system: null,
    output_schema: null,
    turns: [{ role: 'user', content: '' }],
    ...change,
  }
}

// Of claude-sonnet-5-5, in USD a token: writing to the cache is the dearest input.
const input = 2.5e-6
const output = 10e-6
const user = (content: string) => [{ role: 'user' as const, content }]

describe('the most that a call can cost', () => {
  test.each<[string, Partial<Question>, number]>([
    ['an empty prompt: what the API adds, and a whole answer', {}, 1000 * input + 1000 * output],
    ['a byte is a token', { turns: user('a'.repeat(500)) }, 1500 * input + 1000 * output],
    ['a letter of two bytes is two', { turns: user('é'.repeat(500)) }, 2000 * input + 1000 * output],
    ['the system prompt is sent', { system: 'x'.repeat(200) }, 1200 * input + 1000 * output],
    ['the schema is sent', { output_schema: { type: 'object' } }, 1017 * input + 1000 * output],
    ['every turn is sent', { turns: [...user('aa'), ...user('bbb')] }, 1005 * input + 1000 * output],
    ['the answer may have max_tokens', { max_tokens: 64_000 }, 1000 * input + 64_000 * output],
  ])('%s', (_rule, change, expected) => {
    expect(worstCaseOf(question(change), list)).toBeCloseTo(expected, 12)
  })

  test('a long prompt has the rates of long prompts, from the first byte that could make it one', () => {
    const model = 'claude-haiku-5-5'
    const short = worstCaseOf(question({ model, turns: user('a'.repeat(99_000)) }), list)
    const long = worstCaseOf(question({ model, turns: user('a'.repeat(99_001)) }), list)
    expect([short, long]).toEqual([
      expect.closeTo((100_000 * 0.125 + 1000 * 0.5) / 1e6, 12),
      expect.closeTo((100_001 * 0.625 + 1000 * 2.5) / 1e6, 12),
    ])
  })

  test('prices of itemwise.yaml come first, and the dearest of their rates for input counts', () => {
    const own = { 'claude-sonnet-5-5': { input: 1, output: 0, cache_read: 3, cache_write: 2 } }
    expect(worstCaseOf(question(), { ...list, own })).toBe(0.003)
  })

  test('a model without a price has none', () => {
    expect(worstCaseOf(question({ model: 'claude-next' }), list)).toBeNull()
  })
})

test('models without a price are named once, with the steps that would ask them', () => {
  const step = (number: number, model: string) => ({ step: number, prompt_name: `p${number}`, model })
  const steps = [step(1, 'next'), step(2, 'claude-haiku-5-5'), step(3, 'next'), step(4, 'mine'), step(5, 'other')]
  const own = { mine: { input: 1, output: 1, cache_read: 1, cache_write: 1 } }
  expect(unpricedProblems(steps, { list: { ...list, own }, remedy: 'Do this.' })).toEqual([
    'max_cost_usd cannot hold: the price of next is not known, which steps 1 (p1), 3 (p3) would ask. Do this.',
    'max_cost_usd cannot hold: the price of other is not known, which step 5 (p5) would ask. Do this.',
  ])
})
