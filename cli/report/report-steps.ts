/** What a report knows of the steps of a version: all items in columns, and what was said of them. */
import type { ErrorRow, Metadata, StepStats } from '../../core/documents.ts'
import type { ReviewState } from '../../core/reviews/reviewed-state.ts'
import { type ReviewedItem, reviewedItems } from '../../core/reviews/step-reviews.ts'
import { changedColumn } from '../../core/rows/changed-column.ts'
import { StepTable } from '../../core/rows/step-table.ts'
import { oneOffs, type Store, stepFiles, type VersionRef } from '../../core/store.ts'
import { type Json, parseJson } from '../../core/text/json.ts'
import { comparableSides, stepPairs } from '../../core/versions/compare.ts'
import { linesAt } from '../../core/versions/placed-lines.ts'
import { stepErrors } from '../../core/versions/step-errors.ts'
import { placeOf, type VersionStep, versionSteps } from '../../core/versions/version-steps.ts'

export interface ReportStep {
  step: VersionStep
  stats: StepStats | null
  table: StepTable
  errors: ErrorRow[]
  /** By root id, of the answers of which anything was said. */
  said: ReadonlyMap<string, ReviewedItem>
  /** How many answers there are in each state. */
  states: Readonly<Record<ReviewState, number>>
  compared: Compared | null
}

/** The same step of another version. */
export interface Compared {
  /** Null if there is nothing to compare with. */
  table: StepTable | null
  /** Why not, as an end of a sentence. */
  not: string | null
  /** By row, a code of changeCodes. */
  changes: Uint8Array
  removed: number
}

/** The steps that are collated. Throws RunFailed for documents that were damaged. */
export async function reportSteps(
  store: Store,
  { ref, metadata }: { ref: VersionRef; metadata: Metadata },
  against: VersionRef | null,
): Promise<ReportStep[]> {
  const said = await saidOf(store, ref)
  const steps: ReportStep[] = []
  for (const step of await versionSteps(store, ref)) {
    if ((await store.size(stepFiles(ref, step.step).ledger)) === undefined) continue
    const table = await StepTable.read(store, placeOf(ref, step))
    const ofStep = said.get(step.step) ?? new Map<string, ReviewedItem>()
    const stats = 'steps' in metadata.stats ? metadata.stats.steps : []
    steps.push({
      ...{ step, table, said: ofStep, states: countStates(table, ofStep) },
      stats: stats.find((one) => one.step === step.step) ?? null,
      errors: await stepErrors(store, ref, step.step),
      compared: against === null ? null : await comparedWith(store, { ref, step, table }, against),
    })
  }
  return steps
}

async function saidOf(store: Store, ref: VersionRef): Promise<Map<number, Map<string, ReviewedItem>>> {
  const said = new Map<number, Map<string, ReviewedItem>>()
  if (ref.pipeline === oneOffs) return said
  for await (const item of reviewedItems(store, ref)) {
    if (item.act === null && item.state === 'unreviewed') continue
    const ofStep = said.get(item.step) ?? new Map<string, ReviewedItem>()
    said.set(item.step, ofStep.set(item.line.root_id, item))
  }
  return said
}

function countStates(table: StepTable, said: ReadonlyMap<string, ReviewedItem>): ReportStep['states'] {
  const states = { unreviewed: 0, approved: 0, flagged: 0, edited: 0 }
  for (let row = 0; row < table.length; row++)
    if (table.hasAnswer(row)) states[said.get(table.rootIds[row]!)?.state ?? 'unreviewed'] += 1
  return states
}

async function comparedWith(
  store: Store,
  { ref, step, table }: { ref: VersionRef; step: VersionStep; table: StepTable },
  against: VersionRef,
): Promise<Compared> {
  const none = { table: null, changes: new Uint8Array(table.length), removed: 0 }
  for await (const pair of stepPairs(store, { a: against, b: ref })) {
    if (pair.step !== step.step) continue
    const sides = await comparableSides(store, pair)
    if (typeof sides === 'string') return { ...none, not: sides }
    const before = await StepTable.read(store, sides[0])
    const { codes, removed } = await changedColumn(store, table, against)
    return { table: before, not: null, changes: codes, removed: removed.length }
  }
  return { ...none, not: `${against.version} has no such step` }
}

/** An answer as it stands in the array; a text of a single call is a text. Undefined if there is none. */
export async function answerAt(store: Store, table: StepTable, row: number): Promise<Json | undefined> {
  if (!table.hasAnswer(row)) return undefined
  const { ref, step } = table.place
  const [line] = await linesAt(store, ref, { step, places: [table.lineAt(row)] })
  const { answer } = line === undefined ? { answer: null } : await table.answers.see(line)
  if (answer === null) return undefined
  return table.isText ? answer : parseJson(answer)
}
