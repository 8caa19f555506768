/**
 * Reads the answers of one step of a version. All reads go through here: each answer is checked against its ledger line, so that
 * none is taken for another item's, and no edited answer passes for the model's. If the file is as it was written, answers
 * are cut out of it at the ledger's byte ranges; if it was laid out anew, they are found by their content.
 */

import type { Keep, LedgerLine, ResolvedStep } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { jsonText, outOfArray } from '../text/json.ts'
import { Slices } from '../text/slices.ts'
import { ArrayIndex } from './array-index.ts'
import { itemIdOf, jsonIn } from './item-id.ts'
import { textIfThere } from './version-documents.ts'

/** A step of a version, where its answers lie. */
export interface AnswerPlace {
  ref: VersionRef
  step: number
  /** Path of the collated file beside the step's ledger. */
  collated: string
  batch_mode: boolean
  /** How single answers are kept; undefined: each in a file of its own. */
  keep?: Keep | undefined
  /** The fields in which its answers hold their ids; null if that is not known. */
  fields: Pick<ResolvedStep, 'id_field' | 'output_id_field'> | null
}

export function answerPlace(ref: VersionRef, step: ResolvedStep): AnswerPlace {
  const { step: number, output_file, batch_mode, keep } = step
  return { ref, step: number, collated: stepFiles(ref, number).collated(output_file), batch_mode, keep, fields: step }
}

/** An item's answer in the collated file. */
export interface Seen {
  /** As it stands in a file below items/. Null if the file has nothing of the item that can be read. */
  answer: string | null
  /** Whether it is a different answer from the one that was written, or may be. */
  edited: boolean
  /** Set if nothing tells what was written: the version is older than checksums, and the file of the item is gone. */
  isUnsure?: true
}

/**
 * Reads forward as long as the lines do; `isOne`: only what is asked for, since it is one answer of many. Holds one answer at a
 * time; for a changed array also the places of all.
 */
export class StepAnswers {
  readonly #store: Store
  readonly #place: AnswerPlace
  #slices: Slices | null = null
  #cutTo = 0
  #index: ArrayIndex | null = null

  readonly #isOne: boolean

  constructor(store: Store, place: AnswerPlace, { isOne = false } = {}) {
    this.#isOne = isOne
    this.#store = store
    this.#place = place
  }

  /** The answer that a line with a byte range names. Throws RunFailed if the file no longer has it. */
  async answer(line: LedgerLine): Promise<string> {
    const { answer, edited } = await this.see(line)
    if (answer !== null && !edited) return answer
    const { ref, collated } = this.#place
    const what = answer === null ? 'the answer of' : 'the answer that was written for'
    throw new RunFailed(
      `${collated} was changed by hand and does not hold ${what} ${line.item_id} any more. Put the file back as it was, or let \`itemwise doctor ${ref.pipeline} --fix\` restore the answers; it keeps what was edited.`,
    )
  }

  /** The current content for a line with a byte range, edited or not. */
  async see(line: LedgerLine): Promise<Seen> {
    if (line.answer_bytes === null) return { answer: null, edited: false }
    if (!this.#place.batch_mode) return this.#seeWhole(line)
    if (this.#index === null) {
      const answer = await this.#cut(line.answer_bytes)
      if (answer !== null && this.#isTheAnswer(outOfArray(answer), line))
        return { answer: outOfArray(answer), edited: false }
    }
    return this.#seeElement(line, await this.index())
  }

  /** The places of all elements, for a file that is not as it was written. */
  async index(): Promise<ArrayIndex> {
    const { collated, fields } = this.#place
    if (this.#index === null) await this.close()
    this.#index ??= await ArrayIndex.read(this.#store, collated, fields)
    return this.#index
  }

  async close(): Promise<void> {
    await this.#slices?.close()
    this.#slices = null
    this.#cutTo = 0
  }

  async #seeElement(line: LedgerLine, index: ArrayIndex): Promise<Seen> {
    const checksum = line.answer_sha256 ?? (await this.#checksumOfFile(line))
    const same = checksum === null ? undefined : index.withContent(checksum)
    const found = same ?? index.withId(line.item_id)
    const text = found === undefined ? null : await this.#cut(found)
    const answer = text === null ? null : jsonText(jsonIn(text), 2)
    return checksum === null && answer !== null
      ? { answer, edited: true, isUnsure: true }
      : { answer, edited: same === undefined }
  }

  /** A version older than checksums: the answer's own file says what was written. */
  async #checksumOfFile({ answer_version, segment }: LedgerLine): Promise<string | null> {
    if (answer_version === null || segment === '') return null
    const { ref, step } = this.#place
    const text = await textIfThere(this.#store, stepFiles({ ...ref, version: answer_version }, step).output(segment))
    const value = text === undefined ? undefined : jsonIn(text)
    return value === undefined ? null : sha256(jsonText(value, 2))
  }

  /** Without a checksum it must be exactly one JSON value with the line's id, as far as the id's field is known. */
  #isTheAnswer(text: string, line: LedgerLine): boolean {
    if (line.answer_sha256 != null) return sha256(text) === line.answer_sha256
    const value = text === text.trim() ? jsonIn(text) : undefined
    if (value === undefined) return false
    const id = this.#place.fields === null ? undefined : itemIdOf(value, this.#place.fields)
    // A carried answer may be from a time when its id was in another field.
    return id === undefined ? line.decision === 'carry' || this.#place.fields === null : id === line.item_id
  }

  async #cut(bytes: ByteRange): Promise<string | null> {
    try {
      return (await this.#take(bytes)).toString('utf8')
    } catch (error) {
      if (error instanceof RunFailed || error instanceof FileMissing) return null
      throw error
    }
  }

  async #take([start, end]: ByteRange): Promise<Buffer> {
    const { collated } = this.#place
    // What comes after is read separately.
    if (this.#isOne || start < this.#cutTo)
      return Buffer.concat(await Array.fromAsync(this.#store.read(collated, [start, end])))
    this.#slices ??= new Slices(this.#store.read(collated), collated)
    this.#cutTo = end
    return this.#slices.take(start, end)
  }

  /** The answer of a single call fills its file. */
  async #seeWhole(line: LedgerLine): Promise<Seen> {
    const text = await textIfThere(this.#store, this.#place.collated)
    if (text === undefined) return { answer: null, edited: true }
    const isText = /\.(md|txt)$/i.test(this.#place.collated)
    if (line.answer_sha256 == null) return seenByLength(text, line, isText)
    const same = layouts(text, isText).find((layout) => sha256(layout) === line.answer_sha256)
    return same === undefined ? { answer: text.replace(/\n$/, ''), edited: true } : { answer: same, edited: false }
  }
}

/** Of a version older than checksums only the length is known, and of JSON that it is JSON. */
function seenByLength(text: string, { answer_bytes }: LedgerLine, isText: boolean): Seen {
  const answer = text.replace(/\n$/, '')
  const hasLength = text.endsWith('\n') && Buffer.byteLength(answer) === answer_bytes?.[1]
  return { answer, edited: !hasLength || (!isText && jsonIn(answer) === undefined) }
}

/** What a file's text may have been before an editor gave it other line ends or another layout. */
function layouts(text: string, isText: boolean): string[] {
  const bare = text.replace(/^\uFEFF/, '')
  const lines = bare.replaceAll('\r\n', '\n')
  const plain = [text, bare, lines].flatMap((one) => [one.replace(/\n$/, ''), one])
  const value = isText ? undefined : jsonIn(bare)
  return value === undefined ? plain : [...plain, jsonText(value, 2)]
}
