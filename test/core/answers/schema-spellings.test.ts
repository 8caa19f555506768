import { expect, test } from 'vitest'
import { compileSchema } from '../../../core/answers/schema-check.ts'
import { spellingWarnings } from '../../../core/answers/schema-spellings.ts'
import type { ResolvedStep } from '../../../core/documents.ts'
import type { Json } from '../../../core/text/json.ts'

const schema = {
  type: 'object',
  properties: {
    a: { type: 'string', enum: ['Yes', 'yes', 'No', 1] },
    b: { $ref: '#/$defs/b' },
    c: { type: 'array', items: { anyOf: [{ const: 'ÄRA' }, { const: 'ära' }, { type: 'null' }] } },
    d: { enum: ['x', 'y', 'x'] },
  },
  $defs: { b: { enum: ['up', 'UP', 'Up'] } },
}

test('values that differ only in letter case are warned of, wherever they stand', () => {
  const step = { step: 2, prompt_name: 'rate', output_schema: schema } as unknown as ResolvedStep
  const warned = spellingWarnings(step).map((text) =>
    /: (#\S+) of its output_schema .* \((.*)\)\./.exec(text)?.slice(1),
  )
  expect(warned).toEqual([
    ['#/properties/a', 'Yes, yes'],
    ['#/properties/c/items', 'ÄRA, ära'],
    ['#/$defs/b', 'up, UP, Up'],
  ])
  expect(spellingWarnings({ ...step, output_schema: null })).toEqual([])
})

test('an answer in a third spelling is taken for none of them; one that is spelled as allowed stays, and a plain case is mended', async () => {
  const check = await compileSchema({ type: 'object', properties: schema.properties, $defs: schema.$defs })
  const answers: Json[] = [{ a: 'YES' }, { a: 'yes' }, { a: 'Yes' }, { a: 'NO' }, { c: ['Ära'] }, { b: 'uP' }]
  expect(answers.map((answer) => (check(answer).problems.length > 0 ? 'refused' : check(answer).answer))).toEqual([
    'refused',
    { a: 'yes' },
    { a: 'Yes' },
    { a: 'No' },
    'refused',
    'refused',
  ])
})
