/** A set of whole numbers from 0 that lie close together, such as the positions of items: one bit each. */
const bitsOfPage = 32_768

export class NumberSet {
  readonly #pages = new Map<number, Uint8Array>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(number: number): void {
    const page = this.#page(number)
    const bit = 1 << (number & 7)
    const at = (number % bitsOfPage) >>> 3
    if ((page[at]! & bit) !== 0) return
    page[at]! |= bit
    this.#size += 1
  }

  has(number: number): boolean {
    const page = this.#pages.get(Math.floor(number / bitsOfPage))
    return page !== undefined && (page[(number % bitsOfPage) >>> 3]! & (1 << (number & 7))) !== 0
  }

  /** How many of its numbers are not in another set. */
  without(other: NumberSet): number {
    let count = 0
    for (const [key, page] of this.#pages) {
      const theirs = other.#pages.get(key)
      for (let at = 0; at < page.length; at++) count += bitCount(page[at]! & ~(theirs?.[at] ?? 0))
    }
    return count
  }

  #page(number: number): Uint8Array {
    const key = Math.floor(number / bitsOfPage)
    const page = this.#pages.get(key) ?? new Uint8Array(bitsOfPage / 8)
    this.#pages.set(key, page)
    return page
  }
}

function bitCount(byte: number): number {
  let count = 0
  for (let left = byte & 255; left !== 0; left &= left - 1) count += 1
  return count
}
