/** Which items are shown: by state, text, and what else the answers offer, each with how many there are. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Facets, ReviewState } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Icon } from '../parts/icon.tsx'
import { plural } from '../parts/numbers.ts'
import { countedBy, type Filter, filterBy } from '../state/filter.ts'
import { useFetched } from '../state/resource.ts'
import { keptActs } from '../state/reviews.ts'
import { pathOf, type Rows } from '../state/rows.ts'
import { Chip } from './chip.tsx'
import { MoreFilters } from './more-filters.tsx'
import type { Version } from './version.ts'

interface FilterBarProps {
  version: Version
  rows: Rows
  filter: Filter
  fields: readonly string[]
  children: ComponentChildren
}

const reviews: readonly (ReviewState | 'stale' | 'none')[] = [
  'unreviewed',
  'approved',
  'flagged',
  'edited',
  'stale',
  'none',
]
const titles = {
  unreviewed: 'Unreviewed',
  approved: 'Approved',
  flagged: 'Flagged',
  edited: 'Edited',
  stale: 'Stale',
  none: 'No answer',
}

export function FilterBar({ version, rows, filter, fields, children }: FilterBarProps) {
  const query = { ...countedBy(filter), ...(filter.field === undefined ? {} : { fields: filter.field }) }
  const facets = useFetched(JSON.stringify([version.ref, query]), async (signal) => {
    // Rows come first: whoever reads does not wait for counts.
    if (rows.total.peek() === null) await rows.want(0, 0)
    return call<Facets>('GET', [...pathOf(version.ref), 'facets'], { query, signal })
  })
  const acts = keptActs.value
  useEffect(() => {
    if (acts === 0) return
    // Whoever approves one a second does not ask for counts each time.
    const soon = setTimeout(facets.again, 400)
    return () => clearTimeout(soon)
  }, [acts])
  const counts = facets.fetched.value.value
  const all =
    counts === null
      ? undefined
      : Object.values(counts.review).reduce((sum, count) => sum + count, 0) - counts.review.stale
  return (
    <search class="filters">
      <div class="chips" role="group" aria-label="State">
        <Chip isOn={filter.review === undefined} count={all} onClick={() => filterBy({ review: undefined })}>
          All
        </Chip>
        {reviews
          .filter(
            (name) =>
              filter.review === name ||
              ['unreviewed', 'approved', 'flagged'].includes(name) ||
              (counts?.review[name] ?? 0) > 0,
          )
          .map((name) => (
            <Chip
              key={name}
              isOn={filter.review === name}
              count={counts?.review[name]}
              onClick={() => filterBy({ review: filter.review === name ? undefined : name })}
            >
              {name !== 'stale' && <Icon name={name} />}
              {titles[name]}
            </Chip>
          ))}
      </div>
      <SearchBox text={filter.text ?? ''} />
      <MoreFilters version={version} filter={filter} fields={fields} facets={counts} />
      <span class="total" role="status">
        {rows.total.value === null ? '' : plural(rows.total.value, 'item')}
      </span>
      {children}
    </search>
  )
}

/** Whoever pauses so long has typed what they look for. */
const typingMs = 200

function SearchBox({ text }: { text: string }) {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => {
    // Back and forward change what is searched for.
    if (input.current && document.activeElement !== input.current) input.current.value = text
  }, [text])
  useKeys('Search', [{ keys: ['/'], does: 'Search', run: () => input.current?.select() ?? undefined }])
  const search = () => filterBy({ text: input.current?.value.trim() || undefined })
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        placeholder="Search answers"
        aria-label="Search answers"
        defaultValue={text}
        dir="auto"
        onInput={() => {
          clearTimeout(timer.current)
          timer.current = setTimeout(search, typingMs)
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          event.preventDefault()
          clearTimeout(timer.current)
          search()
          event.currentTarget.blur()
          document.querySelector<HTMLElement>('[role=grid]')?.focus()
        }}
      />
      <kbd>/</kbd>
    </div>
  )
}
