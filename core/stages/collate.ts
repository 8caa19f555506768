/**
 * Stage `collate`: streams the base's and the new answers of a step into one array in input order, with the ledger and the errors.
 * Every planned item must be accounted for: answered + failed + skipped = items.
 * Long, since the array, the ledger and the errors are written in one pass.
 */

import type { ErrorRow, LedgerLine, PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { type FailureKind, PartsMissing, RunFailed } from '../errors.ts'
import { plus, spendingOf } from '../money/spending.ts'
import { type KeptItems, type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'
import { someOf } from '../text/nearest.ts'
import { BaseAnswers } from '../versions/base-answers.ts'
import { type CarriedBlock, CarriedBlocks } from '../versions/carried-blocks.ts'
import { type PlanRange, RangeItems } from '../versions/carried-range.ts'
import { bareLine } from '../versions/ledger.ts'
import { parsePlanText, planItems } from '../versions/planned-items.ts'
import type { ItemTexts } from '../versions/step-packs.ts'
import { isBeside, ofEdit, withSuggestion } from '../versions/suggestions.ts'
import { baseOf, readRun, stepOf } from '../versions/version-documents.ts'
import { type Collated, type Entry, writeStep } from './collation.ts'

export interface CollateOptions {
  step: number
  /** Collates a step that did not finish: items without an answer or a failure are left out. */
  partial?: boolean
}

/** Collates one step. Throws PartsMissing if planned items have neither an answer nor a failure. */
export async function collate(
  store: Store,
  ref: VersionRef,
  { step: number, partial = false }: CollateOptions,
): Promise<Collated> {
  const run = await readRun(store, ref)
  const step = stepOf(run, number)
  const kept = await store.kept(ref, number)
  const answers = new Answers(store, ref, { run, step, kept })
  try {
    return await writeStep(store, ref, { step, entries: answers.entries(partial) })
  } finally {
    await Promise.all([kept.close(), answers.close()])
  }
}

/**
 * What would be collated of a step if it ended now, and nothing is written: its planned items that have an answer or a failure.
 * Throws FileMissing if it has no plan.
 */
export async function* standing(
  store: Store,
  ref: VersionRef,
  { run, step }: { run: RunDocument; step: ResolvedStep },
): AsyncGenerator<Entry> {
  const kept = await store.kept(ref, step.step)
  const answers = new Answers(store, ref, { run, step, kept })
  try {
    yield* answers.single(true)
  } finally {
    await Promise.all([kept.close(), answers.close()])
  }
}

/**
 * What will be collated of a step, item by item in order, each as soon as it is kept. Ends before the first item that is not kept when
 * `more` says that nothing is kept any more. `more`: called before each look; resolves when there may be more than at the call before.
 */
export async function* asKept(
  store: Store,
  ref: VersionRef,
  { run, step, more }: { run: RunDocument; step: ResolvedStep; more: () => Promise<boolean> },
): AsyncGenerator<Entry> {
  const kept = new KeptAnew(store, ref, step.step)
  const answers = new Answers(store, ref, { run, step, kept })
  try {
    for await (const planned of planItems(store, stepFiles(ref, step.step).plan)) {
      let entry = await answers.entry(planned)
      while (entry === null && (await more())) {
        await kept.close()
        entry = await answers.entry(planned)
      }
      if (entry === null) return
      yield entry
    }
  } finally {
    await Promise.all([kept.close(), answers.close()])
  }
}

/** What is kept as it is now: opened again after it was closed. */
class KeptAnew implements KeptItems {
  readonly #open: () => Promise<KeptItems>
  #kept: KeptItems | null = null

  constructor(store: Store, ref: VersionRef, step: number) {
    this.#open = () => store.kept(ref, step)
  }

  async find(...[item, what]: Parameters<KeptItems['find']>): ReturnType<KeptItems['find']> {
    this.#kept ??= await this.#open()
    return this.#kept.find(item, what)
  }

  async close(): Promise<void> {
    await this.#kept?.close()
    this.#kept = null
  }
}

/** Kinds of failure that say nothing of the item: the API or the network failed. */
const outsideTheItem = new Set<FailureKind>([
  'rate_limited',
  'overloaded',
  'server_error',
  'connection',
  'timeout',
  'bad_response',
])

/** Finds for each planned item its answer or failure: in this version's own work, or in the base. */
class Answers {
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #kept: KeptItems
  readonly #base: BaseAnswers
  #blocks: CarriedBlocks | null | undefined
  readonly #missing: string[] = []
  readonly #gone: string[] = []
  #processed = 0
  #lacking = 0
  #lastLack = ''
  #answers = 0
  /** Items that failed because the API could not be asked, or not often enough. */
  #unasked = 0
  #lastFailure = ''

  constructor(
    store: Store,
    ref: VersionRef,
    { run, step, kept }: { run: RunDocument; step: ResolvedStep; kept: KeptItems },
  ) {
    this.#store = store
    this.#ref = ref
    this.#step = step
    this.#kept = kept
    this.#base = new BaseAnswers(store, baseOf(run, ref), step)
  }

  /** Item by item, and in blocks where the base has them whole. */
  async *entries(partial: boolean): AsyncGenerator<Entry | CarriedBlock> {
    const { plan } = stepFiles(this.#ref, this.#step.step)
    const ranges = new RangeItems(this.#store, plan)
    try {
      for await (const { text } of lines(this.#store.read(plan))) {
        const line = parsePlanText(text)
        if ('carried' in line) yield* this.#range(line, { ranges, partial })
        else yield* this.#planned(line, partial)
      }
    } finally {
      await Promise.all([ranges.close(), this.#blocks?.close()])
    }
    if (!partial) this.#throwIfWrong()
  }

  /** Item by item. */
  async *single(partial: boolean): AsyncGenerator<Entry> {
    const { plan } = stepFiles(this.#ref, this.#step.step)
    for await (const planned of planItems(this.#store, plan)) yield* this.#planned(planned, partial)
  }

  async *#range(
    range: PlanRange,
    { ranges, partial }: { ranges: RangeItems; partial: boolean },
  ): AsyncGenerator<Entry | CarriedBlock> {
    const { reason, carried } = range
    const { to } = carried
    for (let from = carried.from; from <= to; ) {
      const whole = await (await this.#baseBlocks())?.within(from, to)
      const before = whole === undefined ? to : whole.block.items[0] - 1
      const some = { ...range, carried: { ...carried, from, to: before } }
      for await (const planned of ranges.of(some)) yield* this.#planned(planned, partial)
      if (whole === undefined) return
      this.#answers += whole.lines.count
      yield { ...whole, reason }
      from = whole.block.items[1] + 1
    }
  }

  async #baseBlocks(): Promise<CarriedBlocks | null> {
    if (this.#blocks === undefined) {
      const place = await this.#base.place()
      this.#blocks = place === null ? null : new CarriedBlocks(this.#store, place)
    }
    return this.#blocks
  }

  async *#planned(planned: PlanLine, partial: boolean): AsyncGenerator<Entry> {
    const entry = partial ? await this.#entryIfThere(planned) : await this.entry(planned)
    if (entry?.answer != null) this.#answers += 1
    if (entry !== null) yield entry
    else if (planned.decision === 'carry') this.#gone.push(planned.item_id)
    else this.#missing.push(planned.item_id)
  }

  #throwIfWrong(): void {
    const { step, prompt_name } = this.#step
    if (this.#missing.length > 0) {
      throw new PartsMissing(
        `Step ${step} (${prompt_name}) has neither an answer nor a failure for ${this.#missing.length} items (${someOf(this.#missing)}). Resume the run to ask for them.`,
      )
    }
    if (this.#gone.length > 0) {
      throw new RunFailed(
        `Step ${step} (${prompt_name}) takes over ${this.#gone.length} answers (${someOf(this.#gone)}) that its base no longer has: it was resumed meanwhile, or its work/ was removed. Start the run again, on the base as it is now.`,
      )
    }
    // A version without a single answer must not become the latest because the network was down.
    if (this.#step.batch_mode && this.#answers === 0 && this.#unasked > 0 && this.#unasked === this.#processed) {
      throw new RunFailed(`No item of step ${step} (${prompt_name}) got an answer. The last one: ${this.#lastFailure}`)
    }
    if (this.#processed > 0 && this.#lacking === this.#processed && this.#step.input.from === 'step') {
      throw new RunFailed(`No item of step ${step} (${prompt_name}) has what its template uses. ${this.#lastLack}`)
    }
  }

  /** A run that ends because its base was changed is written down without what it cannot take over from there. */
  async #entryIfThere(planned: PlanLine): Promise<Entry | null> {
    try {
      const entry = await this.entry(planned)
      return entry === null && isBeside(planned) ? await this.#carried(planned) : entry
    } catch (error) {
      if (error instanceof RunFailed) return null
      throw error
    }
  }

  /** Null if nothing is kept of it yet, or if the base no longer has its answer. */
  async entry(planned: PlanLine): Promise<Entry | null> {
    if (planned.decision === 'skip') return { line: bareLine(planned), answer: null, error: null }
    if (planned.decision === 'carry') return this.#carried(planned)
    const found = await this.#kept.find(planned, this.#step.keep?.prompts === 'packed' ? 'with prompt' : 'all')
    if (found === undefined || found.kept === null) return null
    const { kept, spent, prompt = null } = found
    const line = { ...bareLine(planned), ...withoutPlan(kept.line) }
    for (const reply of spent) {
      Object.assign(line, plus(spendingOf(line), reply), {
        milliseconds: line.milliseconds + reply.milliseconds,
        attempts: line.attempts + reply.attempts,
      })
    }
    this.#processed += 1
    const own = { answer: kept.answer, reply: kept.reply, prompt }
    if (isBeside(planned)) return this.#beside(planned, { asked: line, own })
    if (line.state === 'answered') return { line, answer: kept.answer, error: null, item: planned.item, own }
    if (line.error !== null && outsideTheItem.has(line.error.kind)) {
      this.#unasked += 1
      this.#lastFailure = line.error.message
    }
    if (line.error?.kind === 'missing_variable' || line.error?.kind === 'blank_prompt') {
      this.#lacking += 1
      this.#lastLack = line.error.message
    }
    return { ...(await this.#keptByBase(planned, line)), own }
  }

  /** A person's answer stays, whatever came of asking. */
  async #beside(planned: PlanLine, { asked, own }: { asked: LedgerLine; own: ItemTexts }): Promise<Entry | null> {
    const entry = await this.#carried(planned)
    if (entry === null || planned.base === null) return null
    const { answer } = own
    return { ...entry, line: withSuggestion(asked, { base: planned.base, answer, version: this.#ref.version }), own }
  }

  /** An item that failed now keeps the answer the base has of it. */
  async #keptByBase({ base }: PlanLine, line: LedgerLine): Promise<Entry> {
    const answer = base === null ? null : await this.#base.answer(base)
    const answer_version = answer === null ? null : (base?.answer_version ?? null)
    return {
      line: { ...line, answer_version, ...(answer !== null && base !== null && ofEdit(base)) },
      answer,
      error: errorRow(line, this.#step.step, { kept: answer_version }),
    }
  }

  /** Null if the base no longer has the answer. */
  async #carried(planned: PlanLine): Promise<Entry | null> {
    const { base } = planned
    if (base === null)
      throw new RunFailed(`Item ${planned.item_id} is to be carried over, but the base does not know it.`)
    const answer = await this.#base.answer(base)
    if (answer === null && base.state === 'answered') return null
    const { state, answer_version, fingerprint, model, error } = base
    const taken = { state, answer_version, fingerprint, model, error, ...ofEdit(base) }
    const line: LedgerLine = { ...bareLine(planned), ...taken }
    if (state !== 'failed') return { line, answer, error: null }
    const attempts = { ...line, attempts: base.attempts, request_id: base.request_id }
    return { line, answer, error: { ...errorRow(attempts, this.#step.step, { kept: answer_version }), carried: true } }
  }

  close(): Promise<void> {
    return this.#base.close()
  }
}

/** The fields of a kept line that belong to the answer; the rest comes from the plan, which a resumed run may have rewritten. */
function withoutPlan(line: LedgerLine): Partial<LedgerLine> {
  const { state, answer_version, fingerprint, model, milliseconds, attempts, request_id, error } = line
  const { delivery, prompt_sha256, edited_by } = line
  const spent = { ...spendingOf(line), milliseconds, attempts, request_id, error }
  const some = {
    ...(delivery && { delivery }),
    ...(prompt_sha256 !== undefined && { prompt_sha256 }),
    ...(edited_by !== undefined && { edited_by }),
  }
  return { state, answer_version, fingerprint, model, ...spent, ...some }
}

/** The row of a failed item; `kept`: the version whose answer stays in the array. */
export function errorRow(line: LedgerLine, step: number, { kept }: { kept: string | null }): ErrorRow {
  const { item_id, item_index, error, attempts, request_id } = line
  const row: ErrorRow = {
    item_id,
    item_index,
    error: error?.message ?? '',
    step,
    kind: error?.kind ?? 'bad_response',
    attempts,
    request_id,
  }
  return kept === null ? row : { ...row, kept }
}
