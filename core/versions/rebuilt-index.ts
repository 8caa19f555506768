/**
 * Makes the index of a ledger again, from the ledger and the collated file beside it. Each answer is checked against its line: an index
 * made of an edited array must not bless the edit.
 */
import type { LedgerLine } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import { type Store, stepFiles } from '../store.ts'
import { asStream } from '../text/as-stream.ts'
import { collatedCheck } from './collated-check.ts'
import { IndexBuilder } from './index-builder.ts'
import { ledgerLines } from './ledger.ts'
import type { Layout } from './ledger-index.ts'
import type { AnswerPlace } from './step-answers.ts'

/** The index of a step whose files were just gone through. */
export class RebuiltIndex {
  readonly #builder = new IndexBuilder()
  #collatedBytes = 2
  #isWhole = true

  /** Takes the lines of the ledger, with what stands at their places in the collated file; null if that is not the answer. */
  add({ line, text }: { line: LedgerLine; text: string }, answer: string | null): void {
    if (line.answer_bytes !== null) {
      this.#isWhole &&= answer !== null
      this.#collatedBytes = line.answer_bytes[1]
    }
    if (this.#isWhole) this.#builder.add(line, text, answer)
  }

  /** The ledger or the collated file is not as it was written: there is nothing to make an index of. */
  spoil(): void {
    this.#isWhole = false
  }

  /** Null if the files are not as they were written. */
  content(layout?: Layout): Iterable<Uint8Array> | null {
    const closing = this.#collatedBytes === 2 ? '\n' : '\n]\n'
    return this.#isWhole ? this.#builder.content(this.#collatedBytes + closing.length, layout) : null
  }

  /** How the index that is there compares; one in the layout of earlier versions may be the same. */
  async compared(store: Store, path: string): Promise<'same' | 'missing' | 'other' | 'unknown'> {
    try {
      for (const layout of [2, 1] as const) {
        const content = this.content(layout)
        if (content === null) return 'unknown'
        if (await isContent(store.read(path), content)) return 'same'
      }
      return 'other'
    } catch (error) {
      if (error instanceof FileMissing) return 'missing'
      throw error
    }
  }
}

/** Whether a file has these bytes and no others. */
async function isContent(file: AsyncIterable<Uint8Array>, content: Iterable<Uint8Array>): Promise<boolean> {
  const pieces = content[Symbol.iterator]()
  let piece: Uint8Array = Buffer.alloc(0)
  for await (const chunk of file) {
    for (let at = 0; at < chunk.length; ) {
      if (piece.length === 0) {
        const next = pieces.next()
        if (next.done) return false
        piece = next.value
      }
      const length = Math.min(piece.length, chunk.length - at)
      if (Buffer.compare(piece.subarray(0, length), chunk.subarray(at, at + length)) !== 0) return false
      piece = piece.subarray(length)
      at += length
    }
  }
  return piece.length === 0 && pieces.next().done === true
}

/** What the index of a step should be; null if its ledger and its collated file are not as they were written, or a call has all its input. */
export async function rebuiltIndex(store: Store, place: AnswerPlace): Promise<RebuiltIndex | null> {
  if (!place.batch_mode) return null
  const index = new RebuiltIndex()
  const check = collatedCheck(store, place)
  try {
    for await (const read of ledgerLines(store, place.ref, place.step)) {
      if ('broken' in read) index.spoil()
      else index.add(read, await check.add(read.line))
    }
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
    index.spoil()
  }
  const problem = await check.finish()
  return problem === null && index.content() !== null ? index : null
}

/** Writes the index of a step, beside it or `to` another store. False if there is nothing to make it of. */
export async function writeIndex(store: Store, place: AnswerPlace, to: Pick<Store, 'write'> = store): Promise<boolean> {
  const content = (await rebuiltIndex(store, place))?.content()
  if (content == null) return false
  await to.write(stepFiles(place.ref, place.step).index, asStream(content))
  return true
}
