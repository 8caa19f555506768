/** `itemwise table <pipeline> [version]`: items × fields, a page at a time. */
import { RequestRefused } from '../core/errors.ts'
import { dottedFields, fieldAt } from '../core/items/dotted-fields.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, jsonText } from '../core/text/json.ts'
import { didYouMean } from '../core/text/nearest.ts'
import { findVersion } from '../workspace/find-version.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { compareCells, type Row, tableText } from './table-text.ts'
import { type TakenItem, takenItems } from './taken-items.ts'
import type { Terminal } from './terminal.ts'

export interface TableOptions extends StoreFlags {
  json?: boolean
  where?: string
  step?: string
  columns?: string[]
  sort?: string
  rows?: number
  page?: number
}

const usualRows = 20

/** Throws RequestRefused, also for a field that nothing has. */
export async function table(
  [name, version]: [string, string?],
  options: TableOptions,
  terminal: Terminal,
): Promise<number> {
  useFrugalHeap()
  const store = await (await openPlace(options, terminal)).store()
  const { ref } = await findVersion(store, name, version)
  const { columns, items } = await columnsOf(store, ref, options)
  const { sort, page = 1, rows: perPage = usualRows } = options
  const [field, isDescending] = sort?.startsWith('-') ? [sort.slice(1), true] : [sort, false]
  const [from, to] = [(page - 1) * perPage, page * perPage]
  let at = -1
  // Without an order only the page is kept.
  const pick = (item: TakenItem): Row | null => {
    at += 1
    if (field === undefined && (at < from || at >= to)) return null
    const values = columns.map((column) => valueIn(item, column))
    return { id: item.root_id, key: field === undefined ? undefined : valueIn(item, field), values }
  }
  const { taken, warnings } = await takenItems(store, ref, { ...choiceOf(options), withItems: items, pick })
  for (const warning of warnings) terminal.note(`Warning: ${warning}\n`)
  const kept = taken.filter((row) => row !== null)
  if (field !== undefined) kept.sort((a, b) => compareCells(a.key, b.key, isDescending))
  const shown = field === undefined ? kept : kept.slice(from, to)
  const all = taken.length
  if (shown.length === 0 && page > 1)
    throw new RequestRefused([
      `There is no page ${page}: ${all} rows of ${perPage} a page make ${Math.ceil(all / perPage)}.`,
    ])
  if (options.json)
    terminal.out(`${jsonText({ ...ref, rows: all, page, items: shown.map((row) => documentOf(row, columns)) }, 2)}\n`)
  else terminal.out(tableText({ columns, rows: shown, width: terminal.columns }))
  if (!options.json) terminal.note(pageText({ from, shown: shown.length, all, page, perPage }))
  return 0
}

/** The columns, and whether some are fields of the item. Those of the answer in the order in which the answers have them. */
async function columnsOf(
  store: Store,
  ref: VersionRef,
  options: TableOptions,
): Promise<{ columns: string[]; items: boolean }> {
  const wanted = [...(options.columns ?? []), ...(options.sort === undefined ? [] : [options.sort.replace(/^-/, '')])]
  const items = wanted.some((column) => !/^(answer|ledger)(\.|$)/.test(column))
  const known = new Set<string>()
  /** Fields that only repeat the id. */
  const ids = new Set<string>()
  let areAllAnswered = true
  const missing = new Set(wanted)
  const pick = (item: TakenItem) => {
    for (const [path, value] of item.answer === undefined ? [] : dottedFields(item.answer)) {
      const column = path === '' ? 'answer' : `answer.${path}`
      const isId = String(value) === item.root_id
      if (!isId) ids.delete(column)
      else if (!known.has(column)) ids.add(column)
      if (known.size < mostColumns) known.add(column)
    }
    areAllAnswered &&= item.ledger.state === 'answered'
    for (const column of missing) if (valueIn(item, column) !== undefined) missing.delete(column)
  }
  const { taken } = await takenItems(store, ref, { ...choiceOf(options), withItems: items, pick })
  if (taken.length > 0 && missing.size > 0)
    throw new RequestRefused(
      [...missing].map(
        (column) =>
          `No item has the field ${column}.${didYouMean(column, known)} Fields of the answer begin with answer., those of the ledger with ledger.; the others are the item's.`,
      ),
    )
  const usual = [...known].filter((column) => !ids.has(column))
  // Where an item has no answer, the reason is near.
  return { columns: options.columns ?? [...(areAllAnswered ? [] : ['ledger.state']), ...usual], items }
}

/** Answers with free keys have as many fields as keys. */
const mostColumns = 200

function choiceOf({ where = 'true', step }: TableOptions) {
  return { where, step, withAnswers: true }
}

function valueIn({ item, answer, ledger }: TakenItem, column: string): Json | undefined {
  if (/^answer(\.|$)/.test(column)) return fieldAt(answer, column.slice('answer.'.length))
  if (/^ledger(\.|$)/.test(column)) return fieldAt(ledger as unknown as Json, column.slice('ledger.'.length))
  return fieldAt(item, column)
}

function documentOf({ id, values }: Row, columns: readonly string[]): object {
  return { item: id, ...Object.fromEntries(columns.map((column, at) => [column, values[at] ?? null])) }
}

interface Page {
  from: number
  shown: number
  all: number
  page: number
  perPage: number
}

function pageText({ from, shown, all, page, perPage }: Page): string {
  if (shown === all) return ''
  const next = from + shown < all ? ` Next: --page ${page + 1}.` : ''
  return `\nRows ${from + 1} to ${from + shown} of ${all}, ${perPage} a page.${next}\n`
}
