/** Which items go into one message batch: as many as the API takes, and as the budget has money for. */
import type { BatchedQuestion } from '../../message-batches.ts'
import { roundedDollars } from '../../money/spending.ts'
import { worstCaseOf } from '../../money/worst-case.ts'
import { NumberSet } from '../../text/number-set.ts'
import { Ranges } from '../../versions/message-batches.ts'
import type { HalfPrice } from './context.ts'
import { customId } from './custom-id.ts'
import { type Pending, pendingItems } from './pending.ts'

/** What stands around the requests of a body. */
const envelopeBytes = 100

/** The first after all numbers that are taken, among those that only this chunk gives. */
function nextNumber({ records, chunk, chunks }: Pick<HalfPrice, 'records' | 'chunk' | 'chunks'>): number {
  const taken = Math.max(0, ...records.map(({ number }) => number))
  return chunk.batch + chunks * Math.max(0, Math.ceil((taken + 1 - chunk.batch) / chunks))
}

/** The items of one batch. */
export class Cut {
  readonly members = new NumberSet()
  readonly ranges = new Ranges()
  readonly number: number
  count = 0
  usd = 0
  #bytes = envelopeBytes
  readonly #half: HalfPrice
  readonly #room: number

  constructor(half: HalfPrice, room: number) {
    this.#half = half
    this.#room = room
    this.number = nextNumber(half)
  }

  /** Whether there is room for one more; then it is in. */
  takes(pending: Pending): boolean {
    const { batches, mostBytes } = this.#half
    if (this.count >= batches.most.requests) return false
    const { bytes, usd } = this.measured(pending)
    const sum = roundedDollars(this.usd + usd)
    if (sum > this.#room) return false
    // One that is too long by itself is the API's to refuse.
    if (this.count > 0 && this.#bytes + bytes > mostBytes) return false
    this.members.add(pending.line.item_index)
    this.ranges.add(pending.line.item_index)
    this.count += 1
    this.#bytes += bytes
    this.usd = sum
    return true
  }

  measured(pending: Pending): { bytes: number; usd: number } {
    const { batches, budget, work } = this.#half
    const list = { provider: work.provider, own: work.run.workspace.prices }
    const usd = budget === null ? 0 : (worstCaseOf(pending.question, list, 'batch') ?? 0)
    return { bytes: batches.bytesOf(this.request(pending)), usd }
  }

  request({ line: { item_index }, fingerprint, again, question }: Pending): BatchedQuestion {
    const { prefix } = this.#half
    return { custom_id: customId(prefix, { item_index, attempt: this.number, again, fingerprint }), question }
  }

  /** All of them once more, from the plan, each time it is gone through: they are not held. */
  get requests(): AsyncIterable<BatchedQuestion> {
    return { [Symbol.asyncIterator]: () => this.#requests() }
  }

  async *#requests(): AsyncGenerator<BatchedQuestion> {
    const { work, chunk } = this.#half
    const wanted = (index: number) => this.members.has(index)
    const settle = () => Promise.reject(new Error('An item changed while its message batch was being sent.'))
    for await (const pending of pendingItems(work, chunk, { wanted, settle })) yield this.request(pending)
  }
}
