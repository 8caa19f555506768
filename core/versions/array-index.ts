/** An index of a collated array by the content and id of its elements, to find answers in a reformatted or edited file. */
import type { ResolvedStep } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import type { ByteRange, Store } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { jsonText } from '../text/json.ts'
import { arrayElements, JsonInvalid } from '../text/json-array.ts'
import { itemIdOf } from './item-id.ts'

export class ArrayIndex {
  /** Why the file cannot be read to its end, as the end of a sentence: `is missing`. Elements before that place are indexed all the same. */
  broken: string | null = null
  /** By the sha256 of the element as it stands in its file below items/. */
  readonly #byContent = new Map<string, ByteRange>()
  readonly #byId = new Map<string, ByteRange>()
  /** The id of each element that has not been asked for yet, by its first byte. */
  readonly #unclaimed = new Map<number, string>()
  /** First byte of the element that was found last. */
  #last = -1
  /** Whether elements were found in a different order from that of the file. */
  reordered = false

  /** Reads the array once, holding one element at a time and some bytes of each. */
  static async read(store: Store, path: string, step: Pick<ResolvedStep, 'id_field' | 'output_id_field'> | null) {
    const index = new ArrayIndex()
    try {
      let position = 0
      for await (const { value, bytes } of arrayElements(store.read(path))) {
        position += 1
        const id = step === null ? undefined : itemIdOf(value, step)
        index.#unclaimed.set(bytes[0], id ?? `position ${position}`)
        const content = sha256(jsonText(value, 2))
        if (!index.#byContent.has(content)) index.#byContent.set(content, bytes)
        if (id !== undefined && !index.#byId.has(id)) index.#byId.set(id, bytes)
      }
    } catch (error) {
      if (error instanceof FileMissing) index.broken = 'is missing'
      else if (error instanceof JsonInvalid) index.broken = error.message
      else throw error
    }
    return index
  }

  withContent(content: string): ByteRange | undefined {
    return this.#claimed(this.#byContent.get(content))
  }

  withId(id: string): ByteRange | undefined {
    return this.#claimed(this.#byId.get(id))
  }

  /** What the elements are called that were never asked for. */
  get unclaimed(): string[] {
    return [...this.#unclaimed.values()]
  }

  #claimed(bytes: ByteRange | undefined): ByteRange | undefined {
    if (bytes === undefined) return undefined
    this.#unclaimed.delete(bytes[0])
    if (bytes[0] < this.#last) this.reordered = true
    this.#last = bytes[0]
    return bytes
  }
}
