/**
 * What a person changed in a version's files since it was written: answers in an array, the ledger, the files of items. White
 * space and the order of an array are no edits; the answers are found all the same. Of versions older than checksums only what
 * moved or broke something can be told.
 */
import { collatedCheck } from './collated-check.ts'
import type { LedgerLine, Metadata } from './documents.ts'
import { hasItemFile, type LedgerState, wholeLines } from './examine-step.ts'
import { isItemFileOf } from './item-file.ts'
import { someOf } from './nearest.ts'
import { type AnswerPlace, StepAnswers } from './step-answers.ts'
import { type Store, stepFiles, type VersionRef } from './store.ts'
import { textIfThere } from './version-documents.ts'
import { placesOf } from './version-steps.ts'

/** One file that was changed. */
export interface HandEdit {
  path: string
  step: number
  /** What is different, as a sentence with the ids. */
  text: string
  /** The items whose answers are others now, or that are no items of the version. */
  ids: string[]
  /** Whether nothing may be built on it. The file of an item is for people: answers are carried out of the array. */
  blocks: boolean
  /** Whether the file cannot be read as what it is: it is missing, or it is no JSON array any more. */
  broken: boolean
}

// Reading more files than this would make `show` slow on a laptop and dear on S3; the doctor reads all.
const mostItemFiles = 1000

/** All edits of a version, step by step. Reads each ledger and array once where nothing was changed. */
export async function handEdits(store: Store, ref: VersionRef): Promise<HandEdit[]> {
  const metadata = (await store.version(ref))?.metadata
  const found: HandEdit[] = []
  let room = mostItemFiles
  for (const place of await placesOf(store, ref)) {
    found.push(...(await stepEdits(store, place, metadata)))
    const files = await itemFileEdits(store, place, room)
    room -= files.looked
    found.push(...files.edits)
  }
  return found
}

/** The edits of a step's ledger and array. A version that died while it was written is settled first: its files need not agree. */
export async function stepEdits(store: Store, place: AnswerPlace, metadata?: Metadata): Promise<HandEdit[]> {
  if (metadata?.status === 'running') return []
  const { ref, step } = place
  const { ledger: path } = stepFiles(ref, step)
  const expected = expectedLines(metadata, step)
  const state: LedgerState = { missing: false, whole: 0, broken: 0 }
  const check = collatedCheck(store, place)
  for await (const line of wholeLines(store, ref, { step, state })) await check.add(line)
  const problem = await check.finish()
  const edits = ledgerEdits(state, { path, step, expected })
  // A step that the version never came to has neither.
  if (state.missing || problem === null) return edits
  return [...edits, ...(await collatedEdits(store, place))]
}

function ledgerEdits(
  state: LedgerState,
  { path, step, expected }: { path: string; step: number; expected: number | undefined },
): HandEdit[] {
  const edit = (what: string): HandEdit[] => [
    { path, step, text: `${path} ${what}.`, ids: [], blocks: true, broken: true },
  ]
  if (state.missing) return expected === undefined || expected === 0 ? [] : edit('is missing')
  if (state.broken > 0) return edit(`was changed by hand: ${counted(state.broken, 'line')} not as written`)
  if (expected === undefined || expected === state.whole) return []
  return edit(`was changed by hand: it has ${state.whole} lines, and was written with ${expected}`)
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what} is` : `${count} ${what}s are`
}

/** How many lines the ledger had, by the record. */
function expectedLines(metadata: Metadata | undefined, step: number): number | undefined {
  const stats = metadata?.stats
  if (stats === undefined || !('steps' in stats)) return undefined
  return stats.steps.find((one) => one.step === step)?.items
}

/** Goes through a collated file that is not as it was written, by what stands in it. */
async function collatedEdits(store: Store, place: AnswerPlace): Promise<HandEdit[]> {
  const { ref, step, collated: path } = place
  const answers = new StepAnswers(store, place)
  const index = place.batch_mode ? await answers.index() : null
  const other: string[] = []
  const gone: string[] = []
  const state: LedgerState = { missing: false, whole: 0, broken: 0 }
  try {
    for await (const line of wholeLines(store, ref, { step, state })) {
      if (line.answer_bytes === null) continue
      const { answer, edited } = await answers.see(line)
      if (answer === null) gone.push(line.item_id)
      else if (edited) other.push(line.item_id)
    }
  } finally {
    await answers.close()
  }
  const added = index?.unclaimed ?? []
  const size = await store.size(path)
  const broken = index?.broken ?? (size === undefined ? 'is missing' : null)
  const parts = [
    ...(broken === null || broken === 'is missing' ? [] : [`it ${broken}`]),
    ...(other.length === 0
      ? []
      : [place.batch_mode ? `another answer stands for ${someOf(other)}` : 'the answer is another']),
    ...(gone.length === 0 || broken === 'is missing' ? [] : [`no answer stands for ${someOf(gone)}`]),
    ...(added.length === 0 ? [] : [`the ledger does not know ${someOf(added)}`]),
  ]
  const ids = [...other, ...gone, ...added]
  if (broken === 'is missing') return [{ path, step, text: `${path} is missing.`, ids, blocks: true, broken: true }]
  if (parts.length === 0) return index?.reordered ? [reordered(place)] : []
  const text = `${path} was changed by hand: ${parts.join('; ')}.`
  return [{ path, step, text, ids, blocks: true, broken: broken !== null }]
}

function reordered({ step, collated: path }: AnswerPlace): HandEdit {
  const text = `${path} was put in another order by hand. What is made from this version has the order in which it was written.`
  return { path, step, text, ids: [], blocks: false, broken: false }
}

/** Files below items/ that are no longer the answers that were written there. */
async function itemFileEdits(
  store: Store,
  { ref, step }: AnswerPlace,
  most: number,
): Promise<{ edits: HandEdit[]; looked: number }> {
  const { output } = stepFiles(ref, step)
  const lines: LedgerLine[] = []
  const state: LedgerState = { missing: false, whole: 0, broken: 0 }
  for await (const line of wholeLines(store, ref, { step, state })) {
    if (lines.length === most) break
    if (hasItemFile(line, ref) && line.answer_sha256 != null) lines.push(line)
  }
  const edits: HandEdit[] = []
  for (let at = 0; at < lines.length; at += filesAtOnce) {
    const some = lines.slice(at, at + filesAtOnce)
    const texts = await Promise.all(some.map(({ segment }) => textIfThere(store, output(segment))))
    for (const [nth, line] of some.entries()) {
      const text = texts[nth]
      if (text === undefined || isItemFileOf(text, line)) continue
      const path = output(line.segment)
      const sentence = `${path} was changed by hand. It is a copy for people; the answer of ${line.item_id} is taken from collated/.`
      edits.push({ path, step, text: sentence, ids: [line.item_id], blocks: false, broken: false })
    }
  }
  return { edits, looked: lines.length }
}

const filesAtOnce = 64
