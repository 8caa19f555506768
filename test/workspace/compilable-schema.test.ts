import { expect, test } from 'vitest'
import * as z from 'zod'
import { lintSchema } from '../../core/answers/schema-lint.ts'
import { schemaRules } from '../../models/claude/schema-rules.ts'
import { jsonSchemaOf } from '../../workspace/answer-schema.ts'

const said = (schema: z.ZodType) => jsonSchemaOf(schema as never, 1)

test('integers, alternatives that one property tells apart, and readonly arrays are in words that the API compiles', () => {
  const schema = z.object({
    count: z.int(),
    tags: z.array(z.string()).readonly(),
    shape: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), radius: z.number().int() }),
      z.object({ kind: z.literal('square'), side: z.number() }),
    ]),
  })
  const found = said(schema)
  expect(lintSchema(found, schemaRules)).toEqual([])
  expect(found).toMatchObject({
    properties: {
      count: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
      shape: { anyOf: [{ properties: { radius: { type: 'integer' } } }, { properties: { side: { type: 'number' } } }] },
    },
  })
})

test('what would mean something else without it stays, and is refused by the check', () => {
  const limited = said(z.object({ score: z.int().min(1).max(5) }))
  expect(limited.properties).toEqual({ score: { type: 'integer', minimum: 1, maximum: 5 } })
  expect(lintSchema(limited, schemaRules).length).toBeGreaterThan(0)
  const either = { oneOf: [{ type: 'string' }, { type: 'string', format: 'date' }] }
  const given = { '~standard': { version: 1, vendor: 'own', jsonSchema: { output: () => either } } } as const
  expect(jsonSchemaOf(given, 1)).toEqual(either)
})

test('values that an answer may have are no schemas', () => {
  const schema = z.object({ readOnly: z.literal('oneOf'), minimum: z.enum(['a']).default('a') })
  expect(said(schema)).toMatchObject({
    properties: { readOnly: { const: 'oneOf' }, minimum: { enum: ['a'], default: 'a' } },
  })
})
