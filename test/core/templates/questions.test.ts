import { expect, test } from 'vitest'
import type { ResolvedStep } from '../../../core/documents.ts'
import {
  inputVariables,
  itemVariables,
  missingText,
  promptOf,
  questionOf,
  usesRoot,
} from '../../../core/templates/questions.ts'
import { parseTemplate } from '../../../core/templates/template.ts'
import { parseJson } from '../../../core/text/json.ts'
import { planLine, stepWith } from '../steps.ts'

const template = (text: string) => parseTemplate(text, 'prompts/a.md')
const promptFor = (text: string, item: string, root: string | null = null) =>
  essence(promptOf(planLine(1, { item, root }), stepWith(), template(text)))
const singlePrompt = (text: string, input: string) =>
  essence(promptOf(planLine(1, { item: input }), stepWith({ batch_mode: false }), template(text)))

function essence(rendered: ReturnType<typeof promptOf>) {
  return 'prompt' in rendered ? { prompt: rendered.prompt, illFormed: rendered.illFormed } : rendered
}

test('{item} is the whole item on one line', () => {
  expect(promptFor('{item}', '{"id":1.10,"tags":["a","b"]}')).toEqual({
    prompt: '{"id": 1.10, "tags": ["a", "b"]}',
    illFormed: false,
  })
})

test('a field called item comes before the whole item', () => {
  expect(itemVariables({ item: 'pen' }, null).lookup('item')).toBe('pen')
})

test('{input} is the whole input of a single call, and its fields are variables too', () => {
  expect(singlePrompt('{input} {a__b}', '{"a":{"b":[1]}}')).toEqual({
    prompt: '{"a": {"b": [1]}} [1]',
    illFormed: false,
  })
  expect(inputVariables(parseJson('{"a":{"b":1}}')).names()).toEqual(['input', 'a', 'a__b'])
})

test('a field that is null is there, in an item and in the input of a single call', () => {
  expect(promptFor('({a})', '{"a":null}')).toEqual({ prompt: '(null)', illFormed: false })
  expect(singlePrompt('({a})', '{"a":null}')).toEqual({ prompt: '(null)', illFormed: false })
  expect(singlePrompt('({input})', '{"input":null}')).toEqual({ prompt: '(null)', illFormed: false })
})

test('a text as input goes in as it is', () => {
  expect(singlePrompt('Sum up: {input}', '"# A {title}"')).toEqual({
    prompt: 'Sum up: # A {title}',
    illFormed: false,
  })
})

test('{root__field} is a field of the item that this one descends from', () => {
  expect(promptFor('{title} of {root__author__name}', '{"title":"T"}', '{"author":{"name":"Ada"}}')).toEqual({
    prompt: 'T of Ada',
    illFormed: false,
  })
})

test('only a template that asks for it uses the root', () => {
  expect(['{root__a}', '{root__a?}', '{root}', '{a}', 'none'].map((text) => usesRoot(template(text)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})

test('missing variables come with all that are available, those of the root too', () => {
  expect(promptFor('{topik} {root__c}', '{"id":1,"topic":{"a":2}}', '{"b":3}')).toEqual({
    missing: ['topik', 'root__c'],
    names: ['id', 'topic', 'topic__a', 'root__b'],
  })
})

test('the whole of the other kind of step is missing', () => {
  expect(promptFor('{input}', '{"id":1}')).toEqual({ missing: ['input'], names: ['id'] })
  expect(singlePrompt('{item}', '{"id":1}')).toEqual({ missing: ['item'], names: ['input', 'id'] })
})

test('half of a surrogate pair is sent as U+FFFD, and said so', () => {
  expect(promptFor('{a}', '{"a":"x\\ud83d"}')).toEqual({ prompt: 'x\ufffd', illFormed: true })
  expect(promptFor('{a}', '{"a":"😀"}')).toEqual({ prompt: '😀', illFormed: false })
})

test('an item with one name for two fields renders no prompt', () => {
  expect(() => promptFor('{id}', '{"id":1,"a":{"b":1},"a__b":2}')).toThrow('{a__b} could be two fields')
})

test('what is missing is told with what there is and the nearest name', () => {
  expect(missingText(['topik'], ['topic', 'title'])).toBe('{topik}. Available: topic, title. Did you mean topic?')
  expect(missingText(['a', 'zebra'], [])).toBe('{a}, {zebra}. Available: nothing.')
})

test('a question is the settings of the step and the turns', () => {
  const settings: Partial<ResolvedStep> = {
    ...{ model: 'm', max_tokens: 5, effort: 'low', thinking: { budget_tokens: 2000 } },
    ...{ system: 'Be brief.', output_schema: { type: 'object' } },
  }
  const turns = [{ role: 'user' as const, content: 'Hello' }]
  expect(questionOf(stepWith(settings), turns)).toMatchObject({ ...settings, turns })
})
