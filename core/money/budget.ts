/**
 * Holds a version below max_cost_usd: the worst case of each call is reserved before it goes out, and what it really cost is
 * put in its place. A call that does not fit waits for those under way; if there are none, the limit is reached.
 * Long, since reserving, waiting and settling work on the same sums.
 */
import type { RunDocument } from '../documents.ts'
import { BudgetReached, interruption } from '../errors.ts'
import type { AskOptions, Outcome, Question } from '../model.ts'
import type { Provider } from '../provider.ts'
import { oneOffs, type SpendAccount, type Store, type VersionRef } from '../store.ts'
import { costOf, type PriceList } from './prices.ts'
import { SpendBlocks } from './spend-blocks.ts'
import { roundedDollars } from './spending.ts'
import { worstCaseOf } from './worst-case.ts'

export interface BudgetOptions {
  ref: VersionRef
  prices: PriceList
  /** Aborted: calls that wait for money are not made. */
  stop: AbortSignal
  halt: AbortSignal
}

/** The budget of a version, or null if it never had a limit. `calls`: most calls at once. To be closed. */
export async function openBudget(
  store: Store,
  { request, workspace, spend_limit_usd }: Pick<RunDocument, 'request' | 'workspace' | 'spend_limit_usd'>,
  { provider, calls, ...options }: Omit<BudgetOptions, 'prices'> & { provider: Provider; calls: number },
): Promise<Budget | null> {
  const own = request.max_cost_usd
  const limit = spend_limit_usd ?? own
  const { ref } = options
  // What a resumed run was given stands in the spend account and comes before the request.
  const account =
    (await store.spendAccount(ref)) ??
    (limit === undefined ? null : await store.spendAccount(ref, limit, 0, own ?? null))
  if (account === null) return null
  const purse = account.room_usd === undefined ? account : new SpendBlocks(account, { calls })
  return new Budget(purse, { ...options, prices: { provider, own: workspace.prices } })
}

interface Waiting {
  usd: number
  grant: () => void
  refuse: (reason: unknown) => void
}

export class Budget {
  readonly #account: SpendAccount
  readonly #options: BudgetOptions
  readonly #stopped: AbortSignal
  /** First come, first served: a dear call is not overtaken for ever by cheap ones. */
  readonly #waiting: Waiting[] = []
  #underWay = 0
  /** Counts what was given back, to notice it while the spend account was asked. */
  #settlements = 0
  #serving = false
  /** Ends with the last request for money. */
  #served = Promise.resolve()

  constructor(account: SpendAccount, options: BudgetOptions) {
    this.#account = account
    this.#options = options
    this.#stopped = AbortSignal.any([options.stop, options.halt])
    this.#stopped.addEventListener('abort', this.#refuseAll)
  }

  /** The hook by which a model asks for the money of each call of a question. It throws BudgetReached. */
  attempts(question: Question): NonNullable<AskOptions['attempt']> {
    const { prices } = this.#options
    const most = worstCaseOf(question, prices)
    if (most === null) throw new Error(`${question.model} has no price, so its calls have no worst case.`)
    const actual = (outcome: Outcome): number => {
      if (outcome === 'unbilled') return 0
      if (outcome === 'unknown') return most
      const { model, tokens } = outcome
      return costOf(model, tokens, prices) ?? costOf(question.model, tokens, prices) ?? most
    }
    return async () => {
      await this.reserve(most)
      return (outcome) => this.settle(most, actual(outcome))
    }
  }

  /** Waits until an amount is reserved. Throws BudgetReached, RunInterrupted or the reason of `halt`, StoreUnwritable. */
  reserve(usd: number): Promise<void> {
    return new Promise((grant, refuse) => {
      this.#waiting.push({ usd, grant, refuse })
      this.#serve()
    })
  }

  /** Reserves an amount now, or not at all. */
  async reserveIfFits(usd: number): Promise<boolean> {
    const fits = await this.#account.reserve(usd)
    if (fits) this.#underWay += 1
    return fits
  }

