/** Counts a version from its ledgers: the final numbers, whatever the display showed. */

import type { LedgerLine, ResolvedStep, RunDocument, Stats, StepStats } from '../documents.ts'
import { nothingSpent, plus, spendingOf } from '../money/spending.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { NumberSet } from '../text/number-set.ts'
import { basePieces, isAsked } from './ledger.ts'
import type { Block } from './ledger-index.ts'
import { carriedLine } from './plain-line.ts'
import { isCarried, provenLine } from './read-proven-blocks.ts'
import { readOddities } from './step-oddities.ts'
import { isBeside } from './suggestions.ts'
import { rootStep } from './version-documents.ts'

/**
 * The stats of all steps that have a ledger. Items of the whole run are counted by the item they descend from. `linesOf`: the
 * lines of a step, if they are not those of its ledger; then nothing is said of the size of its file.
 */
export async function statsOf(
  store: Store,
  ref: VersionRef,
  run: RunDocument,
  linesOf?: (step: ResolvedStep) => AsyncIterable<LedgerLine>,
): Promise<Stats> {
  const roots = new RootCount(run.steps)
  const steps: StepStats[] = []
  for (const step of run.steps) {
    const counted: StepStats & { answers: number } = {
      step: step.step,
      prompt_name: step.prompt_name,
      model: step.model,
      template_sha256: step.template_sha256,
      ...noItems,
      answers: 0,
      ...nothingSpent,
    }
    let end = 0
    const add = (line: LedgerLine) => {
      countLine(counted, line)
      roots.add(step, line)
      end = line.answer_bytes?.[1] ?? end
    }
    // What a whole block of carried items comes to stands in the index.
    const passes = (block: Block) => {
      if (!isCarried(block)) return false
      countCarried(counted, block.lines)
      roots.addCarried(step, block.items)
      end = block.answers[1]
      return true
    }
    for await (const piece of linesOf?.(step) ?? basePieces(store, ref, { step: step.step, passes })) {
      if ('texts' in piece) {
        for (const text of piece.texts) {
          const carried = carriedLine(text)
          if (carried === undefined) add(provenLine(text))
          else {
            countCarried(counted, 1)
            roots.addCarried(step, [carried.item_index, carried.item_index])
            end = carried.end
          }
        }
      } else add(piece)
    }
    // Only a step that the version reached has the file.
    if (linesOf === undefined && (await store.size(stepFiles(ref, step.step).ledger)) !== undefined) {
      counted.output_bytes = collatedBytes(step, end)
      const oddities = await readOddities(store, ref, step.step)
      if (oddities.length > 0) counted.oddities = oddities
    }
    steps.push(counted)
  }
  const spent = steps.map(spendingOf).reduce(plus, nothingSpent)
  const byBatch = steps.reduce((sum, { by_batch = 0 }) => sum + by_batch, 0)
  return { ...roots.counts(), ...spent, ...(byBatch > 0 && { by_batch: byBatch }), steps }
}

/** The size of a collated file whose last answer ends there: it closes the array, or the line. */
function collatedBytes({ batch_mode }: ResolvedStep, end: number): number {
  if (!batch_mode) return end + 1
  return end === 0 ? '[]\n'.length : end + '\n]\n'.length
}

const noItems = { items: 0, processed: 0, carried_over: 0, skipped: 0, failed: 0 }

function countLine(counted: StepStats & { answers: number }, line: LedgerLine): void {
  counted.items += 1
  if (isAsked(line)) counted.processed += 1
  else if (line.decision !== 'skip') counted.carried_over += 1
  if (line.edited_by !== undefined && line.answer_bytes !== null) counted.edited = (counted.edited ?? 0) + 1
  if (isBeside(line) && line.suggestion?.error === null) counted.suggested = (counted.suggested ?? 0) + 1
  if (line.state === 'skipped') counted.skipped += 1
  if (line.state === 'failed') countFailure(counted, line.error?.kind)
  if (line.answer_bytes !== null) counted.answers += 1
  if (line.delivery === 'batch') {
    counted.by_batch = (counted.by_batch ?? 0) + 1
    counted.spent_by_batch = plus(counted.spent_by_batch ?? nothingSpent, spendingOf(line))
  }
  Object.assign(counted, plus(spendingOf(counted), spendingOf(line)))
}

/** The same of items that were carried over with their answers. */
function countCarried(counted: StepStats & { answers: number }, items: number): void {
  counted.items += items
  counted.carried_over += items
  counted.answers += items
}

function countFailure(counted: StepStats, kind: string | undefined): void {
  counted.failed += 1
  if (kind === undefined) return
  counted.failed_by_kind ??= {}
  counted.failed_by_kind[kind] = (counted.failed_by_kind[kind] ?? 0) + 1
}

/** Distinct root items: those that any step processed, those that failed in any step. */
class RootCount {
  readonly #steps: ResolvedStep[]
  /** Steps whose items are the run's items: those that read a file, else those after a single call, else the single calls. */
  readonly #counted: Set<number>
  readonly #all = new RootSet()
  readonly #processed = new RootSet()
  readonly #failed = new RootSet()
  readonly #skipped = new RootSet()

  constructor(steps: ResolvedStep[]) {
    this.#steps = steps
    const batch = steps.filter((step) => step.batch_mode)
    const rooted = batch.filter((step) => rootStep(steps, step) !== undefined)
    const counted = rooted.length > 0 ? rooted : batch.length > 0 ? batch : steps
    this.#counted = new Set(counted.map((step) => step.step))
  }

  add(step: ResolvedStep, line: Pick<LedgerLine, 'item_index' | 'decision' | 'reason' | 'state'>): void {
    const key = [this.#rootOf(step), line.item_index] as const
    // This includes a single call or an item after it: a run with a failure must not look complete.
    if (line.state === 'failed') this.#failed.add(...key)
    if (!this.#counted.has(step.step)) return
    this.#all.add(...key)
    if (isAsked(line)) this.#processed.add(...key)
    if (line.state === 'skipped') this.#skipped.add(...key)
  }

  /** The same of items that were carried over with their answers, from one position to another. */
  addCarried(step: ResolvedStep, [from, to]: Block['items']): void {
    if (!this.#counted.has(step.step)) return
    const root = this.#rootOf(step)
    for (let item_index = from; item_index <= to; item_index++) this.#all.add(root, item_index)
  }

  /** Items descend from the last step at which they did not come from a batch step. */
  #rootOf(step: ResolvedStep): number {
    if (step.input.from === 'file') return step.step
    const before = this.#steps[step.input.step - 1]
    return before?.batch_mode && step.batch_mode ? this.#rootOf(before) : step.step
  }

  counts() {
    const items = this.#all.size
    const processed = this.#processed.size
    const skipped = this.#skipped.without(this.#processed)
    return { items, processed, carried_over: items - processed - skipped, skipped, failed: this.#failed.size }
  }
}

/** Root items, by the step that read them and their position. */
class RootSet {
  readonly #bySteps = new Map<number, NumberSet>()

  add(step: number, item_index: number): void {
    const items = this.#bySteps.get(step) ?? new NumberSet()
    this.#bySteps.set(step, items)
    items.add(item_index)
  }

  get size(): number {
    return [...this.#bySteps.values()].reduce((sum, { size }) => sum + size, 0)
  }

  without(other: RootSet): number {
    const none = new NumberSet()
    return [...this.#bySteps].reduce((sum, [step, items]) => sum + items.without(other.#bySteps.get(step) ?? none), 0)
  }
}
