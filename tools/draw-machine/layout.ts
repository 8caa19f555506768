/** Where each state of a machine stands in its picture: the usual way from left to right, what only errors reach in a row below. */
import type { State, States } from '../../infra/states-language.ts'

export interface Box {
  name: string
  state: State
  x: number
  y: number
  width: number
  height: number
  /** Of a Map: what it does for each item, in its own coordinates. */
  inner: Picture | null
}

export interface Edge {
  from: string
  to: string
  kind: 'next' | 'choice' | 'catch'
  label: string
}

export interface Picture {
  boxes: Box[]
  edges: Edge[]
  width: number
  height: number
}

/** Room around the boxes of a Map: for its title above, and for edges that go around. */
export const margin = { left: 22, right: 22, top: 54, bottom: 30 }
const gap = { x: 84, y: 26, row: 74 }
const size = { width: 118, height: 48 }

export function layOut(states: States): Picture {
  const edges = Object.entries(states.States).flatMap(([name, state]) => edgesOf(name, state))
  const ranks = ranksOf(states, edges)
  const boxes = new Map(Object.entries(states.States).map(([name, state]) => [name, boxOf(name, state)]))
  const columns = Map.groupBy(ranks.keys(), (name) => ranks.get(name)!)
  const rowHeight = Math.max(...[...columns.values()].map((names) => heightOf(names.map((name) => boxes.get(name)!))))
  let x = margin.left
  for (const [, names] of [...columns].sort(([a], [b]) => a - b)) {
    const column = names.map((name) => boxes.get(name)!)
    const width = Math.max(...column.map((box) => box.width))
    let y = margin.top + (rowHeight - heightOf(column)) / 2
    for (const box of column) {
      Object.assign(box, { x: x + (width - box.width) / 2, y })
      y += box.height + gap.y
    }
    x += width + gap.x
  }
  const below = [...boxes.values()].filter(({ name }) => !ranks.has(name))
  placeBelow(below, { boxes, edges, y: margin.top + rowHeight + gap.row })
  const all = [...boxes.values()]
  const width = Math.max(...all.map((box) => box.x + box.width)) + margin.right
  return { boxes: all, edges, width, height: Math.max(...all.map((box) => box.y + box.height)) + margin.bottom }
}

/** Each stands under the middle of the first state whose error it catches, or beside the one before it. */
function placeBelow(below: Box[], { boxes, edges, y }: { boxes: Map<string, Box>; edges: Edge[]; y: number }): void {
  let free = 0
  for (const box of below) {
    const sources = edges
      .filter(({ to, kind }) => to === box.name && kind === 'catch')
      .map(({ from }) => boxes.get(from)!)
    const widest = sources.toSorted((a, b) => b.width - a.width)[0]
    const wanted = widest === undefined ? 0 : widest.x + (widest.width - box.width) / 2
    Object.assign(box, { x: Math.max(free, wanted), y })
    free = box.x + box.width + gap.x
  }
}

function heightOf(column: Box[]): number {
  return column.reduce((sum, box) => sum + box.height + gap.y, -gap.y)
}

function boxOf(name: string, state: State): Box {
  const inner = state.ItemProcessor === undefined ? null : layOut(state.ItemProcessor)
  return {
    name,
    state,
    x: 0,
    y: 0,
    ...(inner ?? size),
    width: inner?.width ?? size.width,
    height: inner?.height ?? size.height,
    inner,
  }
}

/** Columns: the longest way from the start, without errors and without going back to a state that the machine names earlier. */
function ranksOf({ StartAt, States }: States, edges: Edge[]): Map<string, number> {
  const names = Object.keys(States)
  const onward = edges.filter(({ from, to, kind }) => kind !== 'catch' && names.indexOf(to) > names.indexOf(from))
  const ranks = new Map<string, number>()
  const visit = (name: string, rank: number, path: string[]): void => {
    if (path.includes(name) || (ranks.get(name) ?? -1) >= rank) return
    ranks.set(name, rank)
    for (const { from, to } of onward) if (from === name) visit(to, rank + 1, [...path, name])
  }
  visit(StartAt, 0, [])
  return ranks
}

interface Branch {
  Next: string
  Condition?: string
  ErrorEquals?: string[]
}

function edgesOf(from: string, { Next, Choices, Default, Catch }: State): Edge[] {
  const next = Next === undefined ? [] : [{ from, to: Next, kind: 'next' as const, label: '' }]
  const choices = ((Choices ?? []) as Branch[]).map(({ Next: to, Condition = '' }) => ({
    from,
    to,
    kind: 'choice' as const,
    label: words(Condition),
  }))
  const otherwise =
    Default === undefined ? [] : [{ from, to: Default as string, kind: 'choice' as const, label: 'else' }]
  const caught = ((Catch ?? []) as Branch[]).map(({ Next: to, ErrorEquals = [] }) => ({
    from,
    to,
    kind: 'catch' as const,
    label: errorWords(ErrorEquals),
  }))
  return [...next, ...choices, ...otherwise, ...caught]
}

/** `{% $states.input.mode = "few" %}` is drawn as `mode = few`. */
function words(condition: string): string {
  return condition
    .replace(/^{% | %}$/g, '')
    .replaceAll('$states.input.', '')
    .replaceAll('"', '')
}

function errorWords(names: string[]): string {
  const [first = '', ...others] = names
  return names.includes('States.ALL') ? 'any error' : others.length === 0 ? first : `${first}, …`
}
