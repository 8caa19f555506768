/** Which variables of a later step can never be there, as the schema of the step before leaves no room for them. */

import { answerFormat, textField } from '../answer-format.ts'
import { idFields } from '../answers/id-fields.ts'
import type { ResolvedStep } from '../documents.ts'
import { missingText } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { templateNameFirst } from '../templates/template-name.ts'
import { isObject, type Json } from '../text/json.ts'

/**
 * A sentence for the variables that no answer of `before` can offer, or nothing: if the schema is open (no schema,
 * a reference, a choice) everything is possible.
 */
export function impossibleVariables(step: ResolvedStep, template: Template, before: ResolvedStep): string | undefined {
  if (!step.batch_mode || !before.batch_mode) return undefined
  const isText = answerFormat(before) === 'text'
  const fields = isText ? [textField] : schemaNames(before.output_schema as Json, '')
  if (fields === undefined) return undefined
  const possible = [...idFields(before), ...fields]
  const missing = template.required.filter((name) => !name.startsWith('root__') && !possible.includes(name))
  if (missing.length === 0) return undefined
  const lack = isText ? 'text answers' : 'output_schema'
  return `${templateNameFirst(step)} uses what the ${lack} of step ${before.step} (${before.prompt_name}) ${isText ? 'do not have' : 'has no room for'}: ${missingText(missing, possible)}`
}

/** The flattened names that a value of the schema can offer; undefined if the schema does not say. */
export function schemaNames(schema: Json | undefined, prefix: string): string[] | undefined {
  if (!isObject(schema) || !isObject(schema.properties) || schema.additionalProperties !== false) return undefined
  const names: string[] = []
  for (const [key, inner] of Object.entries(schema.properties)) {
    names.push(prefix + key)
    if (!isObject(inner) || (inner.type !== 'object' && typeof inner.type === 'string')) continue
    const nested = schemaNames(inner, `${prefix}${key}__`)
    if (nested === undefined) return undefined
    names.push(...nested)
  }
  return names
}
