/** From the figures of a step's answers to what is said of them. */
import { type Oddity, oddityKinds } from '../documents.ts'
import { shorten } from '../text/shorten.ts'
import type { FieldWatch } from './field-watch.ts'
import { type SchemaField, valueKey } from './schema-fields.ts'

/** Something odd, before it is put into words. */
export interface Found extends Pick<Oddity, 'kind' | 'count' | 'of' | 'field'> {
  ids: readonly string[]
  /** The value, or values, that it is about, as JSON. */
  values?: readonly string[]
  /** Characters; of costs USD times `scale`. */
  farthest?: number
  middle?: number
  scale?: number
  /** Of amounts: whether one, by its bucket, is among them. */
  isOut?: (bucket: number) => boolean
}

/** With fewer answers chance decides. */
export const fewest = { field: 5, value: 10, spread: 20 }

/** What is odd in one field. `of`: the answers that are not empty as a whole. */
export function fieldOddities(path: string, field: FieldWatch, of: number): Found[] {
  const found: Found[] = []
  const name = path === '' ? {} : { field: path }
  const { seen, empty, lengths, schema } = field
  if (seen.count >= fewest.field && empty.count * 2 >= seen.count)
    found.push({ kind: 'empty_field', ...name, count: empty.count, of: seen.count, ids: empty.ids })
  const isAlways = isOneValue(field, of)
  if (isAlways) found.push({ kind: 'one_value', ...name, count: of, of, ids: seen.ids, values: [field.only!] })
  const unused = isAlways ? [] : unusedOf(schema, field.used, of)
  if (unused.length > 0) {
    const among = schema?.values?.length ?? 0
    found.push({ kind: 'unused_value', ...name, count: unused.length, of: among, ids: [], values: unused })
  }
  if (lengths.count < fewest.spread) return found
  const long = lengths.above(5, 200)
  if (long !== null) found.push({ kind: 'long', ...name, of: lengths.count, ...long })
  const short = lengths.below(8, 80)
  if (short !== null) found.push({ kind: 'short', ...name, of: lengths.count, ...short })
  return found
}

/** Not one that the schema left no choice about, and not one that is empty: that is said already. */
function isOneValue({ seen, empty, only, schema }: FieldWatch, of: number): boolean {
  if (seen.count < fewest.value || seen.count !== of || only === null || empty.count > 0) return false
  return only !== 'null' && (schema?.values == null || schema.values.length > 1)
}

function unusedOf(schema: SchemaField | undefined, used: ReadonlySet<string>, of: number): string[] {
  const values = schema?.values ?? []
  if (values.length < 2 || of < Math.max(fewest.spread, 5 * values.length)) return []
  return values.map(valueKey).filter((value) => !used.has(value))
}

/** An answer may have a hundred fields; nobody reads as many lines. */
const mostOfKind = 5

/** In words, the most telling first. */
export function worded(found: readonly Found[]): Oddity[] {
  return told(found).map(inWords)
}

/** Those that are told, the most telling first. */
export function told(found: readonly Found[]): Found[] {
  return oddityKinds.flatMap((kind) =>
    found
      .filter((one) => one.kind === kind)
      .sort((a, b) => b.count - a.count)
      .slice(0, mostOfKind),
  )
}

function inWords(found: Found): Oddity {
  const { kind, field, count, of, ids } = found
  return { kind, ...(field !== undefined && { field }), count, of, item_ids: [...ids], ...texts[kind](found) }
}

type Words = Pick<Oddity, 'message' | 'to_do'>

const texts: Record<Oddity['kind'], (found: Found) => Words> = {
  empty: ({ count, of }) => ({
    message: `${share(count, of)} ${are(count)} empty: valid, but without any content`,
    to_do: 'Say in the prompt what an answer must contain, and rerun these items.',
  }),
  refusal: ({ count, of }) => ({
    message: `${share(count, of)} ${count === 1 ? 'sounds' : 'sound'} like a refusal`,
    to_do: 'Read them: the prompt may lack what the model needs, or ask for what it does not do.',
  }),
  same_as_item: ({ count, of }) => ({
    message: `${share(count, of)} only ${count === 1 ? 'repeats its' : 'repeat their'} item`,
    to_do: 'Read them, and say in the prompt what has to be done with the text.',
  }),
  same_answer: ({ count, of }) => ({
    message: `${share(count, of)} ${are(count)} the same as that of an earlier item`,
    to_do: 'Check that the template has the fields in which the items differ.',
  }),
  empty_field: (found) => ({
    message: `${fieldName(found)} is empty in ${share(found.count, found.of)}`,
    to_do: 'Say in the prompt what to write there, or allow null in the schema if it may be empty.',
  }),
  one_value: (found) => ({
    message: `${fieldName(found)} is ${listed(found)} in all ${number(found.of)} answers`,
    to_do: 'Check that the prompt says when another value applies, or leave the field out.',
  }),
  unused_value: (found) => ({
    message: `${fieldName(found)} is never ${listed(found)}`,
    to_do: 'Check that the prompt says when each value applies.',
  }),
  short: (found) => ({
    message: `${lengthText(found)} far shorter than the others: down to ${characters(found.farthest)}, most have about ${number(found.middle)}`,
    to_do: 'Read the shortest: something may be missing.',
  }),
  long: (found) => ({
    message: `${lengthText(found)} far longer than the others: up to ${characters(found.farthest)}, most have about ${number(found.middle)}`,
    to_do: 'Read the longest: it may hold more than was asked for.',
  }),
  cost: ({ count, of, farthest = 0, middle = 0, scale = 1 }) => ({
    message: `${number(count)} of ${number(of)} items cost far more than the others: up to ${dollars(farthest / scale)}, most about ${dollars(middle / scale)}`,
    to_do: 'Look at their prompts and attempts (itemwise show).',
  }),
}

function lengthText(found: Found): string {
  const { count, of, field } = found
  return `${field === undefined ? share(count, of) : `${fieldName(found)} of ${share(count, of)}`} ${field === undefined ? are(count) : 'is'}`
}

function fieldName({ field }: Found): string {
  return field === undefined ? 'The answer' : shorten(field, 60)
}

/** `"easy", "hard" or "none"`. */
function listed({ values = [] }: Found): string {
  const shown = values.slice(0, 5).map((value) => shorten(value, 40))
  if (values.length > shown.length) shown.push(`${values.length - shown.length} more`)
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`
}

function share(count: number, of: number): string {
  return `${number(count)} of ${number(of)} answer${of === 1 ? '' : 's'}`
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are'
}

function characters(count = 0): string {
  return `${number(count)} character${count === 1 ? '' : 's'}`
}

function number(count = 0): string {
  return count.toLocaleString('en-US')
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', { maximumSignificantDigits: 2 })}`
}
