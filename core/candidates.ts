/** Which items a step has, in order, before it is decided what happens to each. */
import type { LedgerLine, ResolvedStep } from './documents.ts'
import { FileMissing, RequestRefused, RunFailed } from './errors.ts'
import { foldIds } from './id-runs.ts'
import { idText, Segments } from './ids.ts'
import { isObject, type Json, jsonText, parseJson } from './json.ts'
import { JsonInvalid } from './json-array.ts'
import { readLedger } from './ledger.ts'
import { didYouMean, someOf } from './nearest.ts'
import { rowsOf } from './rows.ts'
import { Slices } from './slices.ts'
import { type Store, stepFiles, type VersionRef } from './store.ts'

export interface Candidate {
  item_index: number
  item_id: string
  id_json: string
  root_id: string
  segment: string
  /** Undefined where only the base knows the item, or its content is not there yet. */
  item: Json | undefined
  base: LedgerLine | null
  /** Whether the step before asked for this item in this version. */
  inputIsNew: boolean
}

/** One answer of the step before, as the next step's item. */
export interface UpstreamItem extends Pick<LedgerLine, 'item_index' | 'root_id' | 'segment'> {
  /** The answer; undefined in a dry run of an item that is still to be asked for. */
  item: Json | undefined
  /** The id that an item will have which is still to be asked for, where it is known before. */
  idToCome?: string | undefined
  isNew: boolean
}

export interface FileSource {
  read: Store['read']
  step: ResolvedStep
  base: AsyncIterable<LedgerLine>
  /** Whether an item that the base does not know comes in. One that does not takes no position. */
  takesNew: (itemId: string) => boolean
}

/** The items of an input file that no base knows. Ids were checked by `open`; a wrong one ends the run here. */
export async function* fileCandidates({ read, step }: Pick<FileSource, 'read' | 'step'>): AsyncGenerator<Candidate> {
  const segments = new Segments()
  let index = 0
  for await (const { id, idJson, item } of fileItems(read, step)) {
    index += 1
    yield rootCandidate({
      item_index: index,
      item_id: id,
      id_json: idJson,
      segment: segments.segment(id),
      item,
      base: null,
    })
  }
}

/**
 * The items of a base in its order, with today's content, then those of the input that the base does not know.
 * Reads both once; holds only what stands in another order than in the base.
 */
export async function* fileCandidatesOnBase({ read, step, base, takesNew }: FileSource): AsyncGenerator<Candidate> {
  const segments = new Segments()
  const rows = new ItemFinder(fileItems(read, step))
  for await (const line of base) {
    segments.inherit(line.segment)
    const row = await rows.find(line.item_id)
    const { item_index, item_id, segment } = line
    yield rootCandidate({
      item_index,
      item_id,
      id_json: row?.idJson ?? JSON.stringify(item_id),
      segment,
      item: row?.item,
      base: line,
    })
  }
  let index = step.next_index ?? 1
  for await (const { id, idJson, item } of rows.rest()) {
    if (!takesNew(id)) continue
    yield rootCandidate({
      item_index: index,
      item_id: id,
      id_json: idJson,
      segment: segments.segment(id),
      item,
      base: null,
    })
    index += 1
  }
}

function rootCandidate(fields: Omit<Candidate, 'root_id' | 'inputIsNew'>): Candidate {
  return { ...fields, root_id: fields.item_id, inputIsNew: false }
}

/** The answers of the step before, matched with the base by their position, which an item keeps for ever. */
export async function* chainedCandidates(
  upstream: AsyncIterable<UpstreamItem>,
  step: ResolvedStep,
  base: AsyncIterable<LedgerLine>,
): AsyncGenerator<Candidate> {
  const known = new BaseFinder(base)
  const ids = new IdCheck(step)
  try {
    for await (const { item_index, root_id, segment, item, idToCome, isNew } of upstream) {
      const line = await known.find(item_index)
      const id =
        item === undefined ? { id: line?.item_id ?? idToCome ?? root_id, idJson: '' } : ids.idOf(item, item_index)
      yield { item_index, root_id, segment, item, inputIsNew: isNew, item_id: id.id, id_json: id.idJson, base: line }
    }
    ids.close()
  } finally {
    await known.close()
  }
}

/** The elements of the array that a single-call step answered, matched with the base by id: they have no lineage. */
export async function* singleCallCandidates(
  elements: AsyncIterable<Json>,
  step: ResolvedStep,
  base: AsyncIterable<LedgerLine>,
): AsyncGenerator<Candidate> {
  const known = new Map<string, LedgerLine>()
  for await (const line of base) known.set(line.item_id, line)
  const segments = new Segments()
  const ids = new IdCheck(step)
  let index = 0
  for await (const item of elements) {
    index += 1
    const { id, idJson } = ids.idOf(item, index)
    yield rootCandidate({
      item_index: index,
      item_id: id,
      id_json: idJson,
      segment: segments.segment(id),
      item,
      base: known.get(id) ?? null,
    })
  }
  ids.close()
}

interface FileItem {
  id: string
  idJson: string
  item: Json
}

async function* fileItems(read: Store['read'], step: ResolvedStep): AsyncGenerator<FileItem> {
  if (step.input.from !== 'file') throw new RunFailed(`Step ${step.step} reads no file.`)
  const { resolved: path, pointer } = step.input
  const ids = new IdCheck(step)
  let index = 0
  for await (const { value } of rowsOf({ path, pointer }, read(path))) {
    index += 1
    yield { ...ids.idOf(value, index), item: value }
  }
  ids.close()
}

