/** The fields of an output that are ours: what a model writes there is overwritten. */
import type { ResolvedStep } from '../documents.ts'
import { isObject, type Json } from '../text/json.ts'

/** The fields that come before the answer's own in an output, in order. */
export function idFields({ id_field, output_id_field }: Pick<ResolvedStep, 'id_field' | 'output_id_field'>): string[] {
  return output_id_field === null ? [id_field] : [output_id_field, `source_${id_field}`]
}

/** The field that holds an answer that is not an object. */
export const valueField = 'value'

/** The complaint if both ids would be written to one field, so that one is lost; undefined if each has its own field. */
export function lostIdProblem(step: Pick<ResolvedStep, 'id_field' | 'output_id_field'>): string | undefined {
  const [first, second] = idFields(step)
  if (first !== second) return undefined
  return `batch_output_id_field ${first} is the field that holds the item's own id (source_ and ${step.id_field}), so the new id would be lost. Choose another name.`
}

/** Sentences about answers that the ids of a step overwrite, as far as its schema tells. */
export function overwrittenWarnings(step: ResolvedStep): string[] {
  const ours = idFields(step)
  const place = `Step ${step.step} (${step.prompt_name})`
  const { output_schema: schema } = step
  if (schema === null) {
    if (!ours.includes(valueField)) return []
    return [
      `${place}: an answer that is not an object stands under ${valueField}, but that field holds the id, so such an answer would be lost. Give the ids another field, or the step an output_schema.`,
    ]
  }
  const properties = isObject(schema.properties as Json) ? Object.keys(schema.properties as object) : []
  // A model often repeats the id that it was given, and then nothing is lost.
  const lost = properties.filter((name) => ours.includes(name) && name !== step.id_field)
  if (lost.length === 0) return []
  return [
    `${place}: the output_schema asks for ${lost.join(' and ')}, but Itemwise writes an id there, so the model's answer is lost. Name one of them differently.`,
  ]
}
