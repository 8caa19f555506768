/**
 * Stage `collate`: streams the base's and the new answers of a step into one array in input order, with the ledger and the errors.
 * Every planned item must be accounted for: answered + failed + skipped = items.
 */
import { Channel } from './channel.ts'
import type { ErrorRow, LedgerLine, PlanLine, ResolvedStep, RunDocument } from './documents.ts'
import { PartsMissing, RunFailed } from './errors.ts'
import { bareLine } from './ledger.ts'
import { someOf } from './nearest.ts'
import { planItems } from './plan.ts'
import { Slices } from './slices.ts'
import { plus, spendingOf } from './spending.ts'
import { type KeptItems, type Store, stepFiles, type VersionRef } from './store.ts'
import { baseOf, readRun, stepOf } from './version-documents.ts'

export interface Collated {
  answered: number
  failed: number
  skipped: number
}

export interface CollateOptions {
  step: number
  /** Takes what there is of a step that did not come to its end: items without an answer or a failure are left out. */
  partial?: boolean
}

/** Collates one step. Throws PartsMissing where planned items have neither an answer nor a failure. */
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

/** Writes the array, the ledger and the errors of a step. The lines' byte ranges are those of the new array. */
export async function writeStep(
  store: Store,
  ref: VersionRef,
  { step, entries }: { step: ResolvedStep; entries: AsyncIterable<Entry> },
): Promise<Collated> {
  const collation = new Collation(store, ref, step)
  await collation.write(entries)
  return collation.counts
}

/** What stands of one item in the three files. */
export interface Entry {
  line: LedgerLine
  /** The answer as pretty-printed JSON (or text) that stands in the array. */
  answer: string | null
  error: ErrorRow | null
}

/** Finds for each planned item its answer or failure: in this version's own work, or in the base. */
class Answers {
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #kept: KeptItems
  readonly #base: BaseAnswers
  readonly #missing: string[] = []
  #processed = 0
  #lacking = 0
  #lastLack = ''

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

  async *entries(partial: boolean): AsyncGenerator<Entry> {
    for await (const planned of planItems(this.#store, stepFiles(this.#ref, this.#step.step).plan)) {
      const entry = await this.#entry(planned)
      if (entry === null) this.#missing.push(planned.item_id)
      else yield entry
    }
    if (!partial) this.#throwIfWrong()
  }

  #throwIfWrong(): void {
    const { step, prompt_name } = this.#step
    if (this.#missing.length > 0) {
      throw new PartsMissing(
        `Step ${step} (${prompt_name}) has neither an answer nor a failure of ${this.#missing.length} items (${someOf(this.#missing)}). Resume the run to ask for them.`,
      )
    }
    if (this.#processed > 0 && this.#lacking === this.#processed && this.#step.input.from === 'step') {
      throw new RunFailed(`No item of step ${step} (${prompt_name}) has what its template uses. ${this.#lastLack}`)
    }
  }

