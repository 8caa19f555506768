/** A filter as a button, with how many items it takes; and one that is on, which can be taken away. */
import type { ComponentChildren } from 'preact'
import { Button } from '../parts/button.tsx'
import { counted } from '../parts/numbers.ts'
import { type Filter, filterBy } from '../state/filter.ts'

interface ChipProps {
  isOn: boolean
  count: number | undefined
  onClick: () => void
  children: ComponentChildren
}

export function Chip({ isOn, count, onClick, children }: ChipProps) {
  return (
    <button type="button" class="chip" aria-pressed={isOn} onClick={onClick}>
      {children}
      {count !== undefined && <span class="chip-count">{counted(count)}</span>}
    </button>
  )
}

/** A filter that is on and can be taken away. */
export function OnFilter({ name, value, without }: { name: string; value: string; without: Filter }) {
  return (
    <span class="on-filter">
      <span>
        {name} <b dir="auto">{value}</b>
      </span>
      <Button kind="quiet" icon="close" label={`Without the filter ${name} ${value}`} onClick={() => filterBy(without)}>
        {''}
      </Button>
    </span>
  )
}
