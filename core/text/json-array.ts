/**
 * Reads the elements of a JSON array one after another, without holding the array: a window finds where each element ends,
 * and JSON.parse checks it.
 * Long, since it is one walk over one grammar, with its error positions.
 */
import { type ParseError, parse as parseLeniently, printParseErrorCode } from 'jsonc-parser'
import {
  ByteWindow,
  closeArray,
  closeObject,
  colon,
  comma,
  endOfInput,
  openArray,
  openObject,
  quote,
  type ValueText,
} from './byte-window.ts'
import { type Json, parseJson } from './json.ts'
import { JsonInvalid } from './json-invalid.ts'
import { someOf } from './nearest.ts'
import { isNestedTooDeep } from './nesting.ts'

export { JsonInvalid } from './json-invalid.ts'

export interface Element {
  value: Json
  /** The line on which the element begins, from 1. */
  line: number
  /** Where it stands in the text: first byte, and the one after the last. */
  bytes: [number, number]
  /** It is nested too deep to work with: only its own fields may be read. */
  isTooDeep: boolean
  /** Characters of its text. */
  size: number
}

/**
 * The elements of the array to which `pointer` leads: a JSON Pointer's parts, none for the whole text. `*` stands for every key or
 * place, and values without the parts behind it are passed over; a last `*` means the values themselves. With `entries`, an object
 * is an array of its entries, `{key, value}`.
 * Throws JsonInvalid if the text is not JSON up to its end, or has no array there.
 */
export async function* arrayElements(...[chunks, pointer, options]: ArrayInText): AsyncGenerator<Element> {
  for await (const batch of elementBatches(chunks, pointer, options)) for (const element of batch) yield element
}

type ArrayInText = [chunks: AsyncIterable<Uint8Array>, pointer?: readonly string[], options?: { entries?: boolean }]

/** The same as many at a time as the bytes that are there have: to wait for each takes as long as to parse it. */
export async function* elementBatches(
  ...[chunks, pointer = [], { entries = false } = {}]: ArrayInText
): AsyncGenerator<Element[]> {
  const window = new ByteWindow(chunks)
  const walk: Walk = { window, entries, reached: false, isWild: pointer.includes('*'), keys: [] }
  try {
    await window.skipByteOrderMark()
    yield* descend(walk, pointer, [])
    if (!walk.reached) {
      const there = walk.keys.length === 0 ? '' : `. There is: ${someOf(walk.keys)}`
      throw new JsonInvalid(`has nothing at #/${pointer.join('/')}${there}`)
    }
    if ((await window.peek()) !== endOfInput) throw unexpected(window, 'the end of the file')
  } finally {
    await window.close()
  }
}

