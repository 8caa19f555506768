/** Which fields of an answer differ from an earlier one. */
import { isObject, type Json, jsonText, parseJson } from '../text/json.ts'

export interface ChangedField {
  /** `choices[2].text`; empty for the whole answer. */
  path: string
  /** Undefined if there was no such field. */
  before: Json | undefined
  /** Undefined if the field is gone. */
  after: Json | undefined
}

/** The fields that differ, nested ones by their path, in the order of the earlier answer. Spaces and the order of fields do not count. */
export function changedFields(before: Json | undefined, after: Json | undefined, path = ''): ChangedField[] {
  if (isObject(before) && isObject(after)) {
    const fields = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...fields].flatMap((field) => changedFields(own(before, field), own(after, field), fieldPath(path, field)))
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }).flatMap((_, at) =>
      changedFields(before[at], after[at], `${path}[${at}]`),
    )
  }
  return jsonText(before) === jsonText(after) ? [] : [{ path, before, after }]
}

// A plain `before[field]` would find `constructor` in every object.
function own(fields: { [key: string]: Json }, field: string): Json | undefined {
  return Object.hasOwn(fields, field) ? fields[field] : undefined
}

function fieldPath(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}

/** An answer as it stands in a collated file: JSON, or the text itself of a step with a text output. */
export function answerValue(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}
