import { expect, test } from 'vitest'
import { compileSchema } from '../../../core/answers/schema-check.ts'
import { RequestRefused } from '../../../core/errors.ts'
import { jsonText, parseJson } from '../../../core/text/json.ts'

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
const check = await compileSchema(schema)

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

test('spelling is set inside arrays, anyOf and keys with a slash, and leaves other text alone', async () => {
  const shapes = [
    {
      type: 'object',
      properties: { 'a/b': { const: 'Circle' }, radius: { type: 'number' } },
      required: ['a/b', 'radius'],
    },
    { type: 'object', properties: { 'a/b': { const: 'Square' }, side: { type: 'number' } }, required: ['a/b', 'side'] },
  ]
  const nested = await compileSchema({ type: 'array', items: { anyOf: shapes } })
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

test('a schema that is none is refused', async () => {
  await expect(compileSchema({ type: 'text' })).rejects.toThrow(RequestRefused)
  await expect(compileSchema({ type: 'string', pattern: '(a' })).rejects.toThrow(RequestRefused)
})

test('an answer with a key named __proto__ is checked and kept', async () => {
  const check = await compileSchema({ type: 'object', properties: { a: { const: 'X' } } })
  const checked = check(JSON.parse('{"__proto__": 1, "a": "x"}'))
  expect(jsonText(checked.answer)).toBe('{"__proto__":1,"a":"X"}')
})

test('a pattern takes time that grows with the answer only', async () => {
  const check = await compileSchema({
    type: 'object',
    properties: { a: { type: 'string', pattern: '^(a+)+$' } },
    patternProperties: { '^(x+x+)+y$': { type: 'string' } },
  })
  const long = `${'a'.repeat(200_000)}!`
  expect(check({ a: long, ['x'.repeat(50_000)]: 1 }).problems).toEqual([
    `/a must match ^(a+)+$, but is "${'a'.repeat(79)}…`,
  ])
  expect(check({ a: 'aaaa', xxy: 1 }).problems).toEqual(['/xxy must be string, but is 1'])
})

test('two patterns of one schema are two', async () => {
  const check = await compileSchema({
    type: 'object',
    properties: { a: { type: 'string', pattern: '^a' }, b: { type: 'string', pattern: '^b' } },
  })
  expect(check({ a: 'b', b: 'b' }).problems).toEqual(['/a must match ^a, but is "b"'])
})

test('a pattern that the engine lacks, of a version made before it was refused, is left to the API', async () => {
  const check = await compileSchema({ type: 'string', pattern: '^.{1,2000}$' })
  expect(check('').problems).toEqual([])
})

test.each(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'])(
  'an answer made to hold up the format %s does not',
  async (format) => {
    const check = await compileSchema({ type: 'string', format })
    for (const unit of ['a', 'a.', 'a-', '1', '1.', '::', '%20', '/', '[', 'P1D', 'a@', '12:30:00.1'])
      for (const before of ['', 'http://', 'x@', 'P', '::', '2020-01-01T'])
        expect(check(`${before}${unit.repeat(20_000)}\u0000`).problems).toHaveLength(1)
  },
)
