import { expect, test } from 'vitest'
import { settingsOf } from '../../../core/request/settings.ts'
import type { ModelSettings } from '../../../core/request.ts'

const whole = (mark: string, max_tokens: number): Required<ModelSettings> => ({
  model: mark,
  max_tokens,
  effort: 'high',
  thinking: 'adaptive',
  system: mark,
  output_schema: { title: mark },
  max_concurrency: max_tokens,
  answer_format: 'text',
})

test('what nobody says has its default', () => {
  expect(settingsOf({}, {}, {})).toEqual({
    model: 'claude-haiku-5-5',
    max_tokens: 4096,
    effort: null,
    thinking: 'off',
    system: null,
    output_schema: null,
    max_concurrency: 16,
    answer_format: undefined,
  })
})

test('the step wins over the template, the template over the workspace', () => {
  const { output_schema: _none, answer_format: _nor, ...workspace } = whole('workspace', 3)
  expect(settingsOf(whole('step', 1), whole('template', 2), workspace)).toEqual(whole('step', 1))
  expect(settingsOf({}, whole('template', 2), workspace)).toEqual(whole('template', 2))
  expect(settingsOf({}, {}, workspace)).toEqual({ ...workspace, output_schema: null, answer_format: undefined })
})

test('each setting is decided for itself', () => {
  expect(settingsOf({ model: 'a' }, { model: 'b', system: 'b' }, { system: 'c', max_tokens: 3 })).toMatchObject({
    model: 'a',
    system: 'b',
    max_tokens: 3,
    max_concurrency: 16,
  })
})

test('an empty system prompt is said, so it wins', () => {
  expect(settingsOf({ system: '' }, { system: 'b' }, {}).system).toBe('')
})

test('a schema is taken whole, never merged', () => {
  expect(settingsOf({ output_schema: { type: 'array' } }, { output_schema: { title: 'b' } }, {}).output_schema).toEqual(
    {
      type: 'array',
    },
  )
})
