import { expect, test } from 'vitest'
import { RequestRefused } from '../../core/errors.ts'
import { jsonText, parseJson } from '../../core/json.ts'
import { compileSchema } from '../../core/schema-check.ts'

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    difficulty: { enum: ['easy', 'hard'] },
    kind: { const: 'Problem' },
    points: { type: 'integer' },
    due: { type: 'string', format: 'date' },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['difficulty', 'points'],
  additionalProperties: false,
}
const check = compileSchema(schema)

test('an answer that meets the schema comes back as it is', () => {
  const answer = { difficulty: 'easy', points: 1 }
  expect(check(answer)).toEqual({ answer, problems: [] })
})

test('every problem is named with its place', () => {
  const answer = { difficulty: 'medium', points: '3', due: 'tomorrow', note: 4, extra: true }
  expect(check(answer).problems.sort()).toEqual([
    '/difficulty must be one of "easy", "hard", but is "medium"',
    '/due must be a text of format date, but is "tomorrow"',
    '/extra is not in the schema',
    '/note fits none of the 2 shapes it may have, but is 4',
    '/points must be integer, but is "3"',
  ])
  expect(check({ points: 1 }).problems).toEqual(['/difficulty is missing'])
  expect(check([]).problems).toEqual(['the answer must be object, but is []'])
})

test('enum and const take the spelling of the schema', () => {
  expect(check({ difficulty: 'EASY', kind: 'problem', points: 1 })).toEqual({
    answer: { difficulty: 'easy', kind: 'Problem', points: 1 },
    problems: [],
  })
})

test('spelling is set inside arrays, anyOf and keys with a slash, and leaves other text alone', () => {
  const shapes = [
    {
      type: 'object',
      properties: { 'a/b': { const: 'Circle' }, radius: { type: 'number' } },
      required: ['a/b', 'radius'],
    },
    { type: 'object', properties: { 'a/b': { const: 'Square' }, side: { type: 'number' } }, required: ['a/b', 'side'] },
  ]
  const nested = compileSchema({ type: 'array', items: { anyOf: shapes } })
  expect(nested([{ 'a/b': 'square', side: 1, text: 'circle' }])).toEqual({
    answer: [{ 'a/b': 'Square', side: 1, text: 'circle' }],
    problems: [],
  })
})

test('numbers kept exactly count as numbers and come back with their digits', () => {
  const answer = parseJson('{"difficulty": "Hard", "points": 12345678901234567890}')
  const checked = check(answer)
  expect(checked.problems).toEqual([])
  expect(jsonText(checked.answer)).toBe('{"difficulty":"hard","points":12345678901234567890}')
})

test('a schema that is none is refused', () => {
  expect(() => compileSchema({ type: 'text' })).toThrow(RequestRefused)
})

test('an answer with a key named __proto__ is checked and kept', () => {
  const checked = compileSchema({ type: 'object', properties: { a: { const: 'X' } } })(
    JSON.parse('{"__proto__": 1, "a": "x"}'),
  )
  expect(jsonText(checked.answer)).toBe('{"__proto__":1,"a":"X"}')
})
