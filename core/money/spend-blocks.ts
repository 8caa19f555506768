/**
 * Money of a spend account whose every change is a request, taken in blocks: a block is enough for several calls, which then
 * reserve and settle here. The account counts a whole block as reserved, so the limit holds, whoever is killed.
 */
import type { SpendAccount } from '../store.ts'
import { roundedDollars } from './spending.ts'

/** A block takes at most this share of what the limit leaves, beside the call that needs it: the rest is for other processes. */
const shareOfRoom = 1 / 16
/** Nothing that no call holds is kept longer than this, and nothing spent is kept untold: others may wait for it. */
export const secondsBetweenTellings = 30

export class SpendBlocks implements SpendAccount {
  readonly #account: SpendAccount
  readonly #calls: number
  /** Reserved in the account, and held by no call. */
  #free = 0
  /** Spent by calls that have ended, and still reserved in the account. */
  #spent = 0
  #settlements = 0
  #timer: NodeJS.Timeout | undefined
  /** Ends with what the timer began. */
  #told = Promise.resolve()

  /** `calls`: most calls at once. A block is enough for so many, near the limit for one. */
  constructor(account: SpendAccount, { calls }: { calls: number }) {
    this.#account = account
    this.#calls = calls
  }

  get limit_usd(): number | null {
    return this.#account.limit_usd
  }

  get own_usd(): number | null {
    return this.#account.own_usd
  }

  async reserve(usd: number): Promise<boolean> {
    const more = roundedDollars(Math.min(usd * (this.#calls - 1), (this.#account.room_usd?.() ?? 0) * shareOfRoom))
    try {
      return (more > 0 && (await this.#take(usd, more))) || (await this.#take(usd, 0))
    } finally {
      this.#tellSoon()
    }
  }

  /** Gives back first what no call holds: two processes that each keep half of what a call needs would wait for each other. */
  async waitForOthers(usd: number): Promise<boolean> {
    await this.#giveBack()
    return (await this.#account.waitForOthers?.(usd)) ?? false
  }

  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    this.#free = roundedDollars(this.#free + reserved_usd - actual_usd)
    this.#spent = roundedDollars(this.#spent + actual_usd)
    this.#settlements += 1
    // At once if a call cost more than its most.
    if (this.#free < 0) await this.#tell()
    // Near the limit others may need it. What is enough for one call stays for the next one.
    else if (this.#isNearLimit(reserved_usd) && this.#free > reserved_usd) await this.#giveBack(reserved_usd)
    // Now and then, so that processes that wait for money see that this one is alive.
    else if (this.#settlements >= this.#calls) await this.#tell()
    this.#tellSoon()
  }

  async spent(): Promise<number> {
    return roundedDollars((await this.#account.spent()) - this.#free)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      await this.#told
      await this.#giveBack()
    } finally {
      await this.#account.close()
    }
  }

  /** Takes an amount for a call, and has more free afterwards if the account is asked. */
  async #take(usd: number, more: number): Promise<boolean> {
    // The call holds this part from now on, so nobody gives it back while the account is asked.
    const held = Math.min(this.#free, usd)
    this.#free = roundedDollars(this.#free - held)
    const missing = roundedDollars(usd - held)
    if (missing === 0) return true
    let fits = false
    try {
      fits = await this.#account.reserve(roundedDollars(missing + more))
    } finally {
      this.#free = roundedDollars(this.#free + (fits ? more : held))
    }
    return fits
  }

  /** Whether the account has less left than all calls at once could cost. */
  #isNearLimit(usd: number): boolean {
    return (this.#account.room_usd?.() ?? 0) < this.#calls * usd
  }

  /** By time, too: while answers take minutes, or no call begins any more, nothing else would tell others. */
  #tellSoon(): void {
    if (this.#timer !== undefined || (this.#free === 0 && this.#spent === 0)) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // If the account fails, the reservation stays, and the next call learns of it.
      this.#told = this.#told.then(() => this.#giveBack()).catch(() => {})
    }, secondsBetweenTellings * 1000)
    this.#timer.unref()
  }

  /** Tells the account what was spent. */
  async #tell(): Promise<void> {
    await this.#giveBack(Math.max(0, this.#free))
  }

  /** Tells the account what was spent, and gives back what is free, except an amount. */
  async #giveBack(except = 0): Promise<void> {
    const actual = this.#spent
    const reserved = roundedDollars(actual + this.#free - except)
    this.#free = except
    if (reserved === 0 && actual === 0) return
    this.#spent = 0
    this.#settlements = 0
    await this.#account.settle(reserved, actual)
  }
}
