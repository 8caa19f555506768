import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { BudgetReached, RunInterrupted } from '../../../core/errors.ts'
import { Budget } from '../../../core/money/budget.ts'
import { SpendBlocks, secondsBetweenTellings } from '../../../core/money/spend-blocks.ts'
import { roundedDollars } from '../../../core/money/spending.ts'
import type { SpendAccount } from '../../../core/store.ts'
import { claude } from '../../../models/claude/claude.ts'

/** A spend account that several processes share, as DynamoDB keeps it: every change is a request. */
class SharedAccount implements SpendAccount {
  readonly limit_usd: number | null
  readonly own_usd: number | null
  readonly #turn: () => Promise<unknown>
  sum = 0
  reserved = 0
  most = 0
  requests = 0
  #room = 0

  constructor(limit_usd: number | null, turn: () => Promise<unknown> = () => Promise.resolve()) {
    this.limit_usd = limit_usd
    this.own_usd = limit_usd
    this.#turn = turn
  }

  room_usd(): number {
    return this.#room
  }

  async reserve(usd: number): Promise<boolean> {
    this.requests += 1
    await this.#turn()
    const limit = this.limit_usd ?? Number.POSITIVE_INFINITY
    const fits = roundedDollars(this.sum + usd) <= limit
    if (fits) this.#add(usd, usd)
    await this.#turn()
    return fits
  }

  async waitForOthers(usd: number): Promise<boolean> {
    await this.#turn()
    return roundedDollars(this.sum - this.reserved + usd) <= (this.limit_usd ?? Number.POSITIVE_INFINITY)
  }

  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    this.requests += 1
    await this.#turn()
    this.#add(actual_usd - reserved_usd, -reserved_usd)
    if (this.reserved < 0) throw new Error('More was given back than was reserved.')
  }

  async spent(): Promise<number> {
    await this.#turn()
    return this.sum
  }

  async close(): Promise<void> {}

  #add(spent: number, reserved: number): void {
    this.sum = roundedDollars(this.sum + spent)
    this.reserved = roundedDollars(this.reserved + reserved)
    this.#room = (this.limit_usd ?? Number.POSITIVE_INFINITY) - this.sum
    this.most = Math.max(this.most, this.sum)
  }
}

function budgetOn(account: SpendAccount, calls: number, stop = new AbortController().signal): Budget {
  const halt = new AbortController().signal
  const options = { ref: { pipeline: 'poems', version: 'v0' }, prices: { provider: claude }, stop, halt }
  return new Budget(new SpendBlocks(account, { calls }), options)
}

afterEach(() => {
  vi.useRealTimers()
})

test('a thousand calls of which 64 go at once take some forty requests, not two thousand', async () => {
  const account = new SharedAccount(100)
  const budget = budgetOn(account, 64)
  let left = 1000
  const caller = async () => {
    while (left > 0) {
      left -= 1
      await budget.reserve(0.02)
      await new Promise((resolve) => setImmediate(resolve))
      await budget.settle(0.02, 0.002)
    }
  }
  await Promise.all(Array.from({ length: 64 }, caller))
  await budget.close()
  expect({ sum: account.sum, reserved: account.reserved }).toEqual({ sum: 2, reserved: 0 })
  expect(account.requests).toBeLessThan(40)
})

test('a block is what all calls at once could cost, and a sixteenth of the room at most', async () => {
  const account = new SharedAccount(3.3)
  const blocks = new SpendBlocks(account, { calls: 10 })
  expect(await blocks.reserve(0.1)).toBe(true)
  // Nothing was known of the room.
  expect(account.reserved).toBe(0.1)
  expect(await blocks.reserve(0.1)).toBe(true)
  expect(account.reserved).toBe(0.4)
  const wide = new SpendBlocks(new SharedAccount(null), { calls: 10 })
  await wide.reserve(0.1)
  await wide.reserve(0.1)
  expect(await wide.spent()).toBe(0.2)
})

