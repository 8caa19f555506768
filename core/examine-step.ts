/** Whether what a version keeps of one step is whole: the ledger, the array beside it, the errors, and a file for each answer. */

import { isTextOutput } from './answer-format.ts'
import { type ErrorRow, errorRow, type LedgerLine, ledgerLine, type ResolvedStep } from './documents.ts'
import { FileMissing, RunFailed } from './errors.ts'
import { idText } from './ids.ts'
import { isObject, type Json, parseJson } from './json.ts'
import { lines } from './lines.ts'
import { Slices } from './slices.ts'
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
  const array = step.batch_mode ? new ArrayCheck(store, ref, step) : new WholeCheck(store, ref, step)
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
    itemFiles: await files.finish(),
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
    const line = parsedLine(text)
    if (line === undefined || line.item_index <= index) state.broken += 1
    else {
      index = line.item_index
      state.whole += 1
      yield line
    }
  }
}

function parsedLine(text: string): LedgerLine | undefined {
  try {
    return ledgerLine.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The id of the item whose answer an element of a collated array is, or undefined where it has none. */
export function itemIdOf(element: Json, step: Pick<ResolvedStep, 'id_field' | 'output_id_field'>): string | undefined {
  if (!isObject(element)) return undefined
  return idText(element[step.output_id_field === null ? step.id_field : `source_${step.id_field}`])
}

/** A JSON text's value, or undefined where it is none. */
export function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The file of an answer below items/, without its last newline; undefined where it is missing, empty or no JSON. */
export async function itemFileText(store: Store, path: string): Promise<string | undefined> {
  const text = await textIfThere(store, path)
  return text === undefined || jsonIn(text) === undefined ? undefined : text.replace(/\n$/, '')
}

/** Compares the array with the byte ranges of the ledger, one after another. */
class ArrayCheck {
  readonly #slices: Slices
  readonly #step: ResolvedStep
  readonly #size: Promise<number | undefined>
  #at = 0
  #problem: string | null = null

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    const path = stepFiles(ref, step.step).collated(step.output_file)
    this.#slices = new Slices(store.read(path), path)
    this.#size = store.size(path)
    this.#step = step
  }

  async add({ answer_bytes, item_id, decision }: LedgerLine): Promise<void> {
    if (answer_bytes === null || this.#problem !== null) return
    const [start, end] = answer_bytes
    const expected = this.#at === 0 ? '[\n  ' : ',\n  '
    const element = start === this.#at + expected.length && end > start ? await this.#take(this.#at, end) : undefined
    const value = element?.startsWith(expected) ? jsonIn(element.slice(expected.length)) : undefined
    if (value === undefined) this.#problem ??= `the answer of ${item_id} does not stand where the ledger says`
    // An answer that was carried over may come from a time when its id had another field.
    else if (decision === 'process' && itemIdOf(value, this.#step) !== item_id)
      this.#problem = `another answer stands where the ledger says that of ${item_id} does`
    this.#at = end
  }

  async #take(start: number, end: number): Promise<string | undefined> {
    try {
      return (await this.#slices.take(start, end)).toString('utf8')
    } catch (error) {
      if (!(error instanceof RunFailed || error instanceof FileMissing)) throw error
      return undefined
    }
  }

  async finish(): Promise<string | null> {
    const size = await this.#size
    if (size === undefined) this.#problem = 'the file is missing'
    else if (size === 0) this.#problem = 'the file is empty'
    const [start, closing] = this.#at === 0 ? [0, '[]\n'] : [this.#at, '\n]\n']
    const end = start + closing.length
    if (this.#problem === null && size !== undefined && size < end) this.#problem = 'it is cut off'
    if (this.#problem === null && ((await this.#take(start, end)) !== closing || size !== end))
      this.#problem = 'it holds more than the ledger says'
    await this.#slices.close()
    return this.#problem
  }
}

/** The same for the one answer of a single call, which fills its file. */
class WholeCheck {
  readonly #store: Store
  readonly #path: string
  readonly #step: ResolvedStep
  #end = 0

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    this.#store = store
    this.#path = stepFiles(ref, step.step).collated(step.output_file)
    this.#step = step
  }

  async add({ answer_bytes }: LedgerLine): Promise<void> {
    this.#end = answer_bytes?.[1] ?? this.#end
  }

  async finish(): Promise<string | null> {
    const size = await this.#store.size(this.#path)
    if (size === undefined) return 'the file is missing'
    if (size === 0) return 'the file is empty'
    if (size !== this.#end + 1) return `it has ${size} bytes, and the ledger says ${this.#end + 1}`
    if (this.#end === 0 || isTextOutput(this.#step)) return null
    return (await itemFileText(this.#store, this.#path)) === undefined ? 'it is not JSON' : null
  }
}

/** Looks for the files of the answers that this version asked for, some at a time. */
class ItemFileCheck {
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: number
  #waiting: LedgerLine[] = []
  readonly #damaged: LedgerLine[] = []

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
    this.#damaged.push(...lines.filter((_, at) => texts[at] === undefined))
  }

  async finish(): Promise<LedgerLine[]> {
    await this.#look()
    return this.#damaged
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
