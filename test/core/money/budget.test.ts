import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BudgetReached, RunInterrupted } from '../../../core/errors.ts'
import type { Question } from '../../../core/model.ts'
import { Budget, type BudgetOptions } from '../../../core/money/budget.ts'
import { roundedDollars } from '../../../core/money/spending.ts'
import { worstCaseOf } from '../../../core/money/worst-case.ts'
import type { SpendAccount, VersionRef } from '../../../core/store.ts'
import { claude } from '../../../models/claude/claude.ts'

const ref: VersionRef = { pipeline: 'poems', version: 'v0' }

/** A spend account in memory that answers when it is let, and notes the most that its sum ever was. */
class FakeAccount implements SpendAccount {
  readonly limit_usd: number | null
  readonly own_usd: number | null
  readonly #turn: () => Promise<unknown>
  sum = 0
  most = 0
  closed = false
  broken: Error | null = null
  unread: Error | null = null

  constructor(limit_usd: number | null, turn: () => Promise<unknown> = () => Promise.resolve()) {
    this.limit_usd = limit_usd
    this.own_usd = limit_usd
    this.#turn = turn
  }

  async reserve(usd: number): Promise<boolean> {
    await this.#turn()
    if (this.broken !== null) throw this.broken
    const fits = this.limit_usd === null || roundedDollars(this.sum + usd) <= this.limit_usd
    if (fits) this.#add(usd)
    // The answer is on its way, and others go on meanwhile.
    await this.#turn()
    return fits
  }

  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    await this.#turn()
    if (this.broken !== null) throw this.broken
    this.#add(actual_usd - reserved_usd)
    if (this.sum < 0) throw new Error('More was given back than was reserved.')
  }

  async spent(): Promise<number> {
    await this.#turn()
    if (this.unread !== null) throw this.unread
    return this.sum
  }

  async close(): Promise<void> {
    this.closed = true
  }

  #add(usd: number): void {
    this.sum = roundedDollars(this.sum + usd)
    this.most = Math.max(this.most, this.sum)
  }
}

function budgetOn(account: SpendAccount, options: Partial<BudgetOptions> = {}): Budget {
  const never = new AbortController().signal
  return new Budget(account, { ref, prices: { provider: claude }, stop: never, halt: never, ...options })
}

/** What a promise came to, without waiting for one that is still to come. */
function watched<T>(promise: Promise<T>): { state: 'waiting' | 'done' | 'refused'; reason: unknown } {
  const seen: ReturnType<typeof watched> = { state: 'waiting', reason: null }
  promise.then(
    () => {
      seen.state = 'done'
    },
    (reason: unknown) => {
      seen.state = 'refused'
      seen.reason = reason
    },
  )
  return seen
}

const turns = () => new Promise((resolve) => setImmediate(resolve))

test('what fits is reserved at once', async () => {
  const account = new FakeAccount(1)
  const budget = budgetOn(account)
  await Promise.all([budget.reserve(0.7), budget.reserve(0.3)])
  expect(account.sum).toBe(1)
})

test('what does not fit waits until a call under way gives back what it did not need', async () => {
  const account = new FakeAccount(1)
  const budget = budgetOn(account)
  await budget.reserve(0.8)
  const second = watched(budget.reserve(0.5))
  await turns()
  expect({ second, sum: account.sum }).toEqual({ second: { state: 'waiting', reason: null }, sum: 0.8 })
  await budget.settle(0.8, 0.2)
  await turns()
  expect({ second: second.state, sum: account.sum }).toEqual({ second: 'done', sum: 0.7 })
})

test('where others share the spend account, a call that does not fit waits for them, and the limit is reached when nobody gives back', async () => {
  class SharedAccount extends FakeAccount {
    /** What another Lambda gives back at each wait; when nothing is left, nobody has anything under way. */
    readonly others: number[] = []
    async waitForOthers(): Promise<boolean> {
      const usd = this.others.shift()
      this.sum = roundedDollars(this.sum - (usd ?? 0))
      return usd !== undefined
    }
  }
  const account = new SharedAccount(1)
  account.sum = 0.9
  account.others.push(0.1, 0.4)
  const budget = budgetOn(account)
  await budget.reserve(0.5)
  await budget.settle(0.5, 0.5)
  expect([account.sum, account.others]).toEqual([0.9, []])
  await expect(budget.reserve(0.5)).rejects.toBeInstanceOf(BudgetReached)
})

