/**
 * What is known of every item of a step, in columns of numbers: enough to choose, to order and to count a hundred thousand items, and to
 * find each one's line and answer again. Takes about 100 bytes an item, ids included.
 */
import type { LedgerLine } from '../documents.ts'
import type { ByteRange, Store } from '../store.ts'
import { placedLines } from '../versions/placed-lines.ts'
import { isProven } from '../versions/read-proven-blocks.ts'
import { type AnswerPlace, StepAnswers } from '../versions/step-answers.ts'
import { NumberColumn } from './number-column.ts'
import { WordColumn } from './word-column.ts'

/** Whether the answers of a step are texts, not JSON. */
export function isTextPlace({ batch_mode, collated }: Pick<AnswerPlace, 'batch_mode' | 'collated'>): boolean {
  return !batch_mode && /\.(md|txt)$/i.test(collated)
}

/** Bytes of a sha256. */
const hashBytes = 32

export class StepTable {
  readonly place: AnswerPlace
  /** Kept open: for an array that was laid out anew it holds the places of all answers. */
  readonly answers: StepAnswers
  readonly itemIds: string[] = []
  readonly rootIds: string[] = []
  readonly state = new WordColumn()
  readonly decision = new WordColumn()
  /** Who wrote the answer, if a person did; else empty. */
  readonly editedBy = new WordColumn()
  /** The kind of an item's failure; empty if it did not fail. */
  readonly failure = new WordColumn()
  readonly cost = new NumberColumn()
  readonly tokens = new NumberColumn()
  readonly milliseconds = new NumberColumn()
  readonly #lineStarts = new NumberColumn()
  readonly #lineEnds = new NumberColumn()
  /** NaN without an answer. */
  readonly #answerStarts = new NumberColumn()
  readonly #answerEnds = new NumberColumn()
  #hashes = Buffer.alloc(0)
  readonly #store: Store
  #proven: Promise<boolean> | undefined
  #rowOf: Map<string, number> | undefined

  private constructor(store: Store, place: AnswerPlace) {
    this.#store = store
    this.place = place
    this.answers = new StepAnswers(store, place, { isOne: true })
  }

  /** Throws FileMissing if the step has no ledger, RunFailed for a line that is not as it was written. */
  static async read(store: Store, place: AnswerPlace): Promise<StepTable> {
    const table = new StepTable(store, place)
    for await (const piece of placedLines(store, place.ref, place.step))
      for (const { line, bytes } of piece) table.#add(line, bytes)
    return table
  }

  /** Whether its answers are texts, not JSON. */
  get isText(): boolean {
    return isTextPlace(this.place)
  }

  get length(): number {
    return this.itemIds.length
  }

  #add(line: LedgerLine, bytes: ByteRange): void {
    const row = this.length
    this.itemIds.push(line.item_id)
    this.rootIds.push(line.root_id === line.item_id ? line.item_id : line.root_id)
    this.state.push(line.state)
    this.decision.push(line.decision)
    this.editedBy.push(line.edited_by ?? '')
    this.failure.push(line.error?.kind ?? '')
    this.cost.push(line.cost_usd ?? Number.NaN)
    this.tokens.push(line.input_tokens + line.output_tokens + line.cache_read_tokens + line.cache_write_tokens)
    this.milliseconds.push(line.milliseconds)
    this.#lineStarts.push(bytes[0])
    this.#lineEnds.push(bytes[1])
    this.#answerStarts.push(line.answer_bytes?.[0] ?? Number.NaN)
    this.#answerEnds.push(line.answer_bytes?.[1] ?? Number.NaN)
    if (line.answer_bytes === null) return
    const end = (row + 1) * hashBytes
    if (end > this.#hashes.length) {
      const longer = Buffer.alloc(Math.max(end, this.#hashes.length * 2))
      this.#hashes.copy(longer)
      this.#hashes = longer
    }
    // Of a version older than checksums it stays zero, and the answer itself is asked.
    if (line.answer_sha256 != null) this.#hashes.write(line.answer_sha256, row * hashBytes, 'hex')
  }

  /** The row of a root id; undefined if there is none. */
  rowOf(rootId: string): number | undefined {
    this.#rowOf ??= new Map(this.rootIds.map((id, row) => [id, row]))
    return this.#rowOf.get(rootId)
  }

  lineAt(row: number): ByteRange {
    return [this.#lineStarts.at(row), this.#lineEnds.at(row)]
  }

  /** Null if the item has no answer. */
  answerAt(row: number): ByteRange | null {
    const start = this.#answerStarts.at(row)
    return Number.isNaN(start) ? null : [start, this.#answerEnds.at(row)]
  }

  hasAnswer(row: number): boolean {
    return !Number.isNaN(this.#answerStarts.at(row))
  }

  /** In hex; null if the item has no answer, or if its version is older than checksums. */
  answerHash(row: number): string | null {
    const at = row * hashBytes
    if (!this.hasAnswer(row) || at >= this.#hashes.length) return null
    const bytes = this.#hashes.subarray(at, at + hashBytes)
    return bytes.every((byte) => byte === 0) ? null : bytes.toString('hex')
  }

  /** Whether the array is to the byte as it was written, so that answers can be looked for in its bytes. */
  isProven(): Promise<boolean> {
    this.#proven ??= isProven(this.#store, this.place, this.length)
    return this.#proven
  }
}
