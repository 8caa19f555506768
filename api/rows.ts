/** The routes below a step: its items as rows, where one of them stands, and how many each filter takes. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { facetsOf } from '../core/rows/facets.ts'
import type { RowQuery } from '../core/rows/row-filter.ts'
import { type Row, rowWindow } from '../core/rows/row-window.ts'
import type { StepRows } from '../core/rows/step-rows.ts'
import type { VersionRef } from '../core/store.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import type { Call } from './call.ts'
import type { Ports } from './ports.ts'
import { type facets, mostRows, type position, type row, type rowPage, usualRows } from './row-documents.ts'
import { filterIn, rowQuery, sortOf } from './row-query.ts'
import { standingOf } from './standing.ts'
import { notYet, stepOfCall } from './step-in.ts'
import { versionIn } from './version-in.ts'

/** A Lambda answers 6 MB. */
const mostBytes = 1_000_000
const mostFields = 20

/** Rows of the filter, from one of them on. */
export async function listRows({ store, tables }: Ports, call: Call): Promise<z.infer<typeof rowPage>> {
  const [from, limit] = [call.count('from') ?? 0, call.number('limit', mostRows) ?? usualRows]
  const [filter, sort] = [filterIn(call), sortOf(call)]
  const { ref } = await versionIn(store, call)
  const step = await stepOfCall(store, ref, call)
  const isPlain = sort.by === 'input' && !sort.isDescending && Object.values(filter).every((part) => part === undefined)
  const first = isPlain ? await tables.firstRows(ref, step, { from, limit, mostBytes }) : undefined
  if (first !== undefined) {
    const { items, rows } = first
    return { ...aboutStep(ref, step.step), items, total: items, from, rows: rows.map(rowDocument) }
  }
  const { rows, about } = await rowsOfStep({ tables }, ref, step)
  const order = await rows.order(await rowQuery(store, ref, { filter, sort }))
  const wanted = [...order.subarray(from, from + limit)]
  const window = await rowWindow(store, rows, { wanted, mostBytes })
  return { ...about, items: rows.table.length, total: order.length, from, rows: window.map(rowDocument) }
}

/** Where an item stands among the rows of the filter, and the unreviewed ones beside it. */
export async function findPosition({ store, tables }: Ports, call: Call): Promise<z.infer<typeof position>> {
  const [filter, sort, rootId] = [filterIn(call), sortOf(call), call.text('root_id', 2000)]
  if (rootId === undefined) throw new RequestRefused(['Which item? Expected root_id, as a row has it.'])
  const { rows, about, ref } = await rowsOfCall({ store, tables }, call)
  const query = await rowQuery(store, ref, { filter, sort })
  const order = await rows.order(query)
  const sought = rows.table.rowOf(rootId)
  const at = sought === undefined ? -1 : order.indexOf(sought)
  const { next, previous } = await neighbours(rows, { query, order, sought })
  return { ...about, total: order.length, at: at === -1 ? null : at, next, previous }
}

type Neighbour = z.infer<typeof position>['next']

async function neighbours(
  rows: StepRows,
  { query, order, sought }: { query: RowQuery; order: Uint32Array; sought: number | undefined },
): Promise<{ next: Neighbour; previous: Neighbour }> {
  const all = await rows.order({ ...query, filter: { ...query.filter, review: undefined } })
  const reviews = await rows.reviews()
  const at = sought === undefined ? -1 : all.indexOf(sought)
  const isOpen = (row: number) => reviews.stateAt(row) === 'unreviewed'
  const document = (row: number | undefined): Neighbour => {
    if (row === undefined) return null
    const place = order.indexOf(row)
    return { root_id: rows.table.rootIds[row]!, at: place === -1 ? null : place }
  }
  if (at === -1) return { next: document(all.find(isOpen)), previous: null }
  return { next: document(all.subarray(at + 1).find(isOpen)), previous: document(all.subarray(0, at).findLast(isOpen)) }
}

/** How many items each choice of the filter takes. */
export async function countFacets({ store, tables }: Ports, call: Call): Promise<z.infer<typeof facets>> {
  const [filter, fields, oddities] = [filterIn(call), fieldsIn(call), call.oneOf('oddities', ['yes', 'no']) === 'yes']
  const { rows, about, ref } = await rowsOfCall({ store, tables }, call)
  return { ...about, ...(await facetsOf(rows, await rowQuery(store, ref, { filter }), { fields, oddities })) }
}

function fieldsIn(call: Call): string[] {
  const fields = [...new Set(call.text('fields', 4000)?.split(',') ?? [])]
  if (fields.length <= mostFields && fields.every((field) => field !== '')) return fields
  throw new RequestRefused([`fields names ${fields.length} fields. Expected 1 to ${mostFields}: level,author.name`])
}

/** The rows of the step that the path names. Throws HttpProblem if it is not there, or not collated. */
export async function rowsOfCall({ store, tables }: Pick<Ports, 'store' | 'tables'>, call: Call) {
  const { ref } = await versionIn(store, call)
  const step = await stepOfCall(store, ref, call)
  return { ...(await rowsOfStep({ tables }, ref, step)), ref, step }
}

async function rowsOfStep({ tables }: Pick<Ports, 'tables'>, ref: VersionRef, step: VersionStep) {
  const rows = await tables.rowsOf(ref, step)
  if (rows === undefined) throw notYet(ref, step.step, 'its rows are there')
  return { rows, about: aboutStep(ref, step.step) }
}

function aboutStep({ pipeline, version }: VersionRef, step: number) {
  return { pipeline, version, step }
}

function rowDocument({ line, answer, isCut, isHandEdited, answer_sha256, state, reviewed }: Row): z.infer<typeof row> {
  const { item_index, output_id, decision, reason, answer_version, error, model, cost_usd } = line
  const { input_tokens, output_tokens, milliseconds, attempts } = line
  return {
    ...standingOf({ line, answer_sha256, state, reviewed }),
    ...{ item_index, output_id, state: line.state, decision, reason, answer_version, error, model, cost_usd },
    ...{ input_tokens, output_tokens, milliseconds, attempts },
    answer,
    cut: isCut,
    ...(isHandEdited ? { hand_edited: true as const } : {}),
  }
}
