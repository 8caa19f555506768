import { expect, test } from 'vitest'
import { idFields, lostIdProblem, overwrittenWarnings } from '../../../core/answers/id-fields.ts'
import type { ResolvedStep } from '../../../core/documents.ts'

const step = (fields: Partial<ResolvedStep>) =>
  ({
    step: 1,
    prompt_name: 'write',
    id_field: 'id',
    output_id_field: null,
    output_schema: null,
    ...fields,
  }) as ResolvedStep
const schema = (...names: string[]) => ({
  output_schema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) },
})

test('an output begins with its own id, or with its sequential id and then its own', () => {
  expect([idFields(step({})), idFields(step({ output_id_field: 'nr' }))]).toEqual([['id'], ['nr', 'source_id']])
})

test('an output id in the field of the own id is refused; in any other nothing is lost', () => {
  const problem =
    "batch_output_id_field source_id is the field that holds the item's own id (source_ and id), so the new id would be lost. Choose another name."
  expect(
    ['source_id', 'id', 'nr', 'source_nr'].map((output_id_field) => lostIdProblem(step({ output_id_field }))),
  ).toEqual([problem, undefined, undefined, undefined])
})

test('a field of the schema that an id overwrites is warned of, but not one in which the model repeats the id', () => {
  expect(overwrittenWarnings(step({ output_id_field: 'nr', ...schema('nr', 'source_id', 'id', 'text') }))).toEqual([
    "Step 1 (write): the output_schema asks for nr and source_id, but Itemwise writes an id there, so the model's answer is lost. Name one of them differently.",
  ])
  expect(overwrittenWarnings(step(schema('id', 'text')))).toEqual([])
})

test('ids where an answer stands that is no object are warned of, as far as no schema says that all are objects', () => {
  const warning =
    'Step 1 (write): an answer that is not an object stands under value, but that field holds the id, so such an answer would be lost. Give the ids another field, or the step an output_schema.'
  expect(overwrittenWarnings(step({ id_field: 'value' }))).toEqual([warning])
  expect(overwrittenWarnings(step({ id_field: 'value', output_id_field: 'nr' }))).toEqual([])
  expect(overwrittenWarnings(step({ id_field: 'value', ...schema('a') }))).toEqual([])
})
