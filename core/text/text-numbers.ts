/**
 * Which texts were there before, and a number for each: 20 bytes a text, where a Map holds the text itself and 60 bytes more. Texts
 * are told apart by 64 bits of their hash: among a million, two are taken for one with a probability of 1 in 37 million.
 */
import { textHash } from './text-hash.ts'

const free = 0

export class TextNumbers {
  #count = 0
  /** Two halves of the hash and the number above 0, by slot. */
  #first = new Uint32Array(1024)
  #second = new Uint32Array(1024)
  #numbers = new Uint32Array(1024)

  get size(): number {
    return this.#count
  }

  has(text: string): boolean {
    return this.get(text) !== undefined
  }

  get(text: string): number | undefined {
    const [first, second] = textHash(text)
    const number = this.#numbers[this.#slot(first, second)]!
    return number === free ? undefined : number - 1
  }

  /** `number`: from 0 to 4,294,967,294. The number of a text that is there already is replaced; returned is the one before, if any. */
  set(text: string, number: number): number | undefined {
    const [first, second] = textHash(text)
    const slot = this.#slot(first, second)
    const before = this.#numbers[slot]!
    if (before === free) this.#count += 1
    this.#first[slot] = first
    this.#second[slot] = second
    this.#numbers[slot] = number + 1
    // Slots that are two thirds full are found at the second or third look.
    if (this.#count * 3 > this.#numbers.length * 2) this.#grow()
    return before === free ? undefined : before - 1
  }

  /** Where it stands, or the free slot where it would. */
  #slot(first: number, second: number): number {
    const mask = this.#numbers.length - 1
    let slot = first & mask
    while (this.#numbers[slot] !== free && (this.#first[slot] !== first || this.#second[slot] !== second))
      slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const before = { first: this.#first, second: this.#second, numbers: this.#numbers }
    const length = before.numbers.length * 2
    this.#first = new Uint32Array(length)
    this.#second = new Uint32Array(length)
    this.#numbers = new Uint32Array(length)
    for (let at = 0; at < before.numbers.length; at++) {
      if (before.numbers[at] === free) continue
      const slot = this.#slot(before.first[at]!, before.second[at]!)
      this.#first[slot] = before.first[at]!
      this.#second[slot] = before.second[at]!
      this.#numbers[slot] = before.numbers[at]!
    }
  }
}
