/**
 * The plan of a rerun that takes few items of a file: what it carries over is compared with the input by its id alone, and comes as ranges.
 * The lines are those of `planLines`, folded.
 */
import type { LedgerLine, PlanLine, ResolvedStep } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { usesRoot } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { Segments } from '../text/ids.ts'
import type { Json } from '../text/json.ts'
import { CarriedFold, type PlanRange } from '../versions/carried-range.ts'
import { baseLines, basePieces } from '../versions/ledger.ts'
import { answeredItem } from '../versions/plain-line.ts'
import { type ProvenLines, provenLine } from '../versions/read-proven-blocks.ts'
import { candidateOnBase, newCandidate } from './candidates.ts'
import { type FileItem, fileItems, ItemFinder } from './file-items.ts'
import { LineMaker, type StepView } from './plan-lines.ts'

/**
 * Whether the items that a rerun carries over may stand in the plan as ranges: nothing of the run needs their content, and the base is
 * whole, so its ledger is all that is known of them. `later`: the templates of the steps behind this one.
 */
export async function canFold(
  store: Store,
  base: VersionRef,
  { run, step, later }: { run: StepView['run']; step: ResolvedStep; later: readonly Template[] },
): Promise<boolean> {
  if ((run.mode !== 'rerun' && run.mode !== 'edit') || !step.batch_mode) return false
  if (step.only_items !== null || step.skip_items.length > 0 || step.where !== undefined) return false
  return !later.some(usesRoot) && (await store.size(stepFiles(base, step.step).plan)) === undefined
}

export interface RangeView extends StepView {
  base: VersionRef
  /** Called with the content of each item that is carried over. */
  onCarried?: ((item: Json) => void) | undefined
}

/** The plan of a step that reads a file, on a base that finished. Throws RunFailed if ids are missing or repeated. */
export async function* planRanges(view: RangeView): AsyncGenerator<PlanLine | PlanRange> {
  yield* new RangePlan(view, await LineMaker.of(view)).lines()
}

class RangePlan {
  readonly #view: RangeView
  readonly #maker: LineMaker
  readonly #rows: ItemFinder
  readonly #fold: CarriedFold

  constructor(view: RangeView, maker: LineMaker) {
    this.#view = view
    this.#maker = maker
    this.#rows = new ItemFinder(fileItems(view.read, view.step))
    this.#fold = new CarriedFold(view.base)
  }

  async *lines(): AsyncGenerator<PlanLine | PlanRange> {
    const { store, base, step } = this.#view
    try {
      for await (const piece of basePieces(store, base, { step: step.step })) {
        if ('texts' in piece) yield* this.#block(piece)
        else yield* await this.#known(piece, await this.#rows.find(piece.item_id))
      }
      yield* this.#rest()
      yield* this.#fold.end()
    } finally {
      await Promise.all([this.#rows.close(), this.#maker.close()])
    }
  }

  async *#block({ texts }: ProvenLines): AsyncGenerator<PlanLine | PlanRange> {
    let passed: string | null = null
    for (const text of texts) {
      const written = answeredItem(text)
      const line = written === undefined ? provenLine(text) : null
      const row = await this.#rows.find(written?.item_id ?? line!.item_id)
      const reason = written === undefined || row === undefined ? null : this.#maker.carries(written)
      if (reason === null) {
        this.#pass(passed)
        passed = null
        yield* await this.#known(line ?? provenLine(text), row)
      } else {
        passed = text
        this.#view.onCarried?.(row!.item)
        const out = this.#fold.addAnswered(written!.item_index, reason)
        if (out.length > 0) yield* out
      }
    }
    this.#pass(passed)
  }

  #pass(text: string | null): void {
    if (text !== null) this.#maker.pass(provenLine(text))
  }

  async #known(base: LedgerLine, row: FileItem | undefined): Promise<(PlanLine | PlanRange)[]> {
    return this.#fold.add(await this.#maker.line(candidateOnBase(base, row)))
  }

  /** What the base does not know. */
  async *#rest(): AsyncGenerator<PlanLine | PlanRange> {
    let segments: Segments | null = null
    let index = this.#view.step.next_index ?? 1
    for await (const row of this.#rows.rest()) {
      if (!this.#maker.takesNew(row.id)) continue
      segments ??= await this.#segmentsOfBase()
      yield* this.#fold.add(await this.#maker.line(newCandidate(row, index, segments)))
      index += 1
    }
  }

  async #segmentsOfBase(): Promise<Segments> {
    const { store, base, step } = this.#view
    const segments = new Segments()
    for await (const { segment } of baseLines(store, base, step.step)) segments.inherit(segment)
    return segments
  }
}
