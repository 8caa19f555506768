/** Finds elements of a stream by position if both ascend, so that two files can be read side by side. */

export class Ascending<T extends { item_index: number }> {
  readonly #stream: AsyncIterator<T>
  #current: T | null = null
  #ended = false

  constructor(stream: AsyncIterable<T>) {
    this.#stream = stream[Symbol.asyncIterator]()
  }

  /** The element at this position, or null. Elements before it are skipped. */
  async find(index: number): Promise<T | null> {
    while (!this.#ended && (this.#current === null || this.#current.item_index < index)) {
      const next = await this.#stream.next()
      this.#ended = next.done === true
      this.#current = next.done ? null : next.value
    }
    return this.#current?.item_index === index ? this.#current : null
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#stream.return?.()
  }
}