test('a call that waits is not overtaken by a cheaper one', async () => {
  const budget = budgetOn(new FakeAccount(1))
  await budget.reserve(0.8)
  const dear = watched(budget.reserve(0.9))
  const cheap = watched(budget.reserve(0.1))
  await turns()
  expect([dear.state, cheap.state]).toEqual(['waiting', 'waiting'])
  await budget.settle(0.8, 0)
  await turns()
  expect([dear.state, cheap.state]).toEqual(['done', 'done'])
})

test('where nothing is under way and a call does not fit, the limit is reached: how much, and how to go on', async () => {
  const budget = budgetOn(new FakeAccount(2))
  await budget.reserve(1.9)
  await budget.settle(1.9, 1.75)
  const error = await budget.reserve(0.3).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(BudgetReached)
  expect({ ...(error as BudgetReached), message: (error as BudgetReached).message }).toEqual({
    name: 'BudgetReached',
    limit_usd: 2,
    spent_usd: 1.75,
    message:
      'The limit of $2.00 (max_cost_usd) is reached: $1.75 are spent, where a call whose price never came counts as its most, and the next call could cost $0.3. Go on with a higher limit: itemwise resume poems v0 --max-cost 4',
  })
})

test.each([
  [{ limit: 2, call: 0.3, spent: 1.75 }, '4'],
  [{ limit: 0.001, call: 0.00213, spent: 0 }, '0.0022'],
  [{ limit: 0.3, call: 0.1, spent: 0.25 }, '0.6'],
  [{ limit: 1234.5, call: 100, spent: 1200 }, '2500'],
])('the limit that is proposed for %j is %s', async ({ limit, call, spent }, proposed) => {
  const account = new FakeAccount(limit)
  account.sum = spent
  const error: Error = await budgetOn(account)
    .reserve(call)
    .then(
      () => new Error('expected a refusal'),
      (error: Error) => error,
    )
  expect(error.message.split('--max-cost ')[1]).toBe(proposed)
})

test('a one-off run is gone on with by its id', async () => {
  const budget = budgetOn(new FakeAccount(1), { ref: { pipeline: '_runs', version: '01ABC' } })
  await expect(budget.reserve(2)).rejects.toThrow(/itemwise resume 01ABC --max-cost 2$/)
})

test('after the limit is reached a call that fits is still made', async () => {
  const budget = budgetOn(new FakeAccount(1))
  await expect(budget.reserve(1.5)).rejects.toBeInstanceOf(BudgetReached)
  await budget.reserve(0.5)
})

test('without a limit everything is counted and nothing refused', async () => {
  const account = new FakeAccount(null)
  await budgetOn(account).reserve(1e6)
  expect(account.sum).toBe(1e6)
})

test('a stop refuses the calls that wait for money, and the next that would have to', async () => {
  const stop = new AbortController()
  const budget = budgetOn(new FakeAccount(1), { stop: stop.signal })
  await budget.reserve(0.8)
  const waiting = budget.reserve(0.5)
  stop.abort()
  await expect(waiting).rejects.toEqual(new RunInterrupted('The run was stopped.'))
  await expect(budget.reserve(0.5)).rejects.toEqual(new RunInterrupted('The run was stopped.'))
  await budget.reserve(0.2)
})