/** The elements of an array that is held as a text. */
export async function* elementsIn(text: string): AsyncGenerator<Element> {
  yield* arrayElements(oneChunk(text))
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** How far a pointer has led. */
interface Walk {
  window: ByteWindow
  entries: boolean
  /** Whether it has led anywhere. */
  reached: boolean
  isWild: boolean
  /** Of the first object that lacks the key that the pointer has there. */
  keys: readonly string[]
}

async function* descend(walk: Walk, pointer: readonly string[], walked: string[]): AsyncGenerator<Element[]> {
  const { window } = walk
  const byte = await window.peek()
  const [isArray, isObject] = [byte === openArray, byte === openObject]
  if (pointer.length === 0) walk.reached = true
  if (pointer.length === 0 && isArray) return yield* elements(window)
  if (pointer.length === 0 && isObject && walk.entries) return yield* entriesOf(window)
  if (pointer.length > 0 && isArray) return yield* places(walk, pointer, walked)
  if (pointer.length > 0 && isObject) return yield* member(walk, pointer, walked)
  const { value } = await parsedValue(window)
  const here = walked.length === 0 ? 'the whole' : `#/${walked.join('/')}`
  if (pointer.length === 0)
    throw new JsonInvalid(
      `is not an array: ${here} is ${kindOf(value)}. Expected a JSON array, [ … ]${arrayHint(value)}`,
    )
  if (!walk.isWild)
    throw new JsonInvalid(`has no object at ${here}, so #/${[...walked, ...pointer].join('/')} leads nowhere`)
}

/** What stands at one key or place: the elements below it, or, at the end of the pointer, the value that `*` means. */
async function* below(walk: Walk, pointer: readonly string[], walked: string[]): AsyncGenerator<Element[]> {
  const [part, ...rest] = pointer
  if (part !== '*' || rest.length > 0) return yield* descend(walk, rest, walked)
  walk.reached = true
  yield [await parsedValue(walk.window)]
}

/** As `placesIn`, without a generator in between: a long array is read often. */
async function* elements(window: ByteWindow): AsyncGenerator<Element[]> {
  window.take()
  if ((await window.peek()) === closeArray) return window.take()
  let batch: Element[] = []
  try {
    for (;;) {
      const text = window.valueNow()
      if (text === undefined && batch.length > 0) {
        yield batch
        batch = []
      }
      batch.push(text === undefined ? await parsedValue(window) : parsedText(text))
      const byte = window.peekNow() ?? (await window.peek())
      if (byte !== comma && byte !== closeArray) throw unexpected(window, ', or ]')
      window.take()
      if (byte === closeArray) break
    }
  } catch (error) {
    // What came before the mistake is as good as ever.
    if (batch.length > 0) yield batch
    throw error
  }
  yield batch
}

async function* entriesOf(window: ByteWindow): AsyncGenerator<Element[]> {
  for await (const { key, line } of keysIn(window)) {
    const { value, isTooDeep, bytes, size } = await parsedValue(window)
    yield [{ value: { key, value }, line, bytes, isTooDeep, size: key.length + size }]
  }
}

async function* places(walk: Walk, pointer: readonly string[], walked: string[]): AsyncGenerator<Element[]> {
  let found = false
  let count = 0
  for await (const place of placesIn(walk.window)) {
    count += 1
    if (pointer[0] !== '*' && pointer[0] !== String(place)) await parsedValue(walk.window)
    else {
      found = true
      yield* below(walk, pointer, [...walked, String(place)])
    }
  }
  if (!found && !walk.isWild)
    throw new JsonInvalid(
      `has no #/${[...walked, pointer[0]].join('/')}. There is an array of ${count} elements, from 0`,
    )
}

async function* member(walk: Walk, pointer: readonly string[], walked: string[]): AsyncGenerator<Element[]> {
  const wanted = pointer[0] ?? ''
  const keys: string[] = []
  let found = false
  for await (const { key } of keysIn(walk.window)) {
    keys.push(key)
    if (wanted === '*' || (key === wanted && !found)) {
      found = true
      yield* below(walk, pointer, [...walked, key])
    } else await parsedValue(walk.window)
  }
  if (!found && walk.keys.length === 0) walk.keys = keys
  if (!found && !walk.isWild)
    throw new JsonInvalid(`has no #/${[...walked, wanted].join('/')}. There is: ${keys.join(', ') || 'nothing'}`)
}

/** The places of an array, from 0. Whoever is given one takes the value that stands there. */
async function* placesIn(window: ByteWindow): AsyncGenerator<number> {
  window.take()
  if ((await window.peek()) === closeArray) return window.take()
  for (let place = 0; ; place++) {
    yield place
    const byte = await window.peek()
    if (byte !== comma && byte !== closeArray) throw unexpected(window, ', or ]')
    window.take()
    if (byte === closeArray) return
  }
}

/** The keys of an object. Whoever is given one takes the value that stands there. */
async function* keysIn(window: ByteWindow): AsyncGenerator<{ key: string; line: number }> {
  window.take()
  let byte = await window.peek()
  while (byte !== closeObject) {
    if (byte !== quote) throw unexpected(window, 'a key in quotes')
    const { value, line } = await parsedValue(window)
    if ((await window.peek()) !== colon) throw unexpected(window, ':')
    window.take()
    yield { key: String(value), line }
    byte = await window.peek()
    if (byte !== comma && byte !== closeObject) throw unexpected(window, ', or }')
    if (byte === comma) {
      window.take()
      byte = await window.peek()
      if (byte === closeObject) throw unexpected(window, 'a key in quotes')
    }
  }
  window.take()
}

async function parsedValue(window: ByteWindow): Promise<Element> {
  return parsedText(await window.value())
}

function parsedText({ text, line, column, bytes }: ValueText): Element {
  try {
    const { value, isTooDeep } = parsedWithDepth(text)
    return { value, isTooDeep, line, bytes, size: text.length }
  } catch (cause) {
    throw notJson(text, { line, column }, cause)
  }
}

/** Parses a JSON text that may be nested too deep to keep the digits of its numbers. Throws SyntaxError. */
export function parsedWithDepth(text: string): Pick<Element, 'value' | 'isTooDeep'> {
  const isTooDeep = isNestedTooDeep(text)
  return { value: isTooDeep ? JSON.parse(text) : parseJson(text), isTooDeep }
}

function notJson(text: string, start: { line: number; column: number }, cause: unknown): JsonInvalid {
  return new JsonInvalid(`is not JSON ${jsonMistake(text, cause, start)}`, { cause })
}

/** `(line 3, column 12): comma expected`: where and why a text is not JSON. `start` is where it begins in its file. */
export function jsonMistake(text: string, cause: unknown, start = { line: 1, column: 1 }): string {
  const errors: ParseError[] = []
  parseLeniently(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false })
  const offset = errors[0]?.offset ?? 0
  const before = text.slice(0, offset).split('\n')
  const line = start.line + before.length - 1
  const column = (before.length === 1 ? start.column : 1) + (before.at(-1)?.length ?? 0)
  const what = errors[0] === undefined ? (cause as Error).message : words(printParseErrorCode(errors[0].error))
  return `(line ${line}, column ${column}): ${what}`
}

/** `comma expected` of `CommaExpected`. */
function words(code: string): string {
  return code.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase()
}

function unexpected(window: ByteWindow, expected: string): JsonInvalid {
  const { line, column } = window.place()
  return new JsonInvalid(`is not JSON (line ${line}, column ${column}): expected ${expected}`)
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && !('rawJSON' in value)) return 'an object'
  return typeof value === 'string' ? 'a text' : typeof value === 'boolean' ? 'true or false' : 'a number'
}

function arrayHint(value: Json): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ''
  const arrays = Object.entries(value)
    .filter(([, inner]) => Array.isArray(inner))
    .map(([key]) => `#/${key}`)
  return arrays.length === 0 ? '' : `, or point to one in it: ${arrays.slice(0, 3).join(' or ')} behind the file's name`
}
