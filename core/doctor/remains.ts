/**
 * What is left of a step's files, gathered by item: lines, answers, errors, and what the rest of the version knows of them.
 * Long, since every source of an answer works on the same gathered lines.
 */
import { isTextOutput } from '../answer-format.ts'
import type { ErrorRow, LedgerLine, ResolvedStep, RunDocument } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { wholeInput } from '../items/plan-lines.ts'
import { Positions } from '../items/positions.ts'
import { errorRow } from '../stages/collate.ts'
import type { Entry } from '../stages/collation.ts'
import { type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { promptFingerprint } from '../templates/questions.ts'
import { Segments } from '../text/ids.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { arrayElements, JsonInvalid } from '../text/json-array.ts'
import { type AppliedEdit, appliedEdits } from '../versions/applied-edits.ts'
import { BaseAnswers } from '../versions/base-answers.ts'
import { isItemFileOf, itemFileText } from '../versions/item-file.ts'
import { itemIdOf, jsonIn } from '../versions/item-id.ts'
import { bareLine, wholeLines } from '../versions/ledger.ts'
import { KeptCopies } from '../versions/pack-reader.ts'
import { isUnreadable, type PackedItem, packEntries, packStep } from '../versions/packs.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { ofEdit } from '../versions/suggestions.ts'
import { baseOf, rootStep, textIfThere } from '../versions/version-documents.ts'
import { errorRows } from './examine-step.ts'

/** For a lost ledger line: the reason for the item's position is no longer known. */
const remadeReason = 'remade'

export interface RemainsOf {
  run: RunDocument
  step: ResolvedStep
  /** Whether the ledger is known to have all its lines: then what it does not name is not the version's. */
  allLines: boolean
}

/** Everything that is left of a step, by item id. */
export class Remains {
  readonly remade: string[] = []
  readonly lost: string[] = []
  readonly edited: string[] = []
  /** Of this version, and of its base. */
  readonly #answers: StepAnswers
  readonly #baseAnswers: BaseAnswers
  readonly #copies: KeptCopies<'items'>
  readonly #prompts: KeptCopies<'prompts'>
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #run: RunDocument
  readonly #allLines: boolean
  readonly #lines = new Map<string, LedgerLine>()
  /** Answers that stand in the collated file, in its order. */
  readonly #elements = new Map<string, string>()
  /** What the version put in place by hand, by root id. */
  #edits: ReadonlyMap<string, AppliedEdit> = new Map()
  #base = new Map<string, LedgerLine>()
  #rows = new Map<string, ErrorRow>()
  /** Lines of the other steps, by this step's id of the item. */
  readonly #relatives = new Map<string, LedgerLine>()
  readonly #segments = new Segments()
  /** Folders below items/ of items without a line. */
  readonly #segmentsById = new Map<string, string>()
  /** Positions of answers in packs. */
  readonly #indexesById = new Map<string, number>()
  /** From an item's position to its sequential id. */
  #offset: number

  constructor(store: Store, ref: VersionRef, { run, step, allLines }: RemainsOf) {
    this.#store = store
    this.#ref = ref
    this.#run = run
    this.#step = step
    this.#allLines = allLines
    this.#offset = step.id_start - 1
    this.#answers = new StepAnswers(store, answerPlace(ref, step))
    this.#baseAnswers = new BaseAnswers(store, baseOf(run, ref), step)
    const place = { pipeline: ref.pipeline, step: step.step }
    this.#copies = new KeptCopies(store, { ...place, kind: 'items' })
    this.#prompts = new KeptCopies(store, { ...place, kind: 'prompts' })
  }

  async close(): Promise<void> {
    await Promise.all([this.#answers, this.#baseAnswers, this.#copies, this.#prompts].map((one) => one.close()))
  }

  async gather(): Promise<void> {
    for await (const line of this.#wholeLines(this.#ref, this.#step.step)) this.#lines.set(line.item_id, line)
    const base = baseOf(this.#run, this.#ref)
    if (base !== null)
      for await (const line of this.#wholeLines(base, this.#step.step)) this.#base.set(line.item_id, line)
    this.#edits = (await appliedEdits(this.#store, this.#ref, this.#run.steps)).get(this.#step.step) ?? this.#edits
    this.#rows = (await errorRows(this.#store, this.#ref, this.#step.step)) ?? new Map()
    for (const line of [...this.#base.values(), ...this.#lines.values()]) {
      this.#segments.inherit(line.segment)
      if (line.output_id !== null) this.#offset = line.output_id - line.item_index
    }
    await this.#gatherRelatives()
    await (this.#step.batch_mode ? this.#gatherElements() : this.#gatherWhole())
    if (this.#allLines) return
    if (this.#step.batch_mode) await this.#gatherItemFiles()
    this.#remakeLines()
  }

  async *#wholeLines(ref: VersionRef, step: number): AsyncGenerator<LedgerLine> {
    yield* wholeLines(this.#store, ref, { step, state: { missing: false, whole: 0, broken: 0 } })
  }

  /** An item has the same position and folder in each step; a later step takes its id from the output of the step before. */
  async #gatherRelatives(): Promise<void> {
    const { input, step } = this.#step
    for (const other of this.#run.steps) {
      const before = input.from === 'step' && input.step === other.step && other.batch_mode
      const after = input.from === 'file' && other.step !== step && rootStep(this.#run.steps, other)?.step === step
      if (!before && !after) continue
      for await (const line of this.#wholeLines(this.#ref, other.step))
        this.#relatives.set(before ? String(line.output_id ?? line.item_id) : line.root_id, line)
    }
  }

  async #gatherElements(): Promise<void> {
    const path = stepFiles(this.#ref, this.#step.step).collated(this.#step.output_file)
    try {
      for await (const { value } of arrayElements(this.#store.read(path))) {
        const id = itemIdOf(value, this.#step)
        if (id !== undefined && !this.#elements.has(id)) this.#elements.set(id, jsonText(value, 2))
      }
    } catch (error) {
      // Everything before the place where it breaks off is whole.
      if (!(error instanceof JsonInvalid || error instanceof FileMissing)) throw error
    }
  }

  async #gatherWhole(): Promise<void> {
    const path = stepFiles(this.#ref, this.#step.step).collated(this.#step.output_file)
    const text = (await textIfThere(this.#store, path)) ?? ''
    const usable = isTextOutput(this.#step) ? text.trim() !== '' : jsonIn(text) !== undefined
    if (usable) this.#elements.set(wholeInput, text.replace(/\n$/, ''))
  }

  /** Answers that only their own files have. Looked for if lines are missing: a line knows its file. */
  async #gatherItemFiles(): Promise<void> {
    const items = `${versionFolder(this.#ref)}/items`
    const known = new Set([...this.#lines.values()].map(({ segment }) => segment))
    for (const name of await this.#store.list(items)) {
      const segment = name.replace(/\/$/, '')
      if (!name.endsWith('/')) {
        for await (const entry of this.#packed(`${items}/${name}`)) {
          const id = this.#gatherItem(entry.segment, entry.answer)
          if (id !== undefined) this.#indexesById.set(id, entry.item_index)
        }
      } else if (!known.has(segment)) {
        const text = await itemFileText(this.#store, stepFiles(this.#ref, this.#step.step).output(segment))
        this.#gatherItem(segment, text ?? null)
      }
    }
  }

  /** Returns the id of the answer. */
  #gatherItem(segment: string, text: string | null): string | undefined {
    const value = text === null ? undefined : jsonIn(text)
    const id = value === undefined ? undefined : itemIdOf(value, this.#step)
    if (id === undefined || text === null || this.#lines.get(id)?.segment === segment) return id
    this.#segmentsById.set(id, segment)
    if (!this.#lines.has(id) && !this.#elements.has(id)) this.#elements.set(id, text)
    return id
  }

  /** What can be read of a pack; nothing of another step's, or of another file. */
  async *#packed(path: string): AsyncGenerator<PackedItem> {
    if (packStep(path) !== this.#step.step) return
    try {
      yield* packEntries(this.#store, { kind: 'items', path })
    } catch (error) {
      if (!isUnreadable(error)) throw error
    }
  }

  #remakeLines(): void {
    const positions = new Positions([...this.#lines.values()], [...this.#rows.values()])
    for (const id of new Set([...this.#elements.keys(), ...this.#rows.keys()])) {
      const known = this.#lines.get(id)
      if (known === undefined) {
        const line = this.#remade(id)
        this.#lines.set(id, { ...line, item_index: positions.take(line.item_index) })
        this.remade.push(id)
      } else positions.pass(known.item_index)
    }
  }

  /** Its `item_index` is 0 if nothing tells it. */
  #remade(id: string): LedgerLine {
    const element = jsonIn(this.#elements.get(id) ?? 'null')
    const base = this.#base.get(id)
    const relative = base ?? this.#relatives.get(id)
    const row = this.#rows.get(id)
    const output_id = outputIdOf(element, this.#step) ?? base?.output_id ?? null
    const known = row?.item_index ?? relative?.item_index ?? this.#indexesById.get(id)
    const item_index = known ?? (output_id === null ? 0 : output_id - this.#offset)
    const here = this.#segmentsById.get(id)
    const single = !this.#step.batch_mode
    const segment = single ? '' : (here ?? relative?.segment ?? this.#segments.segment(id))
    // What such a version asked for stands beside the answer, and in the item's file.
    const isBesideEdit = this.#run.rerun?.suggest === true && base?.edited_by !== undefined
    const isOwn = single ? base === undefined : here !== undefined || base === undefined || (row && !row.carried)
    const asked = isOwn && !isBesideEdit
    const line: LedgerLine = {
      ...bareLine({
        ...{ item_id: id, root_id: relative?.root_id ?? id, item_index, output_id, segment },
        ...{ decision: asked ? 'process' : 'carry', reason: remadeReason },
        ...{ id_json: '', item: null, root: null, base: null },
      }),
      state: row === undefined ? 'answered' : 'failed',
      model: this.#step.model,
    }
    if (row !== undefined) {
      const { kind, error, kept, attempts, request_id } = row
      Object.assign(line, { error: { kind, message: error }, answer_version: kept ?? null, request_id })
      if (asked) Object.assign(line, { attempts, cost_usd: null })
      return line
    }
    const edit = this.#edits.get(line.root_id)
    // What a person wrote must not pass for the model's.
    if (edit !== undefined) {
      const by = { edited_by: edit.by, model: null, answer_version: this.#ref.version }
      return { ...line, decision: 'process', reason: 'edited', ...by }
    }
    if (!asked && base !== undefined) {
      const { answer_version, fingerprint, model } = base
      return { ...line, answer_version, fingerprint, model, ...ofEdit(base) }
    }
    // What it cost is no longer known, and is not 0.
    return { ...line, answer_version: this.#ref.version, attempts: 1, cost_usd: null }
  }

  /** All lines, in the order of the items. */
  lines(): LedgerLine[] {
    return [...this.#lines.values()].sort((a, b) => a.item_index - b.item_index)
  }

  async entry(line: LedgerLine): Promise<Entry> {
    if (line.state === 'skipped') return { line, answer: null, error: null }
    const answer = line.state === 'answered' || line.answer_version !== null ? await this.#answer(line) : null
    const withPrint = line.reason === remadeReason ? await this.#withFingerprint(line) : line
    if (line.state === 'answered')
      return answer === null ? this.#lost(withPrint) : { line: withPrint, answer, error: null }
    const stays = answer === null ? null : line.answer_version
    return { line: { ...withPrint, answer_version: stays }, answer, error: this.#row(line, stays) }
  }

  /** What was written, wherever a copy is left. An edited answer counts only if nothing says what was written. */
  async #answer(line: LedgerLine): Promise<string | null> {
    const { item_id } = line
    const seen = line.answer_bytes === null ? null : await this.#answers.see(line)
    if (seen?.answer != null && !seen.edited) return seen.answer
    const stands = seen?.answer ?? this.#elements.get(item_id) ?? null
    const written = (await this.#itemFile(line)) ?? (await this.#inBase(line))
    if (stands !== null && written !== stands && (written !== null || line.answer_sha256 != null))
      this.edited.push(item_id)
    return written ?? (line.answer_sha256 == null ? stands : null)
  }

  async #itemFile(line: LedgerLine): Promise<string | null> {
    const { answer_version, segment } = line
    if (answer_version === null || segment === '') return null
    const answering = { ...this.#ref, version: answer_version }
    const file = await itemFileText(this.#store, stepFiles(answering, this.#step.step).output(segment))
    const text = file ?? (await this.#copies.find(answer_version, line))?.answer ?? undefined
    if (text === undefined || !isItemFileOf(text, line)) return null
    const value = jsonIn(text)
    const id = value === undefined ? undefined : itemIdOf(value, this.#step)
    return id !== undefined && id !== line.item_id ? null : jsonText(value, 2)
  }

  /** The same answer in the base, from which it was carried over. */
  async #inBase({ item_id, answer_sha256 }: LedgerLine): Promise<string | null> {
    const base = this.#base.get(item_id)
    if (base === undefined || base.answer_bytes === null) return null
    if (answer_sha256 == null || base.answer_sha256 !== answer_sha256) return null
    try {
      return await this.#baseAnswers.answer(base)
    } catch (error) {
      if (error instanceof RunFailed) return null
      throw error
    }
  }

  async #withFingerprint(line: LedgerLine): Promise<LedgerLine> {
    if (line.decision !== 'process') return line
    const path = stepFiles(this.#ref, this.#step.step).prompt(this.#step.batch_mode ? line.segment : null)
    const packed = this.#step.keep?.prompts === 'packed' ? this.#prompts.find(this.#ref.version, line) : undefined
    const content = (await textIfThere(this.#store, path)) ?? (await packed)?.prompt
    if (content == null) return line
    return { ...line, fingerprint: promptFingerprint(this.#step, content) }
  }

  #lost(line: LedgerLine): Entry {
    this.lost.push(line.item_id)
    const message = this.edited.includes(line.item_id)
      ? 'The answer was changed by hand, and no copy of what the model wrote is left. Rerun the item to ask for it again.'
      : 'The answer was lost: no copy of it can be read. Rerun the item to ask for it again.'
    const failed: LedgerLine = {
      ...line,
      state: 'failed',
      answer_version: null,
      error: { kind: 'bad_response', message },
    }
    return { line: failed, answer: null, error: errorRow(failed, this.#step.step, { kept: null }) }
  }

  #row(line: LedgerLine, kept: string | null): ErrorRow {
    const before = this.#rows.get(line.item_id)
    const base = this.#base.get(line.item_id)
    const carried = line.decision === 'carry'
    const attempts = carried ? (before ?? base ?? line).attempts : line.attempts
    const request_id = carried ? (before ?? base ?? line).request_id : line.request_id
    const row = errorRow({ ...line, attempts, request_id }, this.#step.step, { kept })
    return carried ? { ...row, carried: true } : row
  }
}

function outputIdOf(element: Json | undefined, { output_id_field }: ResolvedStep): number | null {
  const value = output_id_field !== null && isObject(element) ? element[output_id_field] : null
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}
