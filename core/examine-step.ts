/** Whether what a version keeps of one step is whole: the ledger, the array beside it, the errors, and a file for each answer. */
import { collatedCheck } from './collated-check.ts'
import { type ErrorRow, errorRow, type LedgerLine, type ResolvedStep } from './documents.ts'
import { isItemFileOf } from './item-file.ts'
import { jsonIn } from './item-id.ts'
import { lineIn } from './ledger.ts'
import { lines } from './lines.ts'
import { answerPlace } from './step-answers.ts'
import { type Store, stepFiles, type VersionRef } from './store.ts'
import { textIfThere } from './version-documents.ts'

export interface StepState {
  ledger: LedgerState
  /** Why the collated file is not what the ledger says; null where it is. */
  collated: string | null
  /** Why the errors file is not what the ledger says; null where it is. */
  errors: string | null
  /** Answers of this version whose file below items/ is missing, empty or no JSON. */
  itemFiles: LedgerLine[]
  /** Answers of this version whose file below items/ was edited. */
  editedFiles: LedgerLine[]
}

export interface LedgerState {
  missing: boolean
  whole: number
  /** Lines that cannot be read, or that stand out of order. */
  broken: number
}

/** Looks at one step. Holds one answer at a time, and the lines whose item files are damaged. */
export async function examineStep(store: Store, ref: VersionRef, step: ResolvedStep): Promise<StepState> {
  const ledger: LedgerState = { missing: false, whole: 0, broken: 0 }
  const array = collatedCheck(store, answerPlace(ref, step))
  const files = new ItemFileCheck(store, ref, step)
  const failed: string[] = []
  for await (const line of wholeLines(store, ref, { step: step.step, state: ledger })) {
    await array.add(line)
    await files.add(line)
    if (line.state === 'failed') failed.push(line.item_id)
  }
  const collated = await array.finish()
  return {
    ledger,
    collated,
    errors: await errorsProblem(store, ref, { step, failed }),
    ...(await files.finish()),
  }
}

/** The lines of a ledger that can be read, by item_index ascending; what cannot is counted in `state`. */
export async function* wholeLines(
  store: Store,
  ref: VersionRef,
  { step, state }: { step: number; state: LedgerState },
): AsyncGenerator<LedgerLine> {
  const path = stepFiles(ref, step).ledger
  state.missing = (await store.size(path)) === undefined
  if (state.missing) return
  let index = 0
  for await (const { text } of lines(store.read(path))) {
    if (text.trim() === '') continue
    const line = lineIn(text)
    if ('broken' in line || line.item_index <= index) state.broken += 1
    else {
      index = line.item_index
      state.whole += 1
      yield line
    }
  }
}

/** The file of an answer below items/, without its last newline; undefined where it is missing, empty or no JSON. */
export async function itemFileText(store: Store, path: string): Promise<string | undefined> {
  const text = await textIfThere(store, path)
  return text === undefined || jsonIn(text) === undefined ? undefined : text.replace(/\n$/, '')
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
    const texts = await Promise.all(lines.map(({ segment }) => itemFileText(this.#store, output(segment))))
    for (const [at, line] of lines.entries()) {
      const text = texts[at]
      if (text === undefined) this.#damaged.push(line)
      else if (!isItemFileOf(text, line)) this.#edited.push(line)
    }
  }

  async finish(): Promise<Pick<StepState, 'itemFiles' | 'editedFiles'>> {
    await this.#look()
    return { itemFiles: this.#damaged, editedFiles: this.#edited }
  }
}

/** Whether a line's answer has a file below items/ of this version. */
export function hasItemFile(
  { state, decision, answer_version, segment }: LedgerLine,
  { version }: VersionRef,
): boolean {
  return state === 'answered' && decision === 'process' && answer_version === version && segment !== ''
}

/** The rows of an errors file by item id; undefined where it is no list of errors, none where there is no file. */
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
