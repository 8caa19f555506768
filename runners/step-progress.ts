/** Turns counts that are looked at now and then into the events of a run that is seen from inside. */
import type { RunDocument, Stats } from '../core/documents.ts'
import { spendingOf } from '../core/money/spending.ts'
import type { Report } from '../core/run-events.ts'
import type { RunProgress, StepProgress } from '../stores/s3-dynamodb.ts'

export class StepEvents {
  readonly #report: Report
  readonly #run: RunDocument
  /** Counts of an earlier run of the same version, which stand until a step is planned anew. */
  readonly #old: Map<number, string>
  #current: StepProgress | null = null
  #told = ''

  /** `before`: what was seen first, if an earlier run began the version. */
  constructor(report: Report, run: RunDocument, before: RunProgress | undefined) {
    this.#report = report
    this.#run = run
    this.#old = new Map(before?.steps.map((step) => [step.step, JSON.stringify(step)]))
  }

  /** Tells what has changed since the last look. */
  look({ steps }: RunProgress): void {
    const fresh = steps.findLastIndex((step) => this.#old.get(step.step) !== JSON.stringify(step))
    for (const step of steps.slice(0, fresh + 1)) this.#see(step)
  }

  #see(step: StepProgress): void {
    const current = this.#current?.step ?? 0
    if (step.step < current) return
    if (step.step > current) this.#begin(step)
    this.#current = step
    const told = JSON.stringify(step)
    if (told === this.#told) return
    this.#told = told
    const { answered, failed, kept } = step
    this.#report({ type: 'counts', step: step.step, answered, failed, kept, spending: spendingOf(step) })
  }

  #begin({ step, items, process, carry, skip }: StepProgress): void {
    this.#finish()
    const { prompt_name, model } = this.#run.steps[step - 1] ?? { prompt_name: '', model: '' }
    const steps = this.#run.steps.length
    this.#report({ type: 'step', step, steps, prompt_name, model, items, process, carry, skip })
  }

  /** The last look at a step may have been before its last answers: when its successor begins, it has all of them. */
  #finish(): void {
    if (this.#current === null) return
    const { step, answered, failed, kept } = this.#current
    this.#report({ type: 'step_done', step, answered: answered + kept, failed })
    this.#current = null
  }

  /** Tells the rest of a completed version: its stats are the final counts. */
  complete(stats: Stats): void {
    for (const { step, items, processed, carried_over, skipped, failed, ...spent } of stats.steps) {
      if (step < (this.#current?.step ?? 0)) continue
      const kept = this.#current?.step === step ? this.#current.kept : 0
      const own = { answered: Math.max(0, processed - failed - kept), failed: Math.min(failed, processed), kept }
      this.#see({ step, items, process: processed, carry: carried_over, skip: skipped, ...own, ...spendingOf(spent) })
    }
    this.#finish()
  }
}
