/** A row of the table: an item and its answer in one line; in a narrow window in two. */
import type { Row } from '../api/shapes.ts'
import { Badge, Icon } from '../parts/icon.tsx'
import { compact, dollars, seconds } from '../parts/numbers.ts'
import { inACell } from '../parts/texts.ts'
import { saidOf } from '../state/reviews.ts'
import type { StepRef } from '../state/rows.ts'
import type { Column } from './columns.ts'

interface RowProps {
  on: StepRef
  row: Row | undefined
  index: number
  columns: readonly Column[]
  isActive: boolean
  isSelected: boolean
  isNarrow: boolean
  onOpen: (index: number) => void
  onSelect: (index: number, reaching: boolean) => void
}

export function TableRow({ on, row, index, columns, isActive, isSelected, isNarrow, onOpen, onSelect }: RowProps) {
  const known = row && saidOf(on, { ...row, said: row })
  return (
    <div
      role="row"
      id={`row-${index}`}
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      class={`row${isActive ? ' row-active' : ''}${isSelected ? ' row-selected' : ''}`}
      onClick={(event) => (event.shiftKey ? onSelect(index, true) : onOpen(index))}
    >
      <div role="gridcell" class="cell cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select ${row?.item_id ?? `row ${index + 1}`}`}
          onClick={(event) => {
            event.stopPropagation()
            onSelect(index, event.shiftKey)
          }}
        />
      </div>
      {(isNarrow ? narrowColumns(columns) : columns).map((column) => (
        <div
          role="gridcell"
          key={column.name}
          class={`cell cell-${column.name.replace(/:.*/, '')}${column.isNumber ? ' cell-number' : ''}`}
          dir={column.name.startsWith('field:') || column.name === 'answer' ? 'auto' : undefined}
        >
          {row === undefined || known === undefined ? <span class="bone" /> : cell(column, row, known)}
        </div>
      ))}
    </div>
  )
}

/** The id, the state, and the first text. */
function narrowColumns(columns: readonly Column[]): Column[] {
  const text = columns.find(({ name }) => name.startsWith('field:') || name === 'answer')
  return columns.filter((column) => column.name === 'id' || column.name === 'review' || column === text)
}

function cell(column: Column, row: Row, said: ReturnType<typeof saidOf>) {
  const { answer, error } = row
  switch (column.name) {
    case 'id':
      return row.root_id
    case 'review':
      return (
        <>
          <Badge review={said.review} stale={said.stale} isUnderWay={said.isUnderWay} />
          {said.comment && <Icon name="comment" />}
        </>
      )
    case 'checks':
      return error === null ? (
        row.suggested ? (
          'suggestion'
        ) : row.decision === 'carry' ? (
          <span class="faint">carried</span>
        ) : (
          ''
        )
      ) : (
        <span class="bad">{error.kind}</span>
      )
    case 'tokens':
      return compact(row.input_tokens + row.output_tokens)
    case 'cost':
      return dollars(row.cost_usd)
    case 'time':
      return seconds(row.milliseconds / 1000)
    default: {
      if (error !== null && answer === null) return <span class="bad">{error.message}</span>
      if (row.state === 'skipped') return <span class="faint">skipped</span>
      const name = column.name.slice('field:'.length)
      const isField =
        column.name !== 'answer' && answer !== null && typeof answer === 'object' && !Array.isArray(answer)
      return inACell(isField ? answer[name] : answer)
    }
  }
}
