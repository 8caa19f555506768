/**
 * Reads the elements of a JSON array one after another, without holding the array: a scanner finds where each element ends,
 * and JSON.parse checks it. Own code, because stream parsers lose the digits of numbers (docs/decisions/0003).
 * Long, since it is one scanner of one grammar, with its error positions.
 */
import { isUtf8 } from 'node:buffer'
import { type ParseError, parse as parseLeniently, printParseErrorCode } from 'jsonc-parser'
import { type Json, parseJson } from './json.ts'
import { isNestedTooDeep } from './nesting.ts'

/** The text is not JSON, or not an array where one was expected. `message` has line and column (from 1). */
export class JsonInvalid extends Error {
  override readonly name = 'JsonInvalid'
}

export interface Element {
  value: Json
  /** The line on which the element begins, from 1. */
  line: number
  /** Where it stands in the text: first byte, and the one after the last. */
  bytes: [number, number]
  /** It is nested too deep to work with: only its own fields may be read. */
  isTooDeep: boolean
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openers = new Set([0x5b, 0x7b])
const closers = new Set([0x5d, 0x7d])
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const endOfInput = -1

interface ValueText {
  text: string
  /** Where it begins. */
  line: number
  column: number
  bytes: [number, number]
}

/** How far the scan of a value has come. */
interface Scan {
  length: number
  depth: number
  inText: boolean
}

/** Where a text that is open at `at` closes: behind its quote, or before what cannot be decided without more bytes. */
function endOfText(bytes: Buffer, at: number): { at: number; closed: boolean } {
  for (let from = at; ; ) {
    const found = bytes.indexOf(quote, from)
    const end = found === -1 ? bytes.length : found
    let escapes = 0
    while (end - escapes > at && bytes[end - escapes - 1] === backslash) escapes++
    if (found === -1) return { at: end - escapes, closed: false }
    if (escapes % 2 === 0) return { at: found + 1, closed: true }
    from = found + 1
  }
}

/** A window over the bytes of a text that moves forward; it grows only as long as one value is. */
class ByteWindow {
  readonly #chunks: AsyncIterator<Uint8Array>
  #bytes = Buffer.allocUnsafe(256 * 1024)
  #end = 0
  #at = 0
  #line = 1
  #lineStart = 0
  /** Bytes that were dropped from the front of the window. */
  #dropped = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done) return false
    this.#dropConsumed()
    if (this.#end + value.length > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + value.length))
      this.#bytes.copy(wider, 0, 0, this.#end)
      this.#bytes = wider
    }
    this.#bytes.set(value, this.#end)
    this.#end += value.length
    return true
  }