test('near the limit a block shrinks to the one call that fits', async () => {
  const account = new SharedAccount(1)
  const blocks = new SpendBlocks(account, { calls: 64 })
  expect([await blocks.reserve(0.9), await blocks.reserve(0.1), await blocks.reserve(0.01)]).toEqual([
    true,
    true,
    false,
  ])
  expect(account.sum).toBe(1)
})

test('a call that cost more than its most is counted at once', async () => {
  const account = new SharedAccount(1)
  const blocks = new SpendBlocks(account, { calls: 8 })
  await blocks.reserve(0.1)
  await blocks.settle(0.1, 0.3)
  expect([account.sum, account.reserved]).toEqual([0.3, 0])
})

test('what is spent out of a block is told once for each round of calls, and the rest goes back at the end', async () => {
  const account = new SharedAccount(100)
  const blocks = new SpendBlocks(account, { calls: 2 })
  await blocks.reserve(1)
  await blocks.reserve(1)
  const before = { sum: account.sum, reserved: account.reserved }
  await blocks.settle(1, 0.25)
  expect({ sum: account.sum, reserved: account.reserved }).toEqual(before)
  await blocks.settle(1, 0.25)
  expect({ sum: account.sum, reserved: account.reserved }).toEqual({ ...before, reserved: before.reserved - 0.5 })
  await blocks.close()
  expect([account.sum, account.reserved]).toEqual([0.5, 0])
})

test('a block that arrives after a stop is given back', async () => {
  const stop = new AbortController()
  const answers: (() => void)[] = []
  const account = new SharedAccount(100, () => new Promise<void>((resolve) => answers.push(resolve)))
  const budget = budgetOn(account, 64, stop.signal)
  const answer = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    for (const one of answers.splice(0)) one()
  }
  const untilDone = async (work: Promise<unknown>) => {
    let isDone = false
    void work.finally(() => (isDone = true)).catch(() => {})
    while (!isDone) await answer()
    return work
  }
  await untilDone(budget.reserve(0.1))
  await untilDone(budget.settle(0.1, 0.01))
  // The request for a block is under way, and the account has made the reservation already.
  const refused = budget.reserve(0.2).catch((error: unknown) => error)
  await answer()
  expect(account.reserved).toBeGreaterThan(1)
  stop.abort(new Error('The time is short.'))
  expect(await refused).toBeInstanceOf(RunInterrupted)
  await untilDone(budget.close())
  expect([account.sum, account.reserved]).toEqual([0.01, 0])
})

test('near the limit a Lambda in the tail of its chunk gives back each surplus that is more than a call needs', async () => {
  const account = new SharedAccount(10)
  const tail = new SpendBlocks(account, { calls: 64 })
  const other = new SpendBlocks(account, { calls: 64 })
  for (let call = 1; call <= 12; call += 1) expect(await tail.reserve(0.8)).toBe(true)
  expect(await other.reserve(0.8)).toBe(false)
  await tail.settle(0.8, 0.1)
  await tail.settle(0.8, 0.1)
  // Ten calls are under way, and one could follow.
  expect([account.sum, account.reserved]).toEqual([9, 8.8])
  expect(await other.reserve(0.8)).toBe(true)
})

test('near the limit a call takes two requests at most', async () => {
  const account = new SharedAccount(10)
  const blocks = new SpendBlocks(account, { calls: 64 })
  for (let call = 1; call <= 1000; call += 1) {
    expect(await blocks.reserve(0.8)).toBe(true)
    await blocks.settle(0.8, 0.005)
  }
  expect(account.requests).toBeLessThanOrEqual(2000)
  await blocks.close()
  expect([account.sum, account.reserved]).toEqual([5, 0])
})

