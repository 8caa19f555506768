/** Counts what a plan does with each item, and gathers what a person should know of it. */

import type { PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { Template } from '../templates/template.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { hasChanged } from './plan-lines.ts'

export interface Planned {
  step: number
  items: number
  process: number
  carry: number
  skip: number
  /** Edited answers that are put in place; nothing is asked for them. Absent if there are none. */
  edit?: number
  chunks: number
  /** Warnings for a person: items left where they are, filters that match nothing. */
  warnings: string[]
}

/** Counts a plan and notices what a person should know of it. */
export class Tally {
  readonly #step: ResolvedStep
  readonly #run: Pick<RunDocument, 'base_version'>
  readonly #template: Template
  readonly #gone: string[] = []
  readonly #unnamed: Set<string>
  /** Ids of a step with filters, to name the nearest to an unknown one. */
  readonly #seen = new Set<string>()
  /** How many items there are of each decision. */
  readonly counts = { process: 0, carry: 0, skip: 0 }
  #edits = 0
  #oldFingerprints = 0
  readonly #told: string[] = []

  constructor(step: ResolvedStep, run: Pick<RunDocument, 'base_version'>, template: Template) {
    this.#step = step
    this.#run = run
    this.#template = template
    this.#unnamed = new Set([...(step.only_items ?? []), ...step.skip_items])
  }

  add(line: PlanLine): void {
    if (line.edit === undefined) this.counts[line.decision] += 1
    else this.#edits += 1
    if (this.#unnamed.size > 0) this.#seen.add(line.item_id)
    this.#unnamed.delete(line.item_id)
    this.#unnamed.delete(line.root_id)
    if (line.item === null && line.base !== null && this.#step.input.from === 'file') this.#gone.push(line.item_id)
    if (
      line.reason === 'existing' &&
      line.base?.edited_by === undefined &&
      hasChanged({ step: this.#step, template: this.#template }, line)
    )
      this.#oldFingerprints += 1
  }

  /** Counts items of which nothing is to be told. */
  addCarried(count: number): void {
    this.counts.carry += count
  }

  /** Adds a sentence to what a person should know. */
  warn(text: string): void {
    this.#told.push(text)
  }

  /** Sentences about filters of a step that reads a file which name items it does not have. */
  unknownFilters(): string[] {
    const { step, input, only_items } = this.#step
    if (input.from !== 'file') return []
    return [...this.#unnamed].map((id) => {
      const filter = only_items?.includes(id) ? 'batch_only_items (--only)' : 'batch_skip_items (--skip)'
      return `Step ${step}: ${filter} names ${id}, but the input has no such item.${didYouMean(id, this.#seen)}`
    })
  }

  /** Throws RunFailed if no item that reached a later step is in its batch_only_items, as far as the ids are known. */
  planned(chunks: number, { idsKnown = true }: { idsKnown?: boolean } = {}): Planned {
    const { process, carry, skip } = this.counts
    const { step, only_items, input } = this.#step
    const edit = this.#edits
    if (idsKnown && input.from === 'step' && only_items !== null && skip > 0 && process + carry + edit === 0) {
      throw new RunFailed(
        `Step ${step} takes only ${someOf(only_items)} (batch_only_items), but none of them came to it. Correct the ids and start a new run; \`batch_skip_existing\` keeps the answers of the steps before.`,
      )
    }
    const counted = { step, items: process + carry + skip + edit, process, carry, skip, ...(edit > 0 && { edit }) }
    return { ...counted, chunks, warnings: this.#warnings(idsKnown) }
  }

  #warnings(idsKnown: boolean): string[] {
    const { step, prompt_name, input } = this.#step
    const found = [...this.#told]
    if (this.#gone.length > 0) {
      found.push(
        `The input no longer has ${someOf(this.#gone)} (step ${step}). What ${this.#run.base_version} has of them stays.`,
      )
    }
    if (this.#oldFingerprints > 0) {
      found.push(
        `${this.#oldFingerprints} of the answers kept in step ${step} (${prompt_name}) were made from another prompt or other settings than today's. \`itemwise rerun --changed\` asks for them again.`,
      )
    }
    // In the first step `open` has refused unknown ids.
    if (idsKnown && input.from === 'step' && this.#unnamed.size > 0) {
      found.push(
        `Step ${step} (${prompt_name}) filters by ${someOf([...this.#unnamed])}, but no such items came to it.`,
      )
    }
    return found
  }
}
