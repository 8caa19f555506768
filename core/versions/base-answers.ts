/** Finds the answers that a version takes over from its base. */
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { KeptItems, Store, VersionRef } from '../store.ts'
import { type AnswerPlace, answerPlace, StepAnswers } from './step-answers.ts'
import { isBeside } from './suggestions.ts'
import { readRun, stepOf } from './version-documents.ts'

/**
 * Reads the base's answers. Forward but for items behind a single call, whose order may differ. What an
 * unfinished base kept after its ledger was written (on AWS a call may outlive its run) is not in its collated file, but in its work.
 */
export class BaseAnswers {
  readonly #store: Store
  readonly #base: VersionRef | null
  readonly #step: ResolvedStep
  #answers: StepAnswers | null = null
  #kept: KeptItems | null = null

  constructor(store: Store, base: VersionRef | null, step: ResolvedStep) {
    this.#store = store
    this.#base = base
    this.#step = step
  }

  /** Null if the base has none, or no longer has it. Throws RunFailed if the base's answer differs from what was written. */
  async answer(line: LedgerLine): Promise<string | null> {
    const { answer_bytes, item_id, state } = line
    if (answer_bytes === null) return state === 'answered' ? this.#keptAnswer(line) : null
    if (this.#base === null) throw new RunFailed(`The answer of ${item_id} is in no base.`)
    this.#answers ??= new StepAnswers(this.#store, (await this.place())!)
    return this.#answers.answer(line)
  }

  /** Where the base's answers are; null if there is no base. There, the step's output may have another name. */
  async place(): Promise<AnswerPlace | null> {
    if (this.#base === null) return null
    return answerPlace(this.#base, stepOf(await readRun(this.#store, this.#base), this.#step.step))
  }

  async #keptAnswer(line: LedgerLine): Promise<string | null> {
    // What is kept beside an answer is not that answer.
    if (this.#base === null || isBeside(line)) return null
    this.#kept ??= await this.#store.kept(this.#base, this.#step.step)
    return (await this.#kept.find(line))?.kept?.answer ?? null
  }

  async close(): Promise<void> {
    await Promise.all([this.#answers?.close(), this.#kept?.close()])
  }
}
