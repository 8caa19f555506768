/** From one item to the next in the order of the table, or to the next that nobody has reviewed. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Position } from '../api/shapes.ts'
import { keepFocus } from '../keys/focus.ts'
import { filterOf } from '../state/filter.ts'
import { prefetchItem } from '../state/items.ts'
import { goTo, linkTo, place } from '../state/location.ts'
import { saidOf } from '../state/reviews.ts'
import { type Rows, rowsOf, type StepRef } from '../state/rows.ts'
import { tell } from '../state/toasts.ts'

export interface Moves {
  /** Its place in the table; null if it is not known, or the filter does not take it. */
  at: Signal<number | null>
  total: number | null
  move: (by: number) => Promise<void>
  jump: (to: 'next' | 'previous') => Promise<void>
  back: () => void
}

export function useMoves(ref: StepRef, id: string): Moves {
  const rows = rowsOf(ref, filterOf(place.value))
  const at = useSignal<number | null>(rows.indexOf(id) ?? null)
  useEffect(() => {
    const ready = async (index: number) => {
      await rows.want(index - 1, index + 2)
      for (const near of [rows.at(index + 1), rows.at(index + 2)]) if (near) prefetchItem(ref, near.root_id)
    }
    if (at.value !== null) void ready(at.value)
    else
      positionOf(rows, id).then((position) => {
        at.value = position?.at ?? null
        if (at.value !== null) void ready(at.value)
      })
  }, [rows, id])
  const open = (rootId: string, index: number | null) => {
    if (index !== null) rows.active = index
    keepFocus()
    const { names, query } = place.value
    goTo(linkTo('item', [names[0]!, ref.version, ref.step, rootId], query), { instead: true })
  }
  return {
    at,
    total: rows.total.value,
    move: async (by) => {
      const to = (at.value ?? -1) + by
      const row = to < 0 ? undefined : await rows.row(to)
      if (row !== undefined) open(row.root_id, to)
      else tell(by > 0 ? 'This is the last item.' : 'This is the first item.')
    },
    jump: async (to) => {
      const found = unreviewedAmong(rows, at.value, to) ?? (await positionOf(rows, id))?.[to]
      if (found) open(found.root_id, found.at)
      else tell(`No unreviewed item ${to === 'next' ? 'follows' : 'comes before'}.`)
    },
    back: () => {
      const { names, query } = place.value
      goTo(linkTo('items', [names[0]!, ref.version, ref.step], query))
    },
  }
}

/** The nearest one that is fetched already, if all between are. */
function unreviewedAmong(
  rows: Rows,
  from: number | null,
  to: 'next' | 'previous',
): { at: number; root_id: string } | null {
  if (from === null) return null
  const by = to === 'next' ? 1 : -1
  for (let at = from + by; ; at += by) {
    const row = at < 0 ? undefined : rows.at(at)
    if (row === undefined) return null
    if (saidOf(rows.ref, { ...row, said: row }).review === 'unreviewed') return { at, root_id: row.root_id }
  }
}

async function positionOf(rows: Rows, id: string): Promise<Position | null> {
  return rows.position(id).catch(() => null)
}
