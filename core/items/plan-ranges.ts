/**
 * The plan of a rerun that takes few items of a file: what it carries over is compared with the input by its id alone, and comes as ranges.
 * A block whose ids are those of the next rows, by their checksum in the base's index, is not even read. The lines are those of `planLines`,
 * folded.
 */
import type { LedgerLine, PlanLine, ResolvedStep } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { usesRoot } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { Segments } from '../text/ids.ts'
import type { Json } from '../text/json.ts'
import { CarriedFold, type PlanRange } from '../versions/carried-range.ts'
import { bytesAt } from '../versions/index-head.ts'
import { baseLines, basePieces } from '../versions/ledger.ts'
import { type Block, idsSum } from '../versions/ledger-index.ts'
import { answeredItem } from '../versions/plain-line.ts'
import { type ProvenLines, provenLine } from '../versions/read-proven-blocks.ts'
import { candidateOnBase, newCandidate } from './candidates.ts'
import { type FileItem, fileItemBatches, ItemFinder } from './file-items.ts'
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
  /** What came of blocks that were not read, until it is yielded. */
  #made: (PlanLine | PlanRange)[] = []
  /** The last of these blocks whose numbers go on, as long as nobody asked for them. */
  #unread: Block | null = null

  constructor(view: RangeView, maker: LineMaker) {
    this.#view = view
    this.#maker = maker
    this.#rows = new ItemFinder(fileItemBatches(view.read, view.step))
    this.#fold = new CarriedFold(view.base)
  }

  async *lines(): AsyncGenerator<PlanLine | PlanRange> {
    const { store, base, step } = this.#view
    try {
      const passes = (block: Block) => this.#isAsInInput(block)
      for await (const piece of basePieces(store, base, { step: step.step, passes })) {
        yield* this.#taken()
        await this.#catchUp()
        if ('texts' in piece) yield* this.#block(piece)
        else yield* await this.#known(piece, await this.#rows.find(piece.item_id))
      }
      yield* this.#taken()
      await this.#catchUp()
      yield* this.#rest()
      yield* this.#fold.end()
    } finally {
      await Promise.all([this.#rows.close(), this.#maker.close()])
    }
  }

  /** Whether the next rows are the items of a block and all of them are carried over; then they are taken. */
  async #isAsInInput({ lines, items, about, ...block }: Block): Promise<boolean> {
    const isInRow = items[1] - items[0] + 1 === lines
    if (!isInRow || about === null || about.ids_sha256 === null) return false
    const hasOutputId = about.numbered === lines
    if (!hasOutputId && about.numbered > 0) return false
    const rows = await this.#rows.lookAhead(lines)
    if (rows?.length !== lines) return false
    const reasons = rows.map(({ id }) => this.#maker.carries({ item_id: id, hasOutputId }))
    if (reasons.includes(null) || idsSum(rows.map(({ id }) => id)) !== about.ids_sha256) return false
    this.#rows.take(lines)
    for (const [nth, { item }] of rows.entries()) {
      this.#view.onCarried?.(item)
      this.#made.push(...this.#fold.addAnswered(items[0] + nth, reasons[nth]!))
    }
    if (hasOutputId) this.#unread = { ...block, lines, items, about }
    return true
  }

  #taken(): (PlanLine | PlanRange)[] {
    const made = this.#made
    this.#made = []
    return made
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

  /** Takes note of the numbers of what was not read. */
  async #catchUp(): Promise<void> {
    if (this.#unread === null || this.#view.step.output_id_field === null) return
    const { store, base, step } = this.#view
    const bytes = await bytesAt(store, stepFiles(base, step.step).ledger, this.#unread.ledger)
    this.#unread = null
    const last = bytes?.toString('utf8').trimEnd().split('\n').at(-1)
    if (last !== undefined) this.#pass(last)
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
