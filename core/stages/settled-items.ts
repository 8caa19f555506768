/** Counts the items of a chunk as they come to their end, and notices a failure that ends the step. */
import type { ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { KeptItem } from '../store.ts'
import { NumberSet } from '../text/number-set.ts'
import type { Turn } from './half-price/context.ts'
import type { ProcessTools } from './with-work.ts'

export class SettledItems {
  readonly done = { answered: 0, failed: 0 }
  /** Items that had their turn in this process. */
  readonly settled = new NumberSet()
  /** If the step stops on errors: the first one. */
  stopper: RunFailed | null = null
  readonly #tools: Pick<ProcessTools, 'ends'>
  readonly #step: ResolvedStep

  constructor(tools: Pick<ProcessTools, 'ends'>, step: ResolvedStep) {
    this.#tools = tools
    this.#step = step
  }

  readonly turn: Turn = async (line, act) => {
    const item = await telling(this.#tools, act())
    this.settled.add(line.item_index)
    if (item.line.state === 'answered') this.done.answered += 1
    else this.done.failed += 1
    if (item.line.state === 'answered' || !this.#step.stop_on_error || this.stopper !== null) return item
    this.stopper = stoppedBy(item, this.#step)
    this.#tools.ends?.(this.stopper)
    return item
  }

  get parts(): { turn: Turn; settled: NumberSet } {
    return { turn: this.turn, settled: this.settled }
  }
}

/** Tells others at once of what ends the work. */
export async function telling<T>({ ends }: Pick<ProcessTools, 'ends'>, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    ends?.(error)
    throw error
  }
}

export function stoppedBy({ line: { item_id, error } }: KeptItem, step: ResolvedStep): RunFailed {
  return new RunFailed(
    `Item ${item_id} failed in step ${step.step} (${step.prompt_name}), and batch_stop_on_error is set: ${error?.message}`,
  )
}
