/** Hands the events of a run on: to a function, to loops, and to those who wait for the next answer. */
import type { Progress, Report } from '../core/run-events.ts'

type Opened = Extract<Progress, { type: 'opened' }>

export class RunEvents {
  readonly #onProgress: Report
  readonly #lookEveryMs: number
  /** What a loop that begins later is still told: all but the single items, of which there may be a million. */
  readonly #past: Progress[] = []
  readonly #loops = new Set<(event: Progress) => void>()
  #next = Promise.withResolvers<void>()
  readonly #opened = Promise.withResolvers<Opened>()
  #ended = false

  /** `lookEveryMs`: kept answers are not looked for more often; an answer may lie there unseen for so long. */
  constructor({ onProgress = () => {}, lookEveryMs }: { onProgress?: Report | undefined; lookEveryMs: number }) {
    this.#onProgress = onProgress
    this.#lookEveryMs = lookEveryMs
  }

  /** Resolves when the version exists. */
  get opened(): Promise<Opened> {
    return this.#opened.promise
  }

  get ended(): boolean {
    return this.#ended
  }

  readonly report: Report = (event) => {
    if (!isOfItem(event)) this.#past.push(event)
    if (event.type === 'opened') this.#opened.resolve(event)
    for (const tell of this.#loops) tell(event)
    this.#wake()
    this.#onProgress(event)
  }

  /** The run has ended, well or not. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Resolves when the run has ended. */
  async over(): Promise<void> {
    while (!this.#ended) await this.#next.promise
  }

  /** Whether the step has been planned. Waits until it is, or until the run has ended. */
  async planned(step: number): Promise<boolean> {
    const isPlanned = () => this.#past.some((event) => event.type === 'step' && event.step === step)
    while (!isPlanned() && !this.#ended) await this.#next.promise
    return isPlanned()
  }

  /** Says when to look for kept answers again: true after the next event, false when the run had ended before the look before. */
  looking(): () => Promise<boolean> {
    let next = this.#next.promise
    let wasOver = false
    return async () => {
      if (wasOver) return false
      await next
      if (!this.#ended) await new Promise((resolve) => setTimeout(resolve, this.#lookEveryMs))
      wasOver = this.#ended
      next = this.#next.promise
      return true
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Progress> {
    const waiting = [...this.#past]
    const tell = (event: Progress) => void waiting.push(event)
    this.#loops.add(tell)
    try {
      for (;;) {
        const next = this.#next.promise
        yield* waiting.splice(0)
        if (waiting.length > 0) continue
        if (this.#ended) return
        await next
      }
    } finally {
      this.#loops.delete(tell)
    }
  }

  #wake(): void {
    const { resolve } = this.#next
    this.#next = Promise.withResolvers()
    resolve()
  }
}

function isOfItem({ type }: Progress): boolean {
  return type === 'item' || type === 'spent' || type === 'retry' || type === 'counts'
}
