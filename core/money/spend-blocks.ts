/**
 * Money of a spend account whose every change is a request, taken in blocks: a block is enough for several calls, which then
 * reserve and settle here. The account counts a whole block as reserved, so the limit holds, whoever is killed.
 */
import type { SpendAccount } from '../store.ts'
import { roundedDollars } from './spending.ts'

/** A block takes at most this share of what the limit leaves, beside the call that needs it: the rest is for other processes. */
const shareOfRoom = 1 / 16

export class SpendBlocks implements SpendAccount {
  readonly #account: SpendAccount
  readonly #calls: number
  /** Reserved in the account, and held by no call. */
  #free = 0
  /** Spent by calls that have ended, and still reserved in the account. */
  #spent = 0
  #settlements = 0

  /** `calls`: most calls at once. A block is enough for so many, near the limit for one. */
  constructor(account: SpendAccount, { calls }: { calls: number }) {
    this.#account = account
    this.#calls = calls
  }

  get limit_usd(): number | null {
    return this.#account.limit_usd
  }

  async reserve(usd: number): Promise<boolean> {
    const more = Math.min(usd * (this.#calls - 1), (this.#account.room_usd?.() ?? 0) * shareOfRoom)
    const fits = await this.#take(usd, Math.max(0, more))
    if (fits) this.#free = roundedDollars(this.#free - usd)
    return fits
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
    // Now and then, so that processes that wait for money see that this one is alive; at once if a call cost more than its most.
    if (this.#free < 0 || this.#settlements >= this.#calls) await this.#tell()
  }

  async spent(): Promise<number> {
    return roundedDollars((await this.#account.spent()) - this.#free)
  }

  async close(): Promise<void> {
    try {
      await this.#giveBack()
    } finally {
      await this.#account.close()
    }
  }

  /** Has an amount free, and more if the account has it. */
  async #take(usd: number, more: number): Promise<boolean> {
    if (this.#free >= usd) return true
    if (more > 0 && (await this.#reserve(usd + more))) return true
    return this.#reserve(usd)
  }

  /** Reserves what is missing for an amount. */
  async #reserve(usd: number): Promise<boolean> {
    const missing = roundedDollars(usd - this.#free)
    // A call may have ended meanwhile.
    if (missing <= 0) return true
    if (!(await this.#account.reserve(missing))) return false
    this.#free = roundedDollars(this.#free + missing)
    return true
  }

  /** Tells the account what was spent. */
  async #tell(): Promise<void> {
    const actual = this.#spent
    const reserved = roundedDollars(actual + Math.min(0, this.#free))
    this.#free = Math.max(0, this.#free)
    await this.#settle(reserved, actual)
  }

  async #giveBack(): Promise<void> {
    const actual = this.#spent
    const reserved = roundedDollars(actual + this.#free)
    this.#free = 0
    if (reserved !== 0 || actual !== 0) await this.#settle(reserved, actual)
  }

  async #settle(reserved: number, actual: number): Promise<void> {
    this.#spent = 0
    this.#settlements = 0
    await this.#account.settle(reserved, actual)
  }
}
