/** Message batches of the stand-in: they are there at once, and as long as this process is. */
import type { BatchedQuestion, BatchResult, MessageBatch, MessageBatches } from '../../core/message-batches.ts'
import type { AskOptions, Question, Reply } from '../../core/model.ts'

type Ask = (question: Question, options: Pick<AskOptions, 'signal'>) => Promise<Reply>

/** As the API's, so that a run is cut into batches where a real one would be. */
const most = { requests: 100_000, bytes: 256_000_000 }

export class StandInBatches implements MessageBatches {
  readonly most = most
  readonly #ask: Ask
  readonly #sent = new Map<string, { batch: MessageBatch; requests: BatchedQuestion[] }>()

  constructor(ask: Ask) {
    this.#ask = ask
  }

  bytesOf({ custom_id, question }: BatchedQuestion): number {
    return Buffer.byteLength(JSON.stringify({ custom_id, question }))
  }

  async create(given: AsyncIterable<BatchedQuestion>, signal: AbortSignal): Promise<MessageBatch> {
    const requests = await Array.fromAsync(given)
    signal.throwIfAborted()
    const batch = { ...ended(`stand-in-${process.pid}-${this.#sent.size + 1}`), requests: requests.length }
    this.#sent.set(batch.id, { batch, requests })
    return batch
  }

  /** One of another process has ended too, and nothing came of it. */
  async look(id: string): Promise<MessageBatch> {
    return this.#sent.get(id)?.batch ?? ended(id)
  }

  cancel(id: string): Promise<MessageBatch> {
    return this.look(id)
  }

  async *list(): AsyncGenerator<MessageBatch> {
    yield* [...this.#sent.values()].map(({ batch }) => batch).reverse()
  }

  async *results({ id }: { id: string }, signal: AbortSignal): AsyncGenerator<BatchResult> {
    for (const { custom_id, question } of this.#sent.get(id)?.requests ?? []) {
      const reply = await this.#ask(question, { signal })
      yield {
        custom_id,
        outcome: 'succeeded',
        reply: { ...reply, delivery: 'batch', request_id: `${id}/${custom_id}` },
      }
    }
  }
}

function ended(id: string): MessageBatch {
  const now = new Date()
  const [created_at, expires_at] = [now.toISOString(), new Date(now.getTime() + 86_400_000).toISOString()]
  return { id, status: 'ended', hasEnded: true, requests: 0, created_at, expires_at }
}