/** The ids of an input file's items, in order. Throws RequestRefused where the file is not what it should be. */
export async function* fileItemIds(store: Store, step: ResolvedStep): AsyncGenerator<string> {
  try {
    for await (const { id } of fileItems((path) => store.read(path), step)) yield id
  } catch (error) {
    if (error instanceof RunFailed) throw new RequestRefused([error.message])
    if (!(error instanceof JsonInvalid) || step.input.from !== 'file') throw error
    throw new RequestRefused([`${step.input.path} ${error.message}.`], { cause: error })
  }
}

/** Collects items whose id is missing or repeated, and ends the run over all of them at the end: they are known only then. */
class IdCheck {
  /** The position at which each id stands first. */
  readonly #seen = new Map<string, number>()
  readonly #missing: string[] = []
  /** Positions of ids that stand more than once. */
  readonly #repeated = new Map<string, string[]>()
  #fieldsOfMissing: string[] = []
  readonly #step: ResolvedStep

  constructor(step: ResolvedStep) {
    this.#step = step
  }

  idOf(item: Json, index: number): { id: string; idJson: string } {
    const value = isObject(item) ? item[this.#step.id_field] : undefined
    const id = idText(value)
    if (id === undefined) this.#noteMissing(item, index)
    else if (this.#seen.has(id)) this.#noteRepeated(id, index)
    else this.#seen.set(id, index)
    return { id: id ?? `(position ${index})`, idJson: id === undefined ? 'null' : jsonText(value) }
  }

  #noteMissing(item: Json, index: number): void {
    if (this.#missing.length === 0) this.#fieldsOfMissing = isObject(item) ? Object.keys(item) : []
    this.#missing.push(String(index))
  }

  #noteRepeated(id: string, index: number): void {
    const positions = this.#repeated.get(id) ?? [String(this.#seen.get(id))]
    positions.push(String(index))
    this.#repeated.set(id, positions)
  }

  close(): void {
    const found = [this.#missingText(), this.#repeatedText()].filter((text) => text !== '')
    if (found.length === 0) return
    const { id_field, step, prompt_name } = this.#step
    throw new RunFailed(
      `Step ${step} (${prompt_name}): ${found.join('; ')}. Expected a text or a number of its own in ${id_field} of every item. Correct the items, or name another field in batch_id_field.${didYouMean(id_field, this.#fieldsOfMissing)}`,
    )
  }

  #missingText(): string {
    const count = this.#missing.length
    if (count === 0) return ''
    const [who, where] = count === 1 ? ['item has', 'position'] : ['items have', 'positions']
    return `${count} ${who} no ${this.#step.id_field} (${where} ${foldIds(this.#missing)})`
  }

  #repeatedText(): string {
    if (this.#repeated.size === 0) return ''
    const ids = [...this.#repeated].map(([id, positions]) => `${id} (positions ${foldIds(positions)})`)
    return `the same ${this.#step.id_field} stands on more than one item: ${someOf(ids, mostRepeated)}`
  }
}

/** All are listed; this many fill some screens, and then the field is the wrong one. */
const mostRepeated = 1000

/** Finds rows by id in a stream that mostly has the order in which they are asked for. */
class ItemFinder {
  readonly #rows: AsyncIterator<FileItem>
  readonly #passed = new Map<string, FileItem>()

  constructor(rows: AsyncIterable<FileItem>) {
    this.#rows = rows[Symbol.asyncIterator]()
  }

  async find(id: string): Promise<FileItem | undefined> {
    const passed = this.#passed.get(id)
    if (passed !== undefined) {
      this.#passed.delete(id)
      return passed
    }
    for (let next = await this.#rows.next(); !next.done; next = await this.#rows.next()) {
      if (next.value.id === id) return next.value
      this.#passed.set(next.value.id, next.value)
    }
    return undefined
  }

  /** What was never asked for, in the order of the input. */
  async *rest(): AsyncGenerator<FileItem> {
    yield* this.#passed.values()
    for (let next = await this.#rows.next(); !next.done; next = await this.#rows.next()) yield next.value
  }
}

/** Finds base lines by item_index; both ascend. */
export class BaseFinder {
  readonly #lines: AsyncIterator<LedgerLine>
  #line: LedgerLine | null = null
  #ended = false

  constructor(lines: AsyncIterable<LedgerLine>) {
    this.#lines = lines[Symbol.asyncIterator]()
  }

  async find(index: number): Promise<LedgerLine | null> {
    while (!this.#ended && (this.#line === null || this.#line.item_index < index)) {
      const next = await this.#lines.next()
      this.#ended = next.done === true
      this.#line = next.done ? null : next.value
    }
    return this.#line?.item_index === index ? this.#line : null
  }

  async close(): Promise<void> {
    await this.#lines.return?.()
  }
}

/** The base's lines of a step; none where there is no base, or where the base never came to this step. */
export async function* baseLines(store: Store, base: VersionRef | null, step: number): AsyncGenerator<LedgerLine> {
  if (base === null) return
  try {
    yield* readLedger(store, base, step)
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
}

/** The answers of a batch step of a version, in order, as the next step's items. */
export async function* answersOf(store: Store, ref: VersionRef, step: ResolvedStep): AsyncGenerator<UpstreamItem> {
  const collated = stepFiles(ref, step.step).collated(step.output_file)
  const slices = new Slices(store.read(collated), collated)
  try {
    for await (const line of readLedger(store, ref, step.step)) {
      if (line.answer_bytes === null) continue
      const text = (await slices.take(...line.answer_bytes)).toString('utf8')
      const isNew = line.decision === 'process' && line.answer_version === ref.version
      yield { item_index: line.item_index, root_id: line.root_id, segment: line.segment, item: parseJson(text), isNew }
    }
  } finally {
    await slices.close()
  }
}
