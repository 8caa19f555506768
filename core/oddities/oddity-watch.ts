/**
 * Watches the answers that a version asked for in one step, while they are collated, for what is valid and odd: nothing that a schema
 * refuses, and much that a person would want to see. Holds a few figures a field, and 12 to 36 bytes an answer whose text tells it apart.
 */
import { isTextOutput } from '../answer-format.ts'
import type { LedgerLine, Oddity, ResolvedStep } from '../documents.ts'
import { type Json, parseJson } from '../text/json.ts'
import { textHash } from '../text/text-hash.ts'
import { TextNumbers } from '../text/text-numbers.ts'
import { AnswerContent, type Leaf } from './answer-content.ts'
import { FieldWatch, Sightings } from './field-watch.ts'
import { type Found, fewest, fieldOddities, told, worded } from './oddities-found.ts'
import { soundsLikeRefusal } from './refusal-phrases.ts'
import { type SchemaField, schemaFields } from './schema-fields.ts'
import { Spread } from './spread.ts'

/** What is looked at of an item. */
export interface WatchedItem extends Pick<LedgerLine, 'root_id' | 'fingerprint' | 'cost_usd'> {
  /** As JSON text (or text). */
  answer: string
  /** The item itself as JSON text, if it is known. */
  item: string | null
}

/** Told of single answers while they are watched. */
export interface Witness {
  /** That an answer counts for an oddity, whatever becomes of it. */
  seen(kind: Oddity['kind'], field: string | undefined, id: string): void
  /** An amount of an answer that may turn out to be far from the others: the length of a text in a field, or a cost. */
  amount(of: 'length' | 'cost', field: string, amount: number, id: string): void
}

/** Answers with free keys have as many fields as keys. */
const mostFields = 200
/** A shorter text may well be the answer of two items. */
const tellingLength = 40
/** A shorter text may well stand in the item and in its answer. */
const repeatedLength = 20
/** USD as whole numbers: prices are a few dollars per million tokens. */
const nano = 1e9
/** So many times the usual cost is told. */
const dear = 10

export class OddityWatch {
  readonly #isText: boolean
  readonly #content: AnswerContent
  readonly #schema: ReadonlyMap<string, SchemaField>
  readonly #fields = new Map<string, FieldWatch>()
  readonly #all = new Sightings()
  readonly #empty = new Sightings()
  readonly #refusals = new Sightings()
  readonly #repeated = new Sightings()
  readonly #echoes = new Sightings()
  #withItem = 0
  readonly #costs = new Spread()
  /** The hash of what was asked, by the texts of the answer. */
  readonly #answers = new TextNumbers()

  readonly #witness: Witness | undefined

  /** `ids`: the fields of the outputs that are ours. */
  constructor(
    step: Pick<ResolvedStep, 'batch_mode' | 'output_file' | 'output_schema'>,
    ids: readonly string[],
    witness?: Witness,
  ) {
    this.#witness = witness
    this.#isText = isTextOutput(step)
    this.#content = new AnswerContent(step.batch_mode ? ids : [])
    this.#schema = step.output_schema === null ? new Map() : schemaFields(step.output_schema as Json)
  }

  add({ root_id, fingerprint, cost_usd, answer, item }: WatchedItem): void {
    this.#all.add(root_id)
    if (cost_usd !== null && cost_usd > 0) {
      this.#costs.add(cost_usd * nano, root_id)
      this.#witness?.amount('cost', '', cost_usd * nano, root_id)
    }
    const content = this.#content
    content.read(this.#isText ? answer : jsonOrText(answer))
    if (content.isEmpty) {
      this.#see('empty', this.#empty, root_id)
      return
    }
    for (const leaf of content.leaves) this.#addLeaf(leaf, root_id)
    if (this.#schema.size > 0) this.#addElements()
    if (content.texts.some(soundsLikeRefusal)) this.#see('refusal', this.#refusals, root_id)
    const text = content.texts.join('\n')
    if (text.length >= tellingLength) this.#compare(text, { root_id, fingerprint })
    if (item === null) return
    this.#withItem += 1
    if (isEcho(content.texts, item)) this.#see('same_as_item', this.#echoes, root_id)
  }

  #see(kind: Found['kind'], sightings: Sightings, id: string): void {
    sightings.add(id)
    this.#witness?.seen(kind, undefined, id)
  }

  #addLeaf({ path, value, isEmpty }: Leaf, id: string): void {
    const field = this.#fieldAt(path)
    field?.add(value, id, isEmpty)
    if (field === undefined || this.#witness === undefined) return
    if (isEmpty && !field.mayBeEmpty(value)) this.#witness.seen('empty_field', fieldOf(path), id)
    if (typeof value === 'string' && !isEmpty) this.#witness.amount('length', path, value.length, id)
  }

  /** What is odd, each with its count, up to three items, and what to do; the most telling first. */
  found(): Oddity[] {
    return worded(this.#found())
  }

  /** The same, before it is put into words. */
  told(): Found[] {
    return told(this.#found())
  }

  #found(): Found[] {
    const { count: of } = this.#all
    const found: Found[] = []
    const add = (kind: Found['kind'], { count, ids }: Sightings, among = of) => {
      if (count > 0) found.push({ kind, count, of: among, ids })
    }
    add('empty', this.#empty)
    add('refusal', this.#refusals)
    add('same_as_item', this.#echoes, this.#withItem)
    add('same_answer', this.#repeated)
    for (const [path, field] of this.#fields) found.push(...fieldOddities(path, field, of - this.#empty.count))
    const dearest = this.#costs.count < fewest.spread ? null : this.#costs.above(dear, 0)
    if (dearest !== null) found.push({ kind: 'cost', of: this.#costs.count, ...dearest, scale: nano })
    return found
  }

  #fieldAt(path: string): FieldWatch | undefined {
    const known = this.#fields.get(path)
    if (known !== undefined || this.#fields.size >= mostFields) return known
    const field = new FieldWatch(this.#schema.get(path))
    this.#fields.set(path, field)
    return field
  }

  #addElements(): void {
    for (const { path, value } of this.#content.elements)
      if (this.#schema.get(path)?.values != null) this.#fieldAt(path)?.addElement(value)
  }

  /** What was asked alike may be answered alike. */
  #compare(text: string, { root_id, fingerprint }: Pick<WatchedItem, 'root_id' | 'fingerprint'>): void {
    const asked = textHash(fingerprint ?? root_id)[0] >>> 1
    const before = this.#answers.set(text, asked)
    if (before !== undefined && before !== asked) this.#see('same_answer', this.#repeated, root_id)
  }
}

/** As an oddity names it: an answer without fields has none. */
function fieldOf(path: string): string | undefined {
  return path === '' ? undefined : path
}

/** What nobody can read is found by others; here it must not end a run. */
function jsonOrText(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

/** Whether all the texts of an answer stand in its item, each as a whole value. */
function isEcho(texts: readonly string[], item: string): boolean {
  if (!texts.some((text) => text.length >= repeatedLength)) return false
  const given = new AnswerContent([])
  given.read(jsonOrText(item))
  const known = new Set(given.texts.map((text) => text.trim()))
  return texts.every((text) => known.has(text.trim()))
}
