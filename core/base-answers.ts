/** Finds the answers that a version takes over from its base. */
import { outOfArray } from './array-indent.ts'
import type { LedgerLine, ResolvedStep } from './documents.ts'
import { RunFailed } from './errors.ts'
import { Slices } from './slices.ts'
import { type KeptItems, type Store, stepFiles, type VersionRef } from './store.ts'
import { readRun, stepOf } from './version-documents.ts'

/** The collated output of a step in a base, which may have called it by another name. */
export async function baseOutput(store: Store, base: VersionRef, step: ResolvedStep): Promise<string> {
  const before = stepOf(await readRun(store, base), step.step)
  return stepFiles(base, before.step).collated(before.output_file)
}

/**
 * Cuts the base's answers out of its collated file. Forward but for items behind a single call, whose order may differ. What an
 * unfinished base kept after its ledger was written (on AWS a call may outlive its run) is not in that file, but in its work.
 */
export class BaseAnswers {
  readonly #store: Store
  readonly #base: VersionRef | null
  readonly #step: ResolvedStep
  #slices: Slices | null = null
  #cutTo = 0
  #kept: KeptItems | null = null

  constructor(store: Store, base: VersionRef | null, step: ResolvedStep) {
    this.#store = store
    this.#base = base
    this.#step = step
  }

  /** Null where the base has none, or none any more. */
  async answer(line: LedgerLine): Promise<string | null> {
    const { answer_bytes, item_id, state } = line
    if (answer_bytes === null) return state === 'answered' ? this.#keptAnswer(line) : null
    if (this.#base === null) throw new RunFailed(`The answer of ${item_id} is in no base.`)
    if (answer_bytes[0] < this.#cutTo) await this.#closeSlices()
    this.#slices ??= await this.#open(this.#base)
    this.#cutTo = answer_bytes[1]
    const text = (await this.#slices.take(...answer_bytes)).toString('utf8')
    return this.#step.batch_mode ? outOfArray(text) : text
  }

  async #open(base: VersionRef): Promise<Slices> {
    const path = await baseOutput(this.#store, base, this.#step)
    return new Slices(this.#store.read(path), path)
  }

  async #keptAnswer(line: LedgerLine): Promise<string | null> {
    if (this.#base === null) return null
    this.#kept ??= await this.#store.kept(this.#base, this.#step.step)
    return (await this.#kept.find(line))?.kept?.answer ?? null
  }

  async close(): Promise<void> {
    await Promise.all([this.#closeSlices(), this.#kept?.close()])
  }

  async #closeSlices(): Promise<void> {
    await this.#slices?.close()
    this.#slices = null
  }
}