  async #entry(planned: PlanLine): Promise<Entry | null> {
    if (planned.decision === 'skip') return { line: bareLine(planned), answer: null, error: null }
    if (planned.decision === 'carry') return this.#carried(planned)
    const found = await this.#kept.find(planned.item_index)
    if (found === undefined || found.kept === null) return null
    const { kept, spent } = found
    const line = { ...bareLine(planned), ...withoutPlan(kept.line) }
    for (const reply of spent) {
      Object.assign(line, plus(spendingOf(line), reply), {
        milliseconds: line.milliseconds + reply.milliseconds,
        attempts: line.attempts + reply.attempts,
      })
    }
    this.#processed += 1
    if (line.state === 'answered') return { line, answer: kept.answer, error: null }
    if (line.error?.kind === 'missing_variable') {
      this.#lacking += 1
      this.#lastLack = line.error.message
    }
    return this.#keptByBase(planned, line)
  }

  /** An item that failed now keeps the answer the base has of it. */
  async #keptByBase({ base }: PlanLine, line: LedgerLine): Promise<Entry> {
    const answer = base === null ? null : await this.#base.answer(base)
    const answer_version = answer === null ? null : (base?.answer_version ?? null)
    return {
      line: { ...line, answer_version },
      answer,
      error: errorRow(line, this.#step.step, { kept: answer_version }),
    }
  }

  async #carried(planned: PlanLine): Promise<Entry> {
    const { base } = planned
    if (base === null)
      throw new RunFailed(`Item ${planned.item_id} is to be carried over, but the base does not know it.`)
    const answer = await this.#base.answer(base)
    const { state, answer_version, fingerprint, model, error } = base
    const line: LedgerLine = { ...bareLine(planned), state, answer_version, fingerprint, model, error }
    if (state !== 'failed') return { line, answer, error: null }
    const attempts = { ...line, attempts: base.attempts, request_id: base.request_id }
    return { line, answer, error: { ...errorRow(attempts, this.#step.step, { kept: answer_version }), carried: true } }
  }

  close(): Promise<void> {
    return this.#base.close()
  }
}

/** What of a kept line is the answer's; the rest is the plan's, which a resumed run may have made anew. */
function withoutPlan(line: LedgerLine): Partial<LedgerLine> {
  const { state, answer_version, fingerprint, model, milliseconds, attempts, request_id, error } = line
  return { state, answer_version, fingerprint, model, ...spendingOf(line), milliseconds, attempts, request_id, error }
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

/** Cuts the base's answers out of its collated file. Forward but for items behind a single call, whose order may differ. */
class BaseAnswers {
  readonly #store: Store
  readonly #base: VersionRef | null
  readonly #step: ResolvedStep
  #slices: Slices | null = null
  #cutTo = 0

  constructor(store: Store, base: VersionRef | null, step: ResolvedStep) {
    this.#store = store
    this.#base = base
    this.#step = step
  }

  async answer({ answer_bytes, item_id }: LedgerLine): Promise<string | null> {
    if (answer_bytes === null) return null
    if (this.#base === null) throw new RunFailed(`The answer of ${item_id} is in no base.`)
    if (answer_bytes[0] < this.#cutTo) await this.close()
    this.#slices ??= await this.#open(this.#base)
    this.#cutTo = answer_bytes[1]
    const text = (await this.#slices.take(...answer_bytes)).toString('utf8')
    return this.#step.batch_mode ? text.replaceAll('\n  ', '\n') : text
  }

  async #open(base: VersionRef): Promise<Slices> {
    // The base may have called the output by another name.
    const step = stepOf(await readRun(this.#store, base), this.#step.step)
    const path = stepFiles(base, step.step).collated(step.output_file)
    return new Slices(this.#store.read(path), path)
  }

  async close(): Promise<void> {
    await this.#slices?.close()
    this.#slices = null
  }
}

/** Writes the three files of a step in one pass. */
class Collation {
  readonly counts: Collated = { answered: 0, failed: 0, skipped: 0 }
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #ledger = new Channel()
  readonly #errors = new Channel()
  #errorRows = 0
  #bytes = 0

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    this.#store = store
    this.#ref = ref
    this.#step = step
  }

  async write(entries: AsyncIterable<Entry>): Promise<void> {
    const files = stepFiles(this.#ref, this.#step.step)
    const errors = this.#writeErrors(files.errors)
    const ledger = this.#store.write(files.ledger, this.#ledger)
    const all = Promise.allSettled([ledger, errors])
    // A writer that broke off before it read anything must not leave the pusher waiting.
    ledger.catch((error) => this.#ledger.fail(error))
    errors.catch((error) => this.#errors.fail(error))
    try {
      await this.#writeCollated(files.collated(this.#step.output_file), entries)
      this.#ledger.end()
      this.#errors.end()
    } catch (error) {
      this.#ledger.fail(error)
      this.#errors.fail(error)
      await all
      throw error
    }
    await Promise.all([ledger, errors])
  }

  async #writeErrors(path: string): Promise<void> {
    const rows = this.#errors[Symbol.asyncIterator]()
    const first = await rows.next()
    if (first.done) return this.#store.remove(path)
    return this.#store.write(path, errorsText(first.value, rows))
  }

  async #writeCollated(path: string, entries: AsyncIterable<Entry>): Promise<void> {
    const text = this.#step.batch_mode ? this.#arrayText(entries) : this.#wholeText(entries)
    await this.#store.write(path, text)
  }

  async *#arrayText(entries: AsyncIterable<Entry>): AsyncGenerator<string> {
    let open = '[\n  '
    for await (const entry of entries) {
      if (entry.answer !== null) yield this.#counted(open)
      const text = entry.answer === null ? null : entry.answer.replaceAll('\n', '\n  ')
      yield* this.#entry(entry, text)
      if (entry.answer !== null) open = ',\n  '
    }
    yield this.#counted(open === ',\n  ' ? '\n]\n' : '[]\n')
  }

  async *#wholeText(entries: AsyncIterable<Entry>): AsyncGenerator<string> {
    for await (const entry of entries) yield* this.#entry(entry, entry.answer)
    yield this.#counted('\n')
  }

  #counted(text: string): string {
    this.#bytes += Buffer.byteLength(text)
    return text
  }

  async *#entry({ line, error }: Entry, text: string | null): AsyncGenerator<string> {
    const start = this.#bytes
    if (text !== null) yield this.#counted(text)
    const answer_bytes: LedgerLine['answer_bytes'] = text === null ? null : [start, this.#bytes]
    this.counts[line.state] += 1
    await this.#ledger.push(`${JSON.stringify({ ...line, answer_bytes })}\n`)
    if (error === null) return
    await this.#errors.push(`${this.#errorRows === 0 ? '[\n' : ',\n'}${indented(error)}`)
    this.#errorRows += 1
  }
}

async function* errorsText(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first
  yield* rest
  yield '\n]\n'
}

function indented(row: ErrorRow): string {
  return `  ${JSON.stringify(row, null, 2).replaceAll('\n', '\n  ')}`
}