  /** What is left for reservations, in USD; Infinity if the limit was lifted. */
  async room(): Promise<number> {
    const { limit_usd } = this.#account
    return limit_usd === null ? Number.POSITIVE_INFINITY : roundedDollars(limit_usd - (await this.#account.spent()))
  }

  /** Takes over a reservation that a dead process left behind: from now on it is under way here, and will be settled. */
  takeOver(): void {
    this.#underWay += 1
  }

  /** Ends a reservation with what it came to. Throws StoreUnwritable. */
  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    try {
      await this.#account.settle(reserved_usd, actual_usd)
    } finally {
      this.#underWay -= 1
      this.#settlements += 1
      this.#serve()
    }
  }

  /** To be called when nobody waits for money any more. Throws StoreUnwritable. */
  async close(): Promise<void> {
    this.#stopped.removeEventListener('abort', this.#refuseAll)
    // A reservation that was asked for before a stop may still arrive, and must be given back.
    await this.#served
    await this.#account.close()
  }

  /** One at a time: the spend account may take a while to answer. */
  #serve(): void {
    if (!this.#serving) this.#served = this.#serveAll()
  }

  async #serveAll(): Promise<void> {
    this.#serving = true
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const settlements = this.#settlements
      const fits = await this.#account.reserve(first.usd).catch((error: unknown) => this.#refuse(first, error))
      if (fits === 'refused' || (!fits && this.#settlements !== settlements)) continue
      if (fits) await this.#grant(first)
      else if (this.#stopped.aborted) this.#refuseAll()
      else if (this.#underWay === 0) await this.#waitOrRefuse(first)
      // Nothing may be awaited between this look and the end, or a settlement could go unnoticed.
      else break
    }
    this.#serving = false
  }

  async #grant(first: Waiting): Promise<void> {
    if (this.#waiting[0] === first) {
      this.#waiting.shift()
      this.#underWay += 1
      first.grant()
      return
    }
    // It was refused while the spend account was asked. If this fails too, the reservation stays: the limit holds all the same.
    await this.#account.settle(first.usd, 0).catch(() => {})
  }

  #refuse(first: Waiting, reason: unknown): 'refused' {
    if (this.#waiting[0] === first) this.#waiting.shift()
    first.refuse(reason)
    return 'refused'
  }

  /** Nothing of this process is under way, but others may share the spend account. */
  async #waitOrRefuse(first: Waiting): Promise<void> {
    try {
      if (await this.#account.waitForOthers?.(first.usd)) return
      this.#refuse(first, await this.#reached(first.usd))
    } catch (error) {
      this.#refuse(first, error)
    }
  }

  readonly #refuseAll = () => {
    const { halt, stop } = this.#options
    for (const { refuse } of this.#waiting.splice(0)) refuse(halt.aborted ? halt.reason : interruption(stop))
  }

  async #reached(usd: number): Promise<BudgetReached> {
    const { ref } = this.#options
    const limit_usd = this.#account.limit_usd ?? 0
    const spent_usd = await this.#account.spent()
    const version = ref.pipeline === oneOffs ? ref.version : `${ref.pipeline} ${ref.version}`
    const spent = `${dollars(spent_usd)} are spent, where a call whose price never came counts as its most, and the next call could cost ${dollars(usd)}`
    if (this.#account.own_usd !== limit_usd)
      return new BudgetReached(
        `The run may spend ${dollars(limit_usd)}, which is what max_usd_per_month in itemwise.yaml left, and that is reached: ${spent}. Raise it, or wait for the next month (UTC); then go on: itemwise resume ${version}`,
        { limit_usd, spent_usd },
      )
    const enough = roundedUp(Math.max(2 * limit_usd, spent_usd + usd))
    return new BudgetReached(
      `The limit of ${dollars(limit_usd)} (max_cost_usd) is reached: ${spent}. Go on with a higher limit: itemwise resume ${version} --max-cost ${enough}`,
      { limit_usd, spent_usd },
    )
  }
}

/** Cents from a dollar up, three digits below. */
export function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', usd >= 1 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumSignificantDigits: 3 })}`
}

/** To two digits, upwards: an amount to type. */
function roundedUp(usd: number): number {
  const unit = 10 ** (Math.floor(Math.log10(usd)) - 1)
  return Number((Math.ceil(Number((usd / unit).toPrecision(12))) * unit).toPrecision(12))
}
