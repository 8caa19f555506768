import { expect, test } from 'vitest'
import type { Question } from '../../../core/model.ts'
import { fingerprintOf } from '../../../core/templates/fingerprint.ts'

const question: Question = {
  model: 'claude-haiku-5-5',
  max_tokens: 4096,
  effort: null,
  thinking: 'off',
  system: null,
  output_schema: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } },
  turns: [{ role: 'user', content: 'Hello' }],
}

const fingerprint = (change: Partial<Question> = {}) => fingerprintOf({ ...question, ...change })

test('a fingerprint is 64 hexadecimal digits and always the same', () => {
  expect(fingerprint()).toMatch(/^[0-9a-f]{64}$/)
  expect(fingerprint()).toBe(fingerprintOf(structuredClone(question)))
})

test.each<[string, Partial<Question>]>([
  ['the prompt', { turns: [{ role: 'user', content: 'Hello!' }] }],
  ['white space of the prompt', { turns: [{ role: 'user', content: 'Hello ' }] }],
  ['a further turn', { turns: [...question.turns, { role: 'assistant', content: 'Hi' }] }],
  ['who says a turn', { turns: [{ role: 'assistant', content: 'Hello' }] }],
  ['the model', { model: 'claude-sonnet-5' }],
  ['max_tokens', { max_tokens: 4097 }],
  ['the effort', { effort: 'low' }],
  ['thinking', { thinking: 'adaptive' }],
  ['the budget for thinking', { thinking: { budget_tokens: 1024 } }],
  ['the system prompt', { system: 'Be brief.' }],
  ['an empty system prompt', { system: '' }],
  ['the schema', { output_schema: { type: 'object' } }],
  ['having no schema', { output_schema: null }],
  ['text as the format of the answer', { answer_format: 'text' }],
  ['the order of fields in the schema', { output_schema: { properties: {}, type: 'object' } }],
])('%s takes part', (_what, change) => {
  expect(fingerprint(change)).not.toBe(fingerprint())
})

test('the order of fields in the schema takes part, as it is the order of the answer', () => {
  const { a, b } = (question.output_schema as { properties: Record<string, { type: string }> }).properties
  const turned = { type: 'object', properties: { b: b!, a: a! } }
  expect(fingerprint({ output_schema: turned })).not.toBe(fingerprint())
})

test('key order of settings does not matter', () => {
  const turned = Object.fromEntries(Object.entries(question).reverse()) as unknown as Question
  expect(fingerprintOf(turned)).toBe(fingerprint())
})

test('json as the format of the answer does not take part: answers of before there were formats are such', () => {
  expect(fingerprint({ answer_format: 'json' })).toBe(fingerprint())
})

test('what is not sent does not matter', () => {
  const more = { ...question, max_concurrency: 3, prompt_name: 'other' }
  expect(fingerprintOf(more)).toBe(fingerprint())
})
