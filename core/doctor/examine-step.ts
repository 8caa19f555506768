/** Whether what a version keeps of one step is whole: the ledger, the array beside it, the errors, and a file for each answer. */

import { type ErrorRow, errorRow, type LedgerLine, type ResolvedStep } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { collatedCheck } from '../versions/collated-check.ts'
import { hasItemFile, isItemFileOf, isWritten } from '../versions/item-file.ts'
import { jsonIn } from '../versions/item-id.ts'
import { countLine, type LedgerState, ledgerLines } from '../versions/ledger.ts'
import { RebuiltIndex } from '../versions/rebuilt-index.ts'
import { answerPlace } from '../versions/step-answers.ts'
import { textIfThere, textsIfThere } from '../versions/version-documents.ts'
import { type DamagedPacks, isPacked, PackCheck } from './examine-packs.ts'
import type { DoctorTools } from './examined-version.ts'

export interface StepFilesState {
  ledger: LedgerState
  /** Why the collated file is not what the ledger says; null if it is. */
  collated: string | null
  /** Whether the index is what the ledger and the collated file say; `unknown` if these are damaged, or there should be none. */
  index: 'same' | 'missing' | 'other' | 'unknown'
  /** Why the errors file is not what the ledger says; null if it is. */
  errors: string | null
  /** Answers of this version whose file below items/ is missing, empty or not JSON. */
  itemFiles: LedgerLine[]
  /** Answers of this version whose file below items/ was edited. */
  editedFiles: LedgerLine[]
  /** Packs that are missing or not as they were written. */
  packs: DamagedPacks
}

/** Looks at one step. Holds one answer at a time, and the lines whose item files are damaged. */
export async function examineStep(
  { store, onItem }: Pick<DoctorTools, 'store' | 'onItem'>,
  ref: VersionRef,
  step: ResolvedStep,
): Promise<StepFilesState> {
  const path = stepFiles(ref, step.step).ledger
  const ledger: LedgerState = { missing: (await store.size(path)) === undefined, whole: 0, broken: 0 }
  const index = new RebuiltIndex()
  const array = collatedCheck(store, answerPlace(ref, step))
  const files = isPacked(step, 'items') ? null : new ItemFileCheck(store, ref, step)
  const packs = new PackCheck(store, ref, step)
  const failed: string[] = []
  for await (const read of ledger.missing ? [] : ledgerLines(store, ref, step.step)) {
    countLine(ledger, read)
    if (read.line === null || 'broken' in read) index.spoil()
    if (read.line === null) continue
    const { line } = read
    const answer = await array.add(line)
    if ('text' in read) index.add(read, answer)
    await files?.add(line)
    await packs.add(line)
    if (line.state === 'failed') failed.push(line.item_id)
    onItem?.()
  }
  const collated = await array.finish()
  if (ledger.missing || collated !== null || !step.batch_mode) index.spoil()
  return {
    ledger,
    collated,
    index: await index.compared(store, stepFiles(ref, step.step).index),
    errors: await errorsProblem(store, ref, { step, failed }),
    ...((await files?.finish()) ?? { itemFiles: [], editedFiles: [] }),
    packs: await packs.finish(),
  }
}

/** Looks for the files of the answers that this version asked for, some at a time. */
class ItemFileCheck {
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: number
  #waiting: LedgerLine[] = []
  readonly #damaged: LedgerLine[] = []
  readonly #edited: LedgerLine[] = []

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    this.#store = store
    this.#ref = ref
    this.#step = step.step
  }

  async add(line: LedgerLine): Promise<void> {
    if (!hasItemFile(line, this.#ref)) return
    this.#waiting.push(line)
    if (this.#waiting.length === 64) await this.#look()
  }

  async #look(): Promise<void> {
    const lines = this.#waiting
    this.#waiting = []
    const { output } = stepFiles(this.#ref, this.#step)
    const texts = await textsIfThere(
      this.#store,
      lines.map(({ segment }) => output(segment)),
    )
    for (const [at, line] of lines.entries()) {
      const text = texts[at]
      if (text !== undefined && isWritten(text, line)) continue
      if (text === undefined || jsonIn(text) === undefined) this.#damaged.push(line)
      else if (!isItemFileOf(text, line)) this.#edited.push(line)
    }
  }

  async finish(): Promise<Pick<StepFilesState, 'itemFiles' | 'editedFiles'>> {
    await this.#look()
    return { itemFiles: this.#damaged, editedFiles: this.#edited }
  }
}

/** The rows of an errors file by item id; undefined if it is no list of errors, none if there is no file. */
export async function errorRows(
  store: Store,
  ref: VersionRef,
  step: number,
): Promise<Map<string, ErrorRow> | undefined> {
  const text = await textIfThere(store, stepFiles(ref, step).errors)
  if (text === undefined) return new Map()
  const rows = errorRow.array().safeParse(jsonIn(text)).data
  return rows && new Map(rows.map((row) => [row.item_id, row]))
}

async function errorsProblem(
  store: Store,
  ref: VersionRef,
  { step, failed }: { step: ResolvedStep; failed: string[] },
): Promise<string | null> {
  const rows = await errorRows(store, ref, step.step)
  if (rows === undefined) return 'it is not a list of errors'
  if (rows.size === failed.length && failed.every((id) => rows.has(id))) return null
  const there = (await store.size(stepFiles(ref, step.step).errors)) !== undefined
  return there ? `it names ${rows.size} failures, and the ledger ${failed.length}` : 'the file is missing'
}
