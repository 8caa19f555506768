import { expect, test } from 'vitest'
import { factsOf } from '../../../core/provider.ts'
import { claude } from '../../../models/claude/claude.ts'

const rows = Object.entries(claude.models)

test('the table has a date', () => {
  expect(claude.date).toMatch(/^\d{4}-\d\d-\d\d$/)
})

test('every row has the same fields, and none that nobody reads', () => {
  const fields = ['prices', 'shortest_cached', 'least_thinking', 'context', 'max_output', 'end_of_life']
  expect(rows.filter(([, facts]) => Object.keys(facts).join() !== fields.join())).toEqual([])
})

test('a cache write costs more than input, an hour more than five minutes, and a read less', () => {
  const odd = rows.filter(([, { prices }]) => {
    const tiers = prices === null ? [] : [prices, ...(prices.long ? [prices.long] : [])]
    return tiers.some(
      ({ input, cache_read, cache_write, cache_write_1h }) =>
        !(cache_read < input && input < cache_write && cache_write < cache_write_1h),
    )
  })
  expect(odd).toEqual([])
})

test('an end of life is a day', () => {
  const ends = rows.flatMap(([model, { end_of_life }]) => (end_of_life === null ? [] : [[model, end_of_life]]))
  expect(ends).toEqual([['claude-sonnet-4-5', '2026-11-30']])
})

test('a model is found by its id, and by its base if the id is dated', () => {
  const contexts = ['claude-haiku-4-5-20251001', 'claude-haiku-5-5', 'claude-haiku-5-5-x', 'toString', 'x'].map(
    (model) => factsOf(claude, model)?.context,
  )
  expect(contexts).toEqual([200_000, 1_000_000, undefined, undefined, undefined])
})

test('a stop reason says how the reply ended', () => {
  expect(['end_turn', 'stop_sequence', 'max_tokens', 'refusal', 'pause_turn'].map(claude.endingOf)).toEqual([
    ...['whole', 'whole', 'cut_off', 'refused', 'early'],
  ])
})
