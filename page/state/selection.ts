/** Which rows of the table are selected: some, or all that the filter takes. */
import { signal } from '@preact/signals'
import type { Row } from '../api/shapes.ts'
import type { Rows } from './rows.ts'

export interface Selection {
  rows: Rows
  /** By their indexes. */
  chosen: ReadonlyMap<number, Row>
  /** All that the filter takes, those not fetched too. */
  isAll: boolean
  /** Where a shift-click reaches from. */
  from: number
}

export const selection = signal<Selection | null>(null)

export function selectedIn(rows: Rows): Selection | null {
  return selection.value?.rows === rows ? selection.value : null
}

export function clearSelection(): void {
  selection.value = null
}

export function selectAll(rows: Rows): void {
  selection.value = { rows, chosen: new Map(), isAll: true, from: 0 }
}

/** Adds a row or takes it away; `reaching`: with all between it and the one before. */
export async function select(rows: Rows, index: number, reaching: boolean): Promise<void> {
  const now = selectedIn(rows)
  const before = now === null || now.isAll ? new Map<number, Row>() : now.chosen
  const [from, to] = reaching && now !== null ? [Math.min(now.from, index), Math.max(now.from, index)] : [index, index]
  await rows.want(from, to)
  const chosen = new Map(before)
  const adds = reaching || !before.has(index)
  for (let at = from; at <= to; at += 1) {
    const row = rows.at(at)
    if (row !== undefined && adds) chosen.set(at, row)
    else chosen.delete(at)
  }
  selection.value = chosen.size === 0 ? null : { rows, chosen, isAll: false, from: index }
}
