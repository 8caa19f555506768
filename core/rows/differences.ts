/** What changed in a step from one version to another, item by item: both answers whole, and how each of them is reviewed. */
import { checksumOf } from '../reviews/step-reviews.ts'
import type { Store } from '../store.ts'
import { linesAt } from '../versions/placed-lines.ts'
import { type Changed, changeCodes } from './changed-column.ts'
import type { Row } from './row-window.ts'
import type { StepRows } from './step-rows.ts'

export const differenceKinds = ['changed', 'added', 'removed'] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/** One item of a version as a side of a difference, with its whole answer as it stands in the file. */
export interface Side extends Pick<Row, 'line' | 'answer_sha256' | 'state' | 'reviewed'> {
  answer: string | null
}

export interface Difference {
  kind: DifferenceKind
  /** In the earlier version; null if it has no answer there. */
  before: Side | null
  after: Side | null
}

interface Named {
  kind: DifferenceKind
  before: number | undefined
  after: number | undefined
}

/** Those of a kind, or all, in the order of the input; what is gone comes last. */
export function differencesIn(
  { earlier, later, changed }: { earlier: StepRows; later: StepRows; changed: Changed },
  kind: DifferenceKind | undefined,
): Named[] {
  const rowBefore = (rootId: string) => earlier.table.rowOf(rootId)
  const found: Named[] = []
  for (let row = 0; row < changed.codes.length; row++) {
    const is = kindOf(changed.codes[row])
    if (is !== undefined && (kind ?? is) === is)
      found.push({ kind: is, before: is === 'added' ? undefined : rowBefore(later.table.rootIds[row]!), after: row })
  }
  if (kind === undefined || kind === 'removed')
    for (const id of changed.removed) found.push({ kind: 'removed', before: rowBefore(id), after: undefined })
  return found
}

function kindOf(code: number | undefined): DifferenceKind | undefined {
  if (code === changeCodes.changed) return 'changed'
  return code === changeCodes.added ? 'added' : undefined
}

/** With their answers, one after the other. */
export async function* readDifferences(
  store: Store,
  { earlier, later }: { earlier: StepRows; later: StepRows },
  named: readonly Named[],
): AsyncGenerator<Difference> {
  for (const { kind, before, after } of named)
    yield { kind, before: await sideOf(store, earlier, before), after: await sideOf(store, later, after) }
}

async function sideOf(store: Store, rows: StepRows, row: number | undefined): Promise<Side | null> {
  if (row === undefined) return null
  const { place, answers } = rows.table
  const [line] = await linesAt(store, place.ref, { step: place.step, places: [rows.table.lineAt(row)] })
  if (line === undefined) return null
  const { answer } = await answers.see(line)
  const answer_sha256 = answer === null ? null : await checksumOf(line, answers)
  const reviews = await rows.reviews()
  return { line, answer, answer_sha256, state: reviews.stateAt(row), reviewed: reviews.at(row) }
}