test('a halt refuses them with its reason', async () => {
  const halt = new AbortController()
  const reason = new Error('another writer')
  const budget = budgetOn(new FakeAccount(1), { halt: halt.signal })
  await budget.reserve(1)
  const waiting = budget.reserve(0.5)
  halt.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

test('what a stopped call had reserved while the spend account was asked goes back', async () => {
  const asked = Promise.withResolvers<void>()
  const account = new FakeAccount(1, () => asked.promise)
  const stop = new AbortController()
  const waiting = budgetOn(account, { stop: stop.signal }).reserve(0.5)
  stop.abort()
  asked.resolve()
  await expect(waiting).rejects.toBeInstanceOf(RunInterrupted)
  await turns()
  expect([account.most, account.sum]).toEqual([0.5, 0])
})

test('a spend account that cannot be written refuses all who wait, with its error', async () => {
  const account = new FakeAccount(1)
  const budget = budgetOn(account)
  await budget.reserve(0.9)
  const waiting = [budget.reserve(0.5), budget.reserve(0.6)].map((one) => one.catch((error: unknown) => error))
  await turns()
  account.broken = new Error('the disk is full')
  await expect(budget.settle(0.9, 0.1)).rejects.toBe(account.broken)
  expect(await Promise.all(waiting)).toEqual([account.broken, account.broken])
})

test('a spend account that cannot say what is spent refuses with its error, and serves the next', async () => {
  const account = new FakeAccount(1)
  const budget = budgetOn(account)
  account.unread = new Error('no connection')
  await expect(budget.reserve(2)).rejects.toBe(account.unread)
  await budget.reserve(0.5)
})

test('closing the budget closes its account', async () => {
  const account = new FakeAccount(1)
  await budgetOn(account).close()
  expect(account.closed).toBe(true)
})

const question: Question = {
  model: 'claude-haiku-5-5',
  max_tokens: 4096,
  effort: null,
  thinking: 'off',
  system: null,
  output_schema: null,
  turns: [{ role: 'user', content: 'Define w1.' }],
}
const most = worstCaseOf(question, { provider: claude })!
const tokens = { input_tokens: 1000, output_tokens: 100, cache_read_tokens: 0, cache_write_tokens: 0 }

test.each([
  ['a reply costs what its tokens cost', { model: 'claude-haiku-5-5', tokens }, 0.00015],
  ['a reply of another model costs the price of that', { model: 'claude-sonnet-5-5', tokens }, 0.003],
  ['a reply of a model without a price costs the price of the one asked', { model: 'new', tokens }, 0.00015],
  ['a refused call costs nothing', 'unbilled' as const, 0],
  ['a call of which nobody knows costs its most', 'unknown' as const, most],
])('%s', async (_rule, outcome, expected) => {
  const account = new FakeAccount(1)
  const settle = await budgetOn(account).attempts(question)()
  expect(account.sum).toBe(most)
  await settle(outcome)
  expect(account.sum).toBe(expected)
})

test('prices of itemwise.yaml come before those of the table', async () => {
  const own = { 'claude-haiku-5-5': { input: 1000, output: 0, cache_read: 0, cache_write: 0 } }
  const account = new FakeAccount(10)
  const settle = await budgetOn(account, { prices: { provider: claude, own } }).attempts(question)()
  await settle({ model: 'claude-haiku-5-5', tokens })
  expect(account.sum).toBe(1)
})

/** Calls that begin in any order and end in any order, on a spend account that answers in any order. */
const calls = fc.array(
  fc.integer({ min: 1, max: 100 }).chain((most) => fc.record({ most: fc.constant(most), actual: fc.nat(most) })),
  { minLength: 1, maxLength: 30 },
)

test('however calls and the account take turns, the sum never passes the limit, a call is refused only where it does not fit, and none is left waiting', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), calls, fc.integer({ min: 1, max: 1000 }), async (scheduler, given, limit) => {
      const account = new FakeAccount(limit / 100, () => scheduler.schedule(Promise.resolve()))
      const budget = budgetOn(account)
      let billed = 0
      let underWay = 0
      const call = async ({ most, actual }: { most: number; actual: number }): Promise<'made' | 'refused'> => {
        await scheduler.schedule(Promise.resolve())
        try {
          await budget.reserve(most / 100)
        } catch (error) {
          if (!(error instanceof BudgetReached)) throw error
          expect(error.spent_usd + most / 100).toBeGreaterThan(limit / 100)
          return 'refused'
        }
        // From here on the API may bill anything up to the most.
        underWay += most
        expect(billed + underWay).toBeLessThanOrEqual(limit)
        await scheduler.schedule(Promise.resolve())
        underWay -= most
        billed += actual
        await budget.settle(most / 100, actual / 100)
        return 'made'
      }
      const outcomes = await scheduler.waitFor(Promise.all(given.map(call)))
      expect(account.most).toBeLessThanOrEqual(limit / 100)
      expect(account.sum).toBe(billed / 100)
      const fits = given.reduce((sum, { most }) => sum + most, 0) <= limit
      if (fits) expect(outcomes).toEqual(given.map(() => 'made'))
    }),
    { numRuns: 300 },
  )
})
