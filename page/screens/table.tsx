/** The items of a step of a version as a table. */
import { type Signal, signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { useKeys } from '../keys/keys.ts'
import { RefusedNote } from '../parts/refused.tsx'
import { VirtualRows } from '../parts/virtual-rows.tsx'
import { filterOf, sortBy } from '../state/filter.ts'
import { goTo, linkTo, place } from '../state/location.ts'
import { type Rows, rowsOf } from '../state/rows.ts'
import { select, selectAll, selectedIn } from '../state/selection.ts'
import { isNarrow } from '../state/session.ts'
import { ActBar } from './act-bar.tsx'
import { ColumnChoice } from './column-choice.tsx'
import { allColumns, type Column, fieldsOf, hiddenColumns } from './columns.ts'
import { FilterBar } from './filter-bar.tsx'
import { TableRow } from './row.tsx'
import type { Version } from './version.ts'

export function Table({ version }: { version: Version }) {
  const filter = filterOf(place.value)
  const { ref, step } = version
  const rows = rowsOf(ref, filter)
  if (!step.collated)
    return (
      <p class="waiting">{`Step ${step.step} of ${ref.version} is not there yet: its items can be read when the last of them is done.`}</p>
    )
  const sample = rows.first.value.slice(0, 30)
  const fields = fieldsOf(step, sample)
  const table = `${ref.pipeline} ${ref.step}`
  const all = allColumns(fields, sample)
  const hidden = hiddenColumns(table)
  const columns = all.filter(({ name }) => !hidden.includes(name))
  return (
    <div class="screen-table">
      <FilterBar version={version} rows={rows} filter={filter} fields={fields}>
        <ColumnChoice table={table} columns={all} />
      </FilterBar>
      {rows.refused.value && <RefusedNote error={rows.refused.value} again={() => void rows.want(0, 50)} />}
      <Grid rows={rows} columns={columns} />
    </div>
  )
}

function Grid({ rows, columns }: { rows: Rows; columns: readonly Column[] }) {
  const grid = useRef<HTMLDivElement>(null)
  const active = useMemo(() => signal(rows.active), [rows])
  const total = rows.total.value
  const count = total ?? 0
  const chosen = selectedIn(rows)
  const narrow = isNarrow.value
  useEffect(() => void rows.want(0, 50), [rows])
  useEffect(() => {
    // Whoever comes from another screen is where the keys work.
    if (document.activeElement === document.body) grid.current?.focus({ preventScroll: true })
  }, [])
  // The same ones as long as the rows are: a row is drawn again only if something else of it has changed.
  const { move, open, choose } = useMemo(() => movesIn(rows, active), [rows])
  useKeys('Table', [
    { keys: ['j', 'ArrowDown'], does: 'Next item', run: () => move(active.value + 1) },
    { keys: ['k', 'ArrowUp'], does: 'Previous item', run: () => move(active.value - 1) },
    { keys: ['PageDown'], does: 'A page on', run: () => move(active.value + 15) },
    { keys: ['PageUp'], does: 'A page back', run: () => move(active.value - 15) },
    { keys: ['Home'], does: 'First item', run: () => move(0) },
    { keys: ['End'], does: 'Last item', run: () => move(count - 1) },
    { keys: ['Enter'], does: 'Read the item', run: () => open(active.value) },
    { keys: ['x', ' '], does: 'Select the item', run: () => void select(rows, active.value, false) },
    { keys: ['X'], does: 'Select all of the filter', run: () => selectAll(rows) },
  ])
  const widths = useMemo(() => ['34px', ...columns.map(({ width }) => width)].join(' '), [columns])
  const template = narrow ? {} : { '--columns': widths }
  return (
    <>
      <div
        ref={grid}
        class="grid"
        style={template}
        role="grid"
        aria-label="Items"
        aria-rowcount={total === null ? -1 : count + 1}
        aria-multiselectable="true"
        aria-activedescendant={count > 0 && active.value >= 0 ? `row-${active.value}` : undefined}
        tabIndex={0}
      >
        <Heads columns={columns} />
        <VirtualRows
          key={JSON.stringify([rows.ref, rows.query])}
          count={count}
          rowHeight={narrow ? 62 : 34}
          active={active.value}
          top={rows.top}
          onTop={(top) => {
            rows.top = top
          }}
          onView={(from, to) => rows.view(from, to)}
          row={(index, slot) => (
            <TableRow
              key={slot}
              on={rows.ref}
              row={rows.at(index)}
              index={index}
              columns={columns}
              isActive={index === active.value}
              isSelected={chosen !== null && (chosen.isAll || chosen.chosen.has(index))}
              isNarrow={narrow}
              onOpen={open}
              onSelect={choose}
            />
          )}
        />
        {total === 0 && <p class="nothing">No item is like that. Take a filter away.</p>}
      </div>
      <ActBar rows={rows} active={active.value} />
    </>
  )
}

/** What keys and clicks do with the row at an index. */
function movesIn(rows: Rows, active: Signal<number>) {
  const move = (to: number) => {
    active.value = Math.max(0, Math.min((rows.total.peek() ?? 0) - 1, to))
    rows.active = active.value
  }
  const open = (index: number) => {
    move(index)
    const row = rows.at(index)
    const { names, query } = place.value
    if (row) goTo(linkTo('item', [names[0]!, rows.ref.version, rows.ref.step, row.root_id], query))
  }
  const choose = (index: number, reaching: boolean) => {
    move(index)
    void select(rows, index, reaching)
  }
  return { move, open, choose }
}

function Heads({ columns }: { columns: readonly Column[] }) {
  const sort = place.value.query.get('sort')
  return (
    <div role="row" class="heads" aria-rowindex={1}>
      <div role="columnheader" class="head cell-select">
        <span class="hidden">Selected</span>
      </div>
      {columns.map(({ name, title, sort: by, isNumber }) => (
        <div
          key={name}
          role="columnheader"
          class={`head${isNumber ? ' cell-number' : ''}`}
          aria-sort={sort === by ? 'ascending' : sort === `-${by}` ? 'descending' : 'none'}
        >
          {by === undefined ? (
            title
          ) : (
            <button type="button" onClick={() => sortBy(by)} title={`Sort by ${title}`}>
              {title}
              <span aria-hidden="true">{sort === by ? ' ↑' : sort === `-${by}` ? ' ↓' : ''}</span>
            </button>
          )}
        </div>
      ))}
    </div>
  )
}
