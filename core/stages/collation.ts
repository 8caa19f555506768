/** Writes the results of a step: the array, the ledger and the errors. */

import { idFields } from '../answers/id-fields.ts'
import type { ErrorRow, LedgerLine, ResolvedStep } from '../documents.ts'
import { OddityWatch } from '../oddities/oddity-watch.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { asStream } from '../text/as-stream.ts'
import { Channel } from '../text/channel.ts'
import { sha256 } from '../text/ids.ts'
import { intoArray } from '../text/json.ts'
import type { CarriedBlock } from '../versions/carried-blocks.ts'
import { IndexBuilder } from '../versions/index-builder.ts'
import { ledgerText } from '../versions/ledger.ts'
import { writeOddities } from '../versions/step-oddities.ts'
import { type ItemTexts, StepPacks } from '../versions/step-packs.ts'
import { isBeside } from '../versions/suggestions.ts'

export interface Collated {
  answered: number
  failed: number
  skipped: number
}

/** Writes the array, the ledger, its index and the errors of a step. The lines' byte ranges are those of the new array. */
export async function writeStep(
  store: Store,
  ref: VersionRef,
  { step, entries }: { step: ResolvedStep; entries: AsyncIterable<Entry | CarriedBlock> },
): Promise<Collated> {
  const collation = new Collation(store, ref, step)
  await collation.write(entries)
  return collation.counts
}

/** One item's entries in the three files. */
export interface Entry {
  line: LedgerLine
  /** The answer as pretty-printed JSON (or text) that stands in the array. */
  answer: string | null
  error: ErrorRow | null
  /** Of an item that this version asked for: what its packs take up, if it has any. */
  own?: ItemTexts
  /** The item as JSON text, if it is known. */
  item?: string | null
}

/** Writes the files of a step in one pass. */
class Collation {
  readonly counts: Collated = { answered: 0, failed: 0, skipped: 0 }
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #ledger = new Channel<Uint8Array>()
  readonly #errors = new Channel()
  readonly #index = new IndexBuilder()
  readonly #packs: StepPacks
  readonly #odd: OddityWatch
  #errorRows = 0
  #bytes = 0

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    this.#store = store
    this.#ref = ref
    this.#step = step
    this.#packs = new StepPacks(store, ref, step)
    this.#odd = new OddityWatch(step, idFields(step))
  }

  async write(entries: AsyncIterable<Entry | CarriedBlock>): Promise<void> {
    const files = stepFiles(this.#ref, this.#step.step)
    const errors = this.#writeErrors(files.errors)
    const ledger = this.#store.write(files.ledger, this.#ledger)
    const all = Promise.allSettled([ledger, errors])
    // A writer that broke off before it read anything must not leave the pusher waiting.
    ledger.catch((error) => this.#ledger.fail(error))
    errors.catch((error) => this.#errors.fail(error))
    try {
      await this.#writeCollated(files.collated(this.#step.output_file), entries)
      await this.#packs.end()
      this.#ledger.end()
      this.#errors.end()
    } catch (error) {
      this.#ledger.fail(error)
      this.#errors.fail(error)
      await Promise.all([all, this.#packs.fail(error)])
      throw error
    }
    await Promise.all([ledger, errors])
    await writeOddities(this.#store, this.#ref, { step: this.#step.step, found: this.#odd.found() })
    // Last: killed before it, the step has an index that is missing or does not fit.
    if (this.#step.batch_mode) await this.#store.write(files.index, asStream(this.#index.content(this.#bytes)))
  }

  async #writeErrors(path: string): Promise<void> {
    const rows = this.#errors[Symbol.asyncIterator]()
    const first = await rows.next()
    if (first.done) return this.#store.remove(path)
    return this.#store.write(path, errorsText(first.value, rows))
  }

  async #writeCollated(path: string, entries: AsyncIterable<Entry | CarriedBlock>): Promise<void> {
    const text = this.#step.batch_mode ? this.#arrayText(entries) : this.#wholeText(entries)
    await this.#store.write(path, text)
  }

  async *#arrayText(entries: AsyncIterable<Entry | CarriedBlock>): AsyncGenerator<string | Uint8Array> {
    let open = '[\n  '
    for await (const entry of entries) {
      if ('block' in entry) {
        yield this.#counted(open)
        yield* this.#carried(entry)
        open = ',\n  '
        continue
      }
      if (entry.answer !== null) yield this.#counted(open)
      const text = entry.answer === null ? null : intoArray(entry.answer)
      yield* this.#entry(entry, text)
      if (entry.answer !== null) open = ',\n  '
    }
    yield this.#counted(open === ',\n  ' ? '\n]\n' : '[]\n')
  }

  /** Copies the answers of a block, and changes its lines as text. */
  async *#carried({ block, answers, lines, reason }: CarriedBlock): AsyncGenerator<Uint8Array> {
    const shift = this.#bytes - block.answers[0]
    yield answers
    this.#bytes += answers.length
    this.counts.answered += lines.count
    const written = lines.carried({ reason, shift })
    this.#index.addBlock({ block, shift, lines, written, answers })
    await this.#ledger.push(written.bytes)
  }

  async *#wholeText(entries: AsyncIterable<Entry | CarriedBlock>): AsyncGenerator<string> {
    for await (const entry of entries) if (!('block' in entry)) yield* this.#entry(entry, entry.answer)
    yield this.#counted('\n')
  }

  #counted(text: string): string {
    this.#bytes += Buffer.byteLength(text)
    return text
  }

  async *#entry({ line, answer, error, item = null, own }: Entry, text: string | null): AsyncGenerator<string> {
    if (own !== undefined) await this.#packs.add(line, own)
    const start = this.#bytes
    if (text !== null) yield this.#counted(text)
    const answer_bytes: LedgerLine['answer_bytes'] = text === null ? null : [start, this.#bytes]
    this.counts[line.state] += 1
    const answer_sha256 = answer === null ? null : sha256(answer)
    const written = { ...line, answer_bytes, answer_sha256 }
    const ledgerLine = ledgerText(written)
    if (this.#step.batch_mode) this.#index.add(written, ledgerLine, text)
    await this.#ledger.push(ledgerLine)
    // What the base asked for was looked at there, and is not read again.
    if (answer !== null && line.decision === 'process' && line.state === 'answered' && !isBeside(line))
      this.#odd.add({ ...line, answer, item: this.#step.batch_mode ? item : null })
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
  return `  ${intoArray(JSON.stringify(row, null, 2))}`
}
