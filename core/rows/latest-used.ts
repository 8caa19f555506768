/** What was made last, kept for the next time: the least recently used goes first. */
export class LatestUsed<T> {
  readonly #most: number
  readonly #made = new Map<string, Promise<T>>()

  constructor(most: number) {
    this.#most = most
  }

  /** Made once, even if it is asked for twice at a time; made again if that failed. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(key) ?? make()
    this.#made.delete(key)
    this.#made.set(key, made)
    made.catch(() => this.#made.delete(key))
    const [oldest] = this.#made.keys()
    if (this.#made.size > this.#most && oldest !== undefined) this.#made.delete(oldest)
    return made
  }
}
