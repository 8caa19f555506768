/**
 * Lets the first call go alone and the others wait for its reply: a cached prefix can be read only after the first reply
 * has begun, and calls side by side would each pay for writing it.
 */

/** A reply begins within seconds, however long it takes to end. Calls that have waited this long go. */
export const longestWarmUpMs = 5000

export interface WarmUpOptions {
  /** True if the prefix is cached already, so nobody waits. */
  warm?: boolean
  sleep: (ms: number) => Promise<void>
}

export class WarmUp<T> {
  readonly #sleep: WarmUpOptions['sleep']
  readonly #hasReply: (result: T) => boolean
  #isOver: boolean
  #first: Promise<unknown> | null = null

  /** `hasReply`: whether what came of a call is a reply. A call that was refused has cached nothing. */
  constructor({ warm = false, sleep }: WarmUpOptions, hasReply: (result: T) => boolean) {
    this.#isOver = warm
    this.#sleep = sleep
    this.#hasReply = hasReply
  }

  /**
   * Calls `ask`: alone, or after the call that went alone. If that got no reply the next one goes alone, and if it takes
   * long the others go. Throws what the first call threw: it would end all.
   */
  async turn(ask: () => Promise<T>): Promise<T> {
    while (!this.#isOver) {
      if (this.#first === null) return this.#alone(ask)
      await this.#ended(this.#first)
    }
    return ask()
  }

  async #alone(ask: () => Promise<T>): Promise<T> {
    const asked = ask()
    const first = asked.then((result) => {
      this.#first = null
      this.#isOver ||= this.#hasReply(result)
    })
    // Without waiters, the error is not handled here.
    first.catch(() => {})
    this.#first = first
    return asked
  }

  async #ended(first: Promise<unknown>): Promise<void> {
    const tooLong = Symbol('too long')
    const what = await Promise.race([first, this.#moment().then(() => tooLong)])
    if (what === tooLong && this.#first === first) this.#isOver = true
  }

  /** One timer for all calls that wait for the same one. */
  #moment(): Promise<void> {
    this.#waits ??= this.#sleep(longestWarmUpMs).finally(() => {
      this.#waits = null
    })
    return this.#waits
  }
  #waits: Promise<void> | null = null
}
