/** A workspace, the loopback API with its message batches, and runs in this process on a clock that only waiting moves. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Spending } from '../../core/documents.ts'
import { nothingSpent, plus, spendingOf } from '../../core/money/spending.ts'
import type { RerunRequest } from '../../core/request/start.ts'
import type { Progress } from '../../core/run-events.ts'
import { LiveModel } from '../../models/claude/live.ts'
import type { RunResult } from '../../runners/local.ts'
import { runStart, type StartTools } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import type { AnthropicServerOptions, BatchBehaviour } from '../anthropic-server.ts'
import { billed, billedInBatches, sum } from './billed.ts'
import { Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

export class HalfPriceStory implements AsyncDisposable {
  readonly story: Story
  readonly clock: MovedClock
  /** What the runs said, each a message. */
  readonly said: string[] = []
  /** Calls before each wait, to do something in the middle. */
  onWait: (waited: number) => void = () => {}
  #waits = 0

  constructor(story: Story, clock: MovedClock) {
    this.story = story
    this.clock = clock
  }

  static async begin(
    items: number,
    {
      steps = [step1],
      request = {},
      files = {},
      ...options
    }: AnthropicServerOptions & { steps?: object[]; request?: object; files?: Record<string, unknown> } = {},
  ): Promise<HalfPriceStory> {
    const clock = new MovedClock()
    const batches: Partial<BatchBehaviour> = { clock, takesMs: 600_000, ...options.batches }
    const all = { ...wordFiles(items, steps, { delivery: 'batch', ...request }), ...files }
    return new HalfPriceStory(await Story.begin(all, { ...options, batches }), clock)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.story[Symbol.asyncDispose]()
  }

  get batches() {
    return this.story.server.batches
  }

  /** What a new process would have. */
  tools(more: Partial<StartTools> = {}): StartTools {
    const { key, url } = this.story.server
    return {
      store: new FolderStore(this.story.root),
      model: new LiveModel({ apiKey: key, baseURL: url }),
      report: this.#hear,
      now: this.clock.now,
      monotonic: this.clock.monotonic,
      sleep: async (ms) => {
        this.onWait(++this.#waits)
        await nextTurn()
        this.clock.move(ms)
      },
      ...more,
    }
  }

  readonly #hear = (event: Progress) => {
    if (event.type === 'message') this.said.push(event.text)
  }

  run(more: Partial<StartTools> = {}): Promise<RunResult> {
    return runStart(this.tools(more), { kind: 'run', request: this.story.json('pipelines/words.json') })
  }

  resume(more: Partial<StartTools> = {}, max_cost_usd?: number): Promise<RunResult> {
    return runStart(this.tools(more), { kind: 'resume', resume: { pipeline: 'words', max_cost_usd } })
  }

  rerun(request: Partial<RerunRequest>, more: Partial<StartTools> = {}): Promise<RunResult> {
    const usual = { pipeline: 'words', ids: null, failed: false, changed: false, base: 'latest' }
    return runStart(this.tools(more), { kind: 'rerun', rerun: { ...usual, ...request } })
  }

  /** What the server billed: live calls in full, those of batches at half the price. */
  billed(): Spending {
    const live = this.story.sent.filter(({ usage, path }) => usage !== undefined && path === '/v1/messages').map(billed)
    const half = billedInBatches(this.batches.billed)
    return [...live, ...half].reduce(plus, nothingSpent)
  }

  /** The books of a version and the bill of the API, which must be the same; what was saved is known to us alone. */
  books(version = 'words/v0', steps = 1): { ledger: Spending; record: Spending; billed: Spending } {
    const lines = Array.from({ length: steps }, (_, at) => this.story.ledger(version, at + 1)).flat()
    return { ledger: unsaved(sum(lines)), record: unsaved(this.story.metadata(version).stats), billed: this.billed() }
  }

  /** Prompts that were answered, live or in a batch, each up to its full stop; one that was answered twice is there twice. */
  answeredPrompts(): string[] {
    const live = this.story.sent.filter(({ usage }) => usage !== undefined).map(({ body }) => body)
    return [...live, ...this.batches.billed.map(({ params }) => params)]
      .map(({ messages }) => textOf(messages[0]?.content ?? '').split(/[.:]/, 1)[0] ?? '')
      .sort()
  }
}

function unsaved(spending: Spending): Spending {
  const { batch_saved_usd: _, ...rest } = spendingOf(spending)
  return rest
}

function textOf(content: string | { text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}

/** A clock that goes as the machine's does and is moved ahead. */
export class MovedClock {
  #ahead = 0

  readonly now = () => Date.now() + this.#ahead
  readonly monotonic = () => performance.timeOrigin + performance.now() + this.#ahead

  move(ms: number): void {
    this.#ahead += ms
  }
}
