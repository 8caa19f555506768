/** An answer that goes on: server-sent events, until there are no more or nobody listens. */
import type { Context } from 'hono'
import { jsonText } from '../core/text/json.ts'

export interface StreamedEvent {
  name: string
  data: unknown
}

/** A line that clients skip: through it, a connection that is gone is noticed, and one that is there stays. */
const stillThere = ': \n\n'

export class EventStream {
  readonly #events: AsyncIterable<StreamedEvent | null>

  /** Null stands for nothing new in a while. */
  constructor(events: AsyncIterable<StreamedEvent | null>) {
    this.#events = events
  }

  answer(c: Context): Response {
    return c.body(ReadableStream.from(textsOf(this.#events)), 200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
    })
  }
}

async function* textsOf(events: AsyncIterable<StreamedEvent | null>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const event of events)
    yield encoder.encode(event === null ? stillThere : `event: ${event.name}\ndata: ${jsonText(event.data)}\n\n`)
}
