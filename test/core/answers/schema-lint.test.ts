import { expect, test } from 'vitest'
import { lintSchema as lint } from '../../../core/answers/schema-lint.ts'
import { claude } from '../../../models/claude/claude.ts'

const lintSchema = (schema: unknown) => lint(schema, claude.schemaRules)

const text = { type: 'string' }

function object(properties: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more }
}

test('a schema within the limits has no problems', () => {
  const schema = object(
    {
      problem: { type: 'string', description: 'one sentence' },
      difficulty: { enum: ['easy', 'hard'] },
      hints: { type: 'array', items: { $ref: '#/$defs/hint' }, minItems: 1 },
      due: { type: ['string', 'null'], format: 'date' },
      code: { type: 'string', pattern: '^[A-Z]{2}\\d+$' },
      kind: { anyOf: [{ const: 'a' }, object({ value: { type: 'number' } })] },
    },
    { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { hint: object({ text }) } },
  )
  expect(lintSchema(schema)).toEqual([])
})

test('the root is an object schema', () => {
  expect(lintSchema({ type: 'array', items: text })).toEqual([
    '# has type "array"; the root must be type "object". Put the value in a property of an object.',
  ])
  expect(lintSchema([])).toEqual(['# is not an object. A JSON Schema is a JSON object with a type.'])
})

test.each([
  ['minimum', { type: 'number', minimum: 1 }],
  ['maximum', { type: 'number', maximum: 1 }],
  ['exclusiveMinimum', { type: 'number', exclusiveMinimum: 1 }],
  ['multipleOf', { type: 'number', multipleOf: 2 }],
  ['minLength', { ...text, minLength: 1 }],
  ['maxLength', { ...text, maxLength: 9 }],
  ['minItems', { type: 'array', items: text, minItems: 2 }],
  ['maxItems', { type: 'array', items: text, maxItems: 2 }],
  ['uniqueItems', { type: 'array', items: text, uniqueItems: true }],
  ['prefixItems', { type: 'array', items: text, prefixItems: [text] }],
  ['items', { type: 'array' }],
  ['format', { ...text, format: 'phone' }],
  ['pattern', { ...text, pattern: '(?=a)b' }],
  ['pattern', { ...text, pattern: '(a)\\1' }],
  ['pattern', { ...text, pattern: '(' }],
  ['oneOf', { oneOf: [text], type: 'string' }],
  ['not', { ...text, not: { const: 'a' } }],
  ['if', { ...text, if: {} }],
  ['examples', { ...text, examples: ['a'] }],
  ['nullable', { ...text, nullable: true }],
  ['type', {}],
  ['type', { type: 'text' }],
  ['enum', { enum: [['a']] }],
  ['enum', { enum: [] }],
  ['schema object', true],
  ['$ref', { $ref: 'https://example.com/schema.json' }],
  ['$ref', { $ref: '#/$defs/nowhere' }],
  ['additionalProperties', { type: 'object', properties: {} }],
  ['additionalProperties', { type: 'object', properties: {}, additionalProperties: text }],
  ['patternProperties', object({}, { patternProperties: { a: text } })],
  ['requires "b"', object({ a: text }, { required: ['a', 'b'] })],
  ['$ref', { allOf: [{ $ref: '#' }] }],
])('%s is named with its place: %j', (word, schema) => {
  const problems = lintSchema(object({ field: schema }))
  expect(problems[0]).toContain('#/properties/field')
  expect(problems[0]).toContain(word)
})

test('definitions is refused in favour of $defs', () => {
  expect(lintSchema(object({ a: text }, { definitions: {} }))).toEqual([
    '# has definitions, which structured outputs do not support: write $defs, and $ref "#/$defs/…".',
  ])
})

test('recursion is refused, also over several definitions', () => {
  const direct = object({ children: { type: 'array', items: { $ref: '#' } } })
  expect(lintSchema(direct)).toEqual([
    expect.stringMatching(/^#\/properties\/children\/items has \$ref "#", which contains itself/),
  ])
  const indirect = object(
    { a: { $ref: '#/$defs/a' } },
    { $defs: { a: object({ b: { $ref: '#/$defs/b' } }), b: object({ a: { $ref: '#/$defs/a' } }) } },
  )
  expect(lintSchema(indirect)).toHaveLength(2)
})

test('a definition used twice is not recursion', () => {
  const schema = object({ a: { $ref: '#/$defs/x' }, b: { $ref: '#/$defs/x' } }, { $defs: { x: object({ text }) } })
  expect(lintSchema(schema)).toEqual([])
})

test('at most 24 optional properties and 16 unions are allowed', () => {
  const many = (count: number, schema: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, schema]))
  expect(lintSchema(object(many(24, text), { required: [] }))).toEqual([])
  expect(lintSchema(object(many(25, text), { required: [] }))).toEqual([expect.stringContaining('25 optional')])
  expect(lintSchema(object(many(16, { type: ['string', 'null'] })))).toEqual([])
  expect(lintSchema(object(many(17, { anyOf: [text, { type: 'null' }] })))).toEqual([
    expect.stringContaining('17 places'),
  ])
})

test('a property named like a keyword is a property', () => {
  expect(lintSchema(object({ minimum: text, 'a/b': text }))).toEqual([])
})
