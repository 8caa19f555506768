import { expect, test } from 'vitest'
import type { ResolvedStep } from '../../../core/documents.ts'
import { guessedAnswer } from '../../../core/estimate/guessed-answer.ts'
import { stepWith } from '../steps.ts'

const likely = (output_schema: ResolvedStep['output_schema'], max_tokens = 4096) =>
  guessedAnswer(stepWith({ output_schema, max_tokens })).likely

test('without a schema an answer is guessed to have 300 tokens, a third of it, or all that max_tokens allows', () => {
  expect(guessedAnswer(stepWith())).toEqual({ low: 100, likely: 300, high: 4096 })
})

test('no guess passes max_tokens', () => {
  expect(guessedAnswer(stepWith({ max_tokens: 60 }))).toEqual({ low: 20, likely: 60, high: 60 })
})

test('more fields, and texts rather than numbers, make a longer answer', () => {
  const schema = (...types: string[]) => ({
    type: 'object',
    properties: Object.fromEntries(types.map((type, at) => [`field${at}`, { type }])),
  })
  const [number, text, texts] = [['integer'], ['string'], ['string', 'string']].map((types) =>
    likely(schema(...types)),
  ) as [number, number, number]
  expect(number).toBeLessThan(text)
  expect(texts).toBeGreaterThan(1.8 * text)
})

test('an array has some elements, and an enum the length of its values', () => {
  const text = likely({ type: 'string' })
  expect(likely({ type: 'array', items: { type: 'string' } })).toBeGreaterThan(2.5 * text)
  expect(likely({ enum: ['yes', 'no'] })).toBeLessThan(3)
})

test('a schema that contains itself ends', () => {
  const schema: ResolvedStep['output_schema'] & object = { type: 'object', properties: {} }
  schema.properties = { a: schema }
  expect(likely(schema)).toBeGreaterThan(0)
})
