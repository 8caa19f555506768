/** Which rows a call asks for: the filter and the order of its query, or the filter of its body. */
import { RequestRefused } from '../core/errors.ts'
import {
  changes,
  oddChoices,
  type RowFilter,
  type RowQuery,
  type RowSort,
  reviewChoices,
  sortKeys,
} from '../core/rows/row-filter.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, parseJson } from '../core/text/json.ts'
import { knownVersion } from '../core/versions/versions.ts'
import type { Call } from './call.ts'
import { itemStates } from './documents.ts'
import { decisions, type RowFilterQuery } from './row-documents.ts'

/** The filter of a query; its words are checked, what they mean is not. Throws RequestRefused. */
export function filterIn(call: Call): RowFilterQuery {
  return {
    review: call.oneOf('review', reviewChoices),
    state: call.oneOf('state', itemStates),
    decision: call.oneOf('decision', decisions),
    failed: call.text('failed', 60),
    odd: call.text('odd', 220),
    against: call.text('against', 60),
    change: call.oneOf('change', changes),
    field: call.text('field', 200),
    value: call.query('value'),
    text: call.text('text', 500),
  }
}

/** What a filter means for a version. Throws RequestRefused, HttpProblem for a version that is not there. */
export async function rowQuery(
  store: Store,
  ref: VersionRef,
  { filter, sort = inputOrder }: { filter: RowFilterQuery; sort?: RowSort },
): Promise<RowQuery> {
  const { against, field, value, review, state, decision, failed, odd, change, text } = filter
  if ((field === undefined) !== (value === undefined))
    throw new RequestRefused([
      `There is a ${field === undefined ? 'value without a field' : 'field without a value'}. Expected both, or neither.`,
    ])
  const sought = field === undefined || value === undefined ? undefined : { path: field, values: valuesOf(value) }
  return {
    filter: {
      review,
      state,
      decision,
      failed,
      odd: odd === undefined ? odd : oddityIn(odd),
      change,
      text,
      field: sought,
    },
    sort,
    against: against === undefined ? null : { ...ref, version: await knownVersion(store, ref.pipeline, against) },
  }
}

/** `empty`, or `short:text`. */
function oddityIn(text: string): RowFilter['odd'] {
  const [, word, field] = /^([a-z_]+)(?::(.+))?$/s.exec(text) ?? []
  const kind = oddChoices.find((choice) => choice === word)
  if (kind !== undefined) return { kind, ...(field !== undefined && { field }) }
  throw new RequestRefused([
    `odd is ${text}. Expected one of ${oddChoices.join(', ')}, with the field behind it if it is about one: short:text.`,
  ])
}

/** `5` may be the number and the text. */
function valuesOf(text: string): Json[] {
  try {
    return [text, parseJson(text)]
  } catch {
    return [text]
  }
}

const inputOrder: RowSort = { by: 'input', isDescending: false }

/** The order that a query asks for. Throws RequestRefused. */
export function sortOf(call: Call): RowSort {
  const text = call.query('sort')
  if (text === undefined) return inputOrder
  const isDescending = text.startsWith('-')
  const word = isDescending ? text.slice(1) : text
  const by = sortKeys.find((key) => key === word)
  if (by !== undefined) return { by, isDescending }
  const field = /^field:(.{1,200})$/s.exec(word)?.[1]
  if (field !== undefined) return { by: { field }, isDescending }
  throw new RequestRefused([
    `sort is ${text || 'empty'}. Expected one of ${sortKeys.join(', ')}, or field:level for a field of the answer; a - before it turns it around.`,
  ])
}