  #dropConsumed(): void {
    this.#bytes.copyWithin(0, this.#at, this.#end)
    this.#dropped += this.#at
    this.#end -= this.#at
    this.#at = 0
  }

  /** Lets go of the bytes. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  place(): { line: number; column: number } {
    return { line: this.#line, column: this.#dropped + this.#at - this.#lineStart + 1 }
  }

  /** The next byte that is no white space, without taking it. */
  async peek(): Promise<number> {
    for (;;) {
      const byte = this.peekNow()
      if (byte !== undefined) return byte
      if (!(await this.#more())) return endOfInput
    }
  }

  /** The same if it is among the bytes there are: to wait for each value takes longer than to read it. */
  peekNow(): number | undefined {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at]!
      if (!isSpace(byte)) return byte
      this.#at++
      if (byte === 0x0a) this.#newLine()
    }
    return undefined
  }

  #newLine(): void {
    this.#line++
    this.#lineStart = this.#dropped + this.#at
  }

  take(): void {
    this.#at++
  }

  async skipByteOrderMark(): Promise<void> {
    while (this.#end < 3 && (await this.#more()));
    if (
      this.#end >= 2 &&
      ((this.#bytes[0] === 0xff && this.#bytes[1] === 0xfe) || (this.#bytes[0] === 0xfe && this.#bytes[1] === 0xff))
    ) {
      throw new JsonInvalid('is UTF-16. Expected UTF-8; save it again with that encoding')
    }
    if (this.#end >= 3 && this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) {
      this.#at = 3
      this.#lineStart = 3
    }
  }

  /** Takes the next whole value and returns its text. Checks only brackets and quotes; the caller parses it. */
  async value(): Promise<ValueText> {
    await this.peek()
    const scan: Scan = { length: 0, depth: 0, inText: false }
    while (!this.#scanOn(scan) && (await this.#more()));
    return this.#taken(scan)
  }

  /** The same if it ends in the bytes there are. */
  valueNow(): ValueText | undefined {
    const scan: Scan = { length: 0, depth: 0, inText: false }
    return this.peekNow() !== undefined && this.#scanOn(scan) ? this.#taken(scan) : undefined
  }

  #taken({ length }: Scan): ValueText {
    const place = this.place()
    const start = this.#dropped + this.#at
    const { text } = this.#takeText(Math.min(length, this.#end - this.#at))
    return { text, ...place, bytes: [start, this.#dropped + this.#at] }
  }

  /** Goes on with a value over the bytes there are; true if it ends in them. */
  #scanOn(scan: Scan): boolean {
    const bytes = this.#bytes.subarray(0, this.#end)
    let at = this.#at + scan.length
    let { depth, inText } = scan
    let ended = false
    while (at < bytes.length && !ended) {
      if (inText) {
        const end = endOfText(bytes, at)
        inText = !end.closed
        at = end.at
        if (inText) break
        ended = depth === 0
        continue
      }
      const byte = bytes[at]!
      if (depth === 0 && (byte === comma || byte === colon || closers.has(byte) || (at > this.#at && isSpace(byte)))) {
        ended = true
        break
      }
      if (byte === quote) inText = true
      else if (openers.has(byte)) depth++
      else if (closers.has(byte)) ended = --depth === 0
      at++
    }
    Object.assign(scan, { length: at - this.#at, depth, inText })
    return ended
  }

  #takeText(length: number): { text: string } {
    const slice = this.#bytes.subarray(this.#at, this.#at + length)
    if (!isUtf8(slice)) throw new JsonInvalid(`is not UTF-8 (line ${this.#line}). Save it again with that encoding`)
    for (let found = slice.indexOf(0x0a); found !== -1; found = slice.indexOf(0x0a, found + 1)) {
      this.#line++
      this.#lineStart = this.#dropped + this.#at + found + 1
    }
    this.#at += length
    const text = slice.toString('utf8')
    // Columns count characters, not bytes.
    if (text.length !== slice.length)
      this.#lineStart += slice.length - slice.lastIndexOf(0x0a) - (text.length - text.lastIndexOf('\n'))
    return { text }
  }
}

/**
 * The elements of the array to which `pointer` leads (a JSON Pointer's parts; none for the whole text).
 * Throws JsonInvalid if the text is not JSON up to its end, or has no array there.
 */
export async function* arrayElements(
  chunks: AsyncIterable<Uint8Array>,
  pointer: readonly string[] = [],
): AsyncGenerator<Element> {
  const window = new ByteWindow(chunks)
  try {
    await window.skipByteOrderMark()
    yield* descend(window, pointer, [])
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

async function* descend(window: ByteWindow, pointer: readonly string[], walked: string[]): AsyncGenerator<Element> {
  const byte = await window.peek()
  const here = walked.length === 0 ? 'the whole' : `#/${walked.join('/')}`
  if (pointer.length === 0 && byte === 0x5b) return yield* elements(window)
  if (byte === 0x7b && pointer.length > 0) return yield* member(window, pointer, walked)
  const { value } = await parsedValue(window)
  if (pointer.length > 0)
    throw new JsonInvalid(`has no object at ${here}, so #/${[...walked, ...pointer].join('/')} leads nowhere`)
  throw new JsonInvalid(`is not an array: ${here} is ${kindOf(value)}. Expected a JSON array, [ … ]${arrayHint(value)}`)
}

async function* elements(window: ByteWindow): AsyncGenerator<Element> {
  window.take()
  if ((await window.peek()) === 0x5d) return window.take()
  for (;;) {
    const text = window.valueNow()
    yield text === undefined ? await parsedValue(window) : parsedText(text)
    const byte = window.peekNow() ?? (await window.peek())
    if (byte !== comma && byte !== 0x5d) throw unexpected(window, ', or ]')
    window.take()
    if (byte === 0x5d) return
  }
}

async function* member(window: ByteWindow, pointer: readonly string[], walked: string[]): AsyncGenerator<Element> {
  const [wanted, ...rest] = pointer as [string, ...string[]]
  const keys: string[] = []
  window.take()
  let byte = await window.peek()
  let found = false
  while (byte !== 0x7d) {
    if (byte !== quote) throw unexpected(window, 'a key in quotes')
    const key = String((await parsedValue(window)).value)
    keys.push(key)
    if ((await window.peek()) !== colon) throw unexpected(window, ':')
    window.take()
    if (key === wanted && !found) {
      found = true
      yield* descend(window, rest, [...walked, key])
    } else await parsedValue(window)
    byte = await window.peek()
    if (byte !== comma && byte !== 0x7d) throw unexpected(window, ', or }')
    if (byte === comma) {
      window.take()
      byte = await window.peek()
      if (byte === 0x7d) throw unexpected(window, 'a key in quotes')
    }
  }
  window.take()
  if (!found)
    throw new JsonInvalid(`has no #/${[...walked, wanted].join('/')}. There is: ${keys.join(', ') || 'nothing'}`)
}

async function parsedValue(window: ByteWindow): Promise<Element> {
  return parsedText(await window.value())
}

function parsedText({ text, line, column, bytes }: ValueText): Element {
  try {
    const { value, isTooDeep } = parsedWithDepth(text)
    return { value, isTooDeep, line, bytes }
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