test('far from the limit, what no call holds goes back within half a minute, though no call ends or begins', async () => {
  vi.useFakeTimers()
  const account = new SharedAccount(1000)
  const blocks = new SpendBlocks(account, { calls: 64 })
  for (let call = 1; call <= 3; call += 1) await blocks.reserve(0.1)
  await blocks.settle(0.1, 0.01)
  expect([account.sum, account.reserved]).toEqual([6.5, 6.5])
  await vi.advanceTimersByTimeAsync(secondsBetweenTellings * 1000 - 1)
  expect(account.sum).toBe(6.5)
  await vi.advanceTimersByTimeAsync(1)
  expect([account.sum, account.reserved]).toEqual([0.21, 0.2])
  // There is nothing more to tell.
  const { requests } = account
  await vi.advanceTimersByTimeAsync(10 * secondsBetweenTellings * 1000)
  expect(account.requests).toBe(requests)
  // A call that ends later is told as soon.
  await blocks.settle(0.1, 0.02)
  await vi.advanceTimersByTimeAsync(secondsBetweenTellings * 1000)
  expect([account.sum, account.reserved]).toEqual([0.13, 0.1])
  await blocks.settle(0.1, 0.02)
  await blocks.close()
  expect([account.sum, account.reserved, vi.getTimerCount()]).toEqual([0.05, 0, 0])
})

test('what a call takes while the account is asked for the rest is not given back meanwhile', async () => {
  vi.useFakeTimers()
  let gate = Promise.resolve()
  const account = new SharedAccount(1.2, () => gate)
  const blocks = new SpendBlocks(account, { calls: 64 })
  await blocks.reserve(0.8)
  await blocks.settle(0.8, 0.3)
  let open = () => {}
  gate = new Promise((resolve) => (open = resolve))
  const reserved = blocks.reserve(0.8)
  await vi.advanceTimersByTimeAsync(secondsBetweenTellings * 1000)
  open()
  expect(await reserved).toBe(true)
  await vi.advanceTimersByTimeAsync(0)
  // The call, and the sixteenth of the room that came with it.
  expect([account.sum, account.reserved]).toEqual([1.125, 0.825])
})

const calls = fc.array(
  fc.integer({ min: 1, max: 100 }).chain((most) => fc.record({ most: fc.constant(most), actual: fc.nat(most) })),
  { minLength: 1, maxLength: 30 },
)

test('however three processes take turns, the sum never passes the limit, none is refused what fits, and in the end it is what was billed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), calls, fc.integer({ min: 1, max: 3000 }), async (scheduler, given, limit) => {
      const turn = () => scheduler.schedule(Promise.resolve())
      const account = new SharedAccount(limit / 100, turn)
      const budgets = [1, 4, 64].map((at) => budgetOn(account, at))
      let billed = 0
      let underWay = 0
      const call = async ({ most, actual }: { most: number; actual: number }, budget: Budget) => {
        await turn()
        try {
          await budget.reserve(most / 100)
        } catch (error) {
          if (!(error instanceof BudgetReached)) throw error
          // Not even if all that is under way or free in a block came back.
          expect(billed + most).toBeGreaterThan(limit)
          return
        }
        underWay += most
        expect(billed + underWay).toBeLessThanOrEqual(limit)
        await turn()
        underWay -= most
        billed += actual
        await budget.settle(most / 100, actual / 100)
      }
      const shares = budgets.map((budget, at) =>
        given.filter((_, index) => index % budgets.length === at).map((one) => ({ one, budget })),
      )
      const all = shares.map(async (share, at) => {
        await Promise.all(share.map(({ one, budget }) => call(one, budget)))
        await budgets[at]?.close()
      })
      const halfMinute = async () => {
        await turn()
        vi.advanceTimersByTime(secondsBetweenTellings * 1000)
      }
      await scheduler.waitFor(Promise.all([...all, ...given.map(halfMinute)]))
      expect(account.most).toBeLessThanOrEqual(limit / 100)
      expect([account.sum, account.reserved]).toEqual([billed / 100, 0])
    }),
    { numRuns: 300 },
  )
})
