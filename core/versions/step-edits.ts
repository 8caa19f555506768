/**
 * Finds what a person changed in a step's ledger and in its collated file. White space is no edit, and the order of an array does not
 * matter: the answers are found anyway. In versions older than checksums, only edits that moved or broke something can be found.
 */

import type { LedgerLine, Metadata } from '../documents.ts'
import { type Store, stepFiles } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import type { ArrayIndex } from './array-index.ts'
import { collatedCheck } from './collated-check.ts'
import type { HandEdit } from './hand-edited-file.ts'
import { type LedgerState, wholeLines } from './ledger.ts'
import { isProven } from './read-proven-blocks.ts'
import { type AnswerPlace, StepAnswers } from './step-answers.ts'

/** `metadata`: the version's record. A version that died while it was written is settled first: its files need not agree. */
export async function stepEdits(store: Store, place: AnswerPlace, metadata?: Metadata): Promise<HandEdit[]> {
  if (metadata?.status === 'running') return []
  const expected = expectedLines(metadata, place)
  if (await isProven(store, place, expected)) return []
  const state: LedgerState = { missing: false, whole: 0, broken: 0 }
  const check = collatedCheck(store, place)
  for await (const line of linesOf(store, place, state)) await check.add(line)
  const problem = await check.finish()
  const ledger = ledgerEdits(place, state, expected)
  // A step that the version never reached has neither.
  if (state.missing || problem === null) return ledger
  return [...ledger, ...(await collatedEdits(store, place, { ledgerIsWhole: ledger.length === 0 }))]
}

function linesOf(store: Store, { ref, step }: AnswerPlace, state: LedgerState): AsyncGenerator<LedgerLine> {
  return wholeLines(store, ref, { step, state })
}

function ledgerEdits({ ref, step }: AnswerPlace, state: LedgerState, expected: number | undefined): HandEdit[] {
  const what = ledgerEdit(state, expected)
  return what === null ? [] : [{ path: stepFiles(ref, step).ledger, step, what, ids: [], blocks: true, broken: true }]
}

function ledgerEdit({ missing, broken, whole }: LedgerState, expected: number | undefined): string | null {
  if (missing) return expected === undefined || expected === 0 ? null : 'is missing'
  if (broken > 0) return `was changed by hand: ${broken === 1 ? '1 line is' : `${broken} lines are`} not as written`
  if (expected === undefined || expected === whole) return null
  return `was changed by hand: it has ${whole} lines, and was written with ${expected}`
}

/** How many lines the ledger had, by the record. */
function expectedLines(metadata: Metadata | undefined, { step }: AnswerPlace): number | undefined {
  const stats = metadata?.stats
  if (stats === undefined || !('steps' in stats)) return undefined
  return stats.steps.find((one) => one.step === step)?.items
}

/** Goes through the content of a collated file that is not as it was written. */
async function collatedEdits(
  store: Store,
  place: AnswerPlace,
  { ledgerIsWhole }: { ledgerIsWhole: boolean },
): Promise<HandEdit[]> {
  const { step, collated: path } = place
  const base = { path, step, blocks: true }
  if ((await store.size(path)) === undefined) return [{ ...base, what: 'is missing', ids: [], broken: true }]
  const { other, unsure, gone, index } = await comparedWithLedger(store, place)
  // For lost lines it is unknown which answers were theirs.
  const added = ledgerIsWhole ? (index?.unclaimed ?? []) : []
  const broken = index?.broken ?? null
  const parts = [
    ...(broken === null ? [] : [`it ${broken}`]),
    ...(other.length === 0
      ? []
      : [place.batch_mode ? `another answer stands for ${someOf(other)}` : 'it is another text']),
    ...(unsure.length === 0 ? [] : [unsureText(unsure)]),
    ...(gone.length === 0 ? [] : [`no answer stands for ${someOf(gone)}`]),
    ...(added.length === 0 ? [] : [`the ledger does not know ${someOf(added)}`]),
  ]
  const ids = place.batch_mode ? [...other, ...unsure, ...gone, ...added] : []
  if (parts.length > 0)
    return [{ ...base, what: `was changed by hand: ${parts.join('; ')}`, ids, broken: broken !== null }]
  if (!index?.reordered) return []
  const what = 'was put in another order by hand; what is made from this version has the order in which it was written'
  return [{ ...base, what, ids, blocks: false, broken: false }]
}

function unsureText(ids: readonly string[]): string {
  return `nothing says whether what stands for ${someOf(ids)} is what was written, as the version is older than checksums`
}

interface Compared {
  /** Items whose answer differs from the one that was written. */
  other: string[]
  /** Items for which nothing tells what was written. */
  unsure: string[]
  /** Items that have none in the file. */
  gone: string[]
  /** Of an array. */
  index: ArrayIndex | null
}

async function comparedWithLedger(store: Store, place: AnswerPlace): Promise<Compared> {
  const answers = new StepAnswers(store, place)
  const compared: Compared = { other: [], unsure: [], gone: [], index: place.batch_mode ? await answers.index() : null }
  try {
    for await (const line of linesOf(store, place, { missing: false, whole: 0, broken: 0 })) {
      if (line.answer_bytes === null) continue
      const { answer, edited, isUnsure } = await answers.see(line)
      if (answer === null) compared.gone.push(line.item_id)
      else if (isUnsure) compared.unsure.push(line.item_id)
      else if (edited) compared.other.push(line.item_id)
    }
  } finally {
    await answers.close()
  }
  return compared
}
