/** Which items are shown, and in what order: said in the address, so that it can be linked to. */
import type { Query } from '../api/call.ts'
import { goTo, linkTo, type Place, place } from './location.ts'

/** The parameters of rows and facets. */
const parameters = [
  ...['review', 'state', 'failed', 'odd', 'decision', 'against', 'change', 'field', 'value', 'text', 'sort'],
] as const

export type Filter = Readonly<Record<string, string | undefined>>

export function filterOf({ query }: Place): Filter {
  return Object.fromEntries(parameters.flatMap((name) => (query.has(name) ? [[name, query.get(name) ?? '']] : [])))
}

/** The same without the order: for counts. */
export function countedBy({ sort: _sort, ...filter }: Filter): Query {
  return filter
}

/** Shows the items that this filter takes; names that are undefined are left out. */
export function filterBy(changes: Filter): void {
  const { screen, names } = place.value
  const next = new URLSearchParams(place.value.query)
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  goTo(linkTo(screen, names, next), { instead: true })
}

/** First up, then down, then as they were. */
export function sortBy(column: string): void {
  const now = place.value.query.get('sort')
  filterBy({ sort: now === column ? `-${column}` : now === `-${column}` ? undefined : column })
}
