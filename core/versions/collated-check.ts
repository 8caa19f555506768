/** Whether a step's collated file is byte for byte what its ledger says: each answer at its place, and nothing else. */

import type { LedgerLine } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import type { Store } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { outOfArray } from '../text/json.ts'
import { Slices } from '../text/slices.ts'
import { itemIdOf, jsonIn } from './item-id.ts'
import type { AnswerPlace } from './step-answers.ts'
import { textIfThere } from './version-documents.ts'

export interface CollatedCheck {
  /**
   * Takes the lines of the ledger, one after another. Returns what stands at the line's place in an array, as it stands there, if that
   * is the answer.
   */
  add(line: LedgerLine): Promise<string | null>
  /** Why the file is not what the ledger says, as the end of a sentence; null if it is. */
  finish(): Promise<string | null>
}

export function collatedCheck(store: Store, place: AnswerPlace): CollatedCheck {
  return place.batch_mode ? new ArrayCheck(store, place) : new WholeCheck(store, place)
}

/** Compares the array with the byte ranges and the checksums of the ledger. */
class ArrayCheck implements CollatedCheck {
  readonly #slices: Slices
  readonly #place: AnswerPlace
  readonly #size: Promise<number | undefined>
  #at = 0
  #problem: string | null = null

  constructor(store: Store, place: AnswerPlace) {
    this.#slices = new Slices(store.read(place.collated), place.collated)
    this.#size = store.size(place.collated)
    this.#place = place
  }

  async add(line: LedgerLine): Promise<string | null> {
    const { answer_bytes, item_id } = line
    if (answer_bytes === null || this.#problem !== null) return null
    const [start, end] = answer_bytes
    const expected = this.#at === 0 ? '[\n  ' : ',\n  '
    const element = start === this.#at + expected.length && end > start ? await this.#take(this.#at, end) : undefined
    this.#at = end
    if (!element?.startsWith(expected)) {
      this.#problem = notThere(item_id)
      return null
    }
    const answer = element.slice(expected.length)
    this.#problem = this.#problemOf(answer, line)
    return this.#problem === null ? answer : null
  }

  #problemOf(element: string, { item_id, decision, answer_sha256 }: LedgerLine): string | null {
    if (answer_sha256 != null) return sha256(outOfArray(element)) === answer_sha256 ? null : another(item_id)
    const value = jsonIn(element)
    if (value === undefined) return notThere(item_id)
    // A carried answer may be from a time when its id was in another field.
    const { fields } = this.#place
    return decision === 'process' && fields !== null && itemIdOf(value, fields) !== item_id ? another(item_id) : null
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

function notThere(item_id: string): string {
  return `the answer of ${item_id} does not stand where the ledger says`
}

function another(item_id: string): string {
  return `another answer stands where the ledger says that of ${item_id} does`
}

/** The same for the one answer of a single call, which fills its file. */
class WholeCheck implements CollatedCheck {
  readonly #store: Store
  readonly #path: string
  #end = 0
  #checksum: string | null = null

  constructor(store: Store, { collated }: AnswerPlace) {
    this.#store = store
    this.#path = collated
  }

  async add({ answer_bytes, answer_sha256 }: LedgerLine): Promise<null> {
    this.#end = answer_bytes?.[1] ?? this.#end
    this.#checksum = answer_sha256 ?? this.#checksum
    return null
  }

  async finish(): Promise<string | null> {
    const size = await this.#store.size(this.#path)
    if (size === undefined) return 'the file is missing'
    if (size === 0) return 'the file is empty'
    if (size !== this.#end + 1) return `it has ${size} bytes, and the ledger says ${this.#end + 1}`
    const text = (await textIfThere(this.#store, this.#path)) ?? ''
    if (!text.endsWith('\n')) return 'its last line end is gone'
    const answer = text.slice(0, -1)
    if (this.#checksum !== null) return sha256(answer) === this.#checksum ? null : 'it holds another answer'
    if (this.#end === 0 || /\.(md|txt)$/i.test(this.#path)) return null
    return jsonIn(answer) === undefined ? 'it is not JSON' : null
  }
}
