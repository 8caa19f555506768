/** What the process of a run writes into its entry of the index: which version it began, how far it is, how it ended. */

import type { StepState } from '../../api/documents.ts'
import type { Spending } from '../../core/documents.ts'
import { NothingToDo } from '../../core/errors.ts'
import { endOf } from '../../core/flow.ts'
import { nothingSpent, plus, spendingOf } from '../../core/money/spending.ts'
import type { Progress } from '../../core/run-events.ts'
import { type IndexedRun, type RunIndex, signOfLifeMs } from '../../stores/run-index.ts'

// Whoever looks sees counts that are at most this old.
const writeEveryMs = 500
const mostCharacters = 32_000

/** What was spent on a step before this run; a cost of null if it is not known. */
export type Earlier = (step: number) => Spending

export class RunRecord {
  readonly #index: RunIndex
  readonly #heart: NodeJS.Timeout
  #run: IndexedRun
  /** What was spent on each step before this run. */
  earlier: Earlier = () => nothingSpent
  #lastStep = 0
  #timer: NodeJS.Timeout | undefined

  constructor(index: RunIndex, run: IndexedRun) {
    this.#index = index
    this.#run = run
    this.#heart = setInterval(() => index.touch(run.run_id), signOfLifeMs).unref()
  }

  /**
   * Notes that it can be stopped from now on, and which pipeline it is about to write: by that its version is found if it is
   * killed just when it has begun it.
   */
  begin(pipeline: string | null): void {
    this.#run = { ...this.#run, hears: true, pipeline }
    this.#write()
  }

  readonly report = (event: Progress): void => {
    if (event.type === 'opened') {
      this.#run = { ...this.#run, pipeline: event.pipeline, version: event.version }
      this.#write()
    } else if (event.type === 'step') {
      const { step, steps, items, process, carry, skip } = event
      this.#lastStep = steps
      const counts = { step, items, process, carry, skip, answered: 0, failed: 0, ...this.earlier(step) }
      this.#run = { ...this.#run, steps: [...this.#run.steps, counts] }
      this.#write()
    } else if (event.type === 'step_done' && event.step === this.#lastStep) {
      this.#run = { ...this.#run, collated: true }
      this.#write()
    } else if (event.type === 'item') this.#count(event)
  }

  /** Writes down how the run ended: without an error it is completed. */
  end(error?: unknown): void {
    clearInterval(this.#heart)
    clearTimeout(this.#timer)
    this.#run = { ...this.#run, ended: endedBy(error, this.#run.version !== null) }
    this.#write()
  }

  #count({ state, spending }: Progress & { type: 'item' }): void {
    const last = this.#run.steps.at(-1)
    if (last === undefined) return
    this.#run = { ...this.#run, steps: [...this.#run.steps.slice(0, -1), counted(last, { state, spending })] }
    this.#timer ??= setTimeout(() => this.#write(), writeEveryMs).unref()
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      this.#index.write(this.#run)
    } catch {
      // A full disk: the run ends by what it cannot keep, not by what it cannot show. How it ended its version tells.
    }
  }
}

function counted(
  step: StepState,
  { state, spending }: { state: 'answered' | 'failed' | 'kept'; spending: Spending | null },
): StepState {
  const field = state === 'failed' ? 'failed' : 'answered'
  return { ...step, ...plus(step, spending ?? nothingSpent), [field]: step[field] + 1 }
}

/** As AWS tells it: an error before a version has begun is a refusal. */
function endedBy(error: unknown, begun: boolean): IndexedRun['ended'] {
  if (error === undefined) return { status: 'completed', error: null }
  if (error instanceof NothingToDo) return { status: 'nothing_to_do', error: null }
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const status = endOf(name) === 'failed' && !begun ? 'refused' : endOf(name)
  return { status, error: { name, message: message.slice(0, mostCharacters) } }
}

/** What the resumed version has cost so far. If a killed process left its sums open, the cost is not known. */
export function earlierOf(steps: readonly (Spending & { step: number })[] | undefined): Earlier {
  return (number) => {
    if (steps === undefined) return { ...nothingSpent, cost_usd: null }
    const before = steps.find(({ step }) => step === number)
    return before === undefined ? nothingSpent : spendingOf(before)
  }
}
