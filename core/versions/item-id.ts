/** Reads from an answer which item it belongs to. */
import type { ResolvedStep } from '../documents.ts'
import { idText } from '../text/ids.ts'
import { isObject, type Json, jsonText, parseJson } from '../text/json.ts'

/** The id of the item whose answer an element of a collated array is, or undefined if it has none. */
export function itemIdOf(element: Json, step: Pick<ResolvedStep, 'id_field' | 'output_id_field'>): string | undefined {
  if (!isObject(element)) return undefined
  return idText(element[step.output_id_field === null ? step.id_field : `source_${step.id_field}`])
}

/** An answer without the ids that stand in it, which are ours; as it is if it is no object. */
export function withoutIds(text: string, step: Pick<ResolvedStep, 'id_field' | 'output_id_field'>): string {
  const value = jsonIn(text)
  if (!isObject(value)) return text
  const ours = step.output_id_field === null ? [step.id_field] : [step.output_id_field, `source_${step.id_field}`]
  return jsonText(Object.fromEntries(Object.entries(value).filter(([field]) => !ours.includes(field))))
}

/** A JSON text's value, or undefined if it is none. */
export function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
