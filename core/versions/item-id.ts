/** Reads from an answer which item it belongs to. */
import type { ResolvedStep } from '../documents.ts'
import { idText } from '../text/ids.ts'
import { isObject, type Json, parseJson } from '../text/json.ts'

/** The id of the item whose answer an element of a collated array is, or undefined if it has none. */
export function itemIdOf(element: Json, step: Pick<ResolvedStep, 'id_field' | 'output_id_field'>): string | undefined {
  if (!isObject(element)) return undefined
  return idText(element[step.output_id_field === null ? step.id_field : `source_${step.id_field}`])
}

/** A JSON text's value, or undefined if it is none. */
export function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
