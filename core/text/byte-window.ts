/**
 * A window over the bytes of a JSON text: finds where each value ends, without holding more than one. Own code, because stream
 * parsers lose the digits of numbers (docs/decisions/0003).
 */
import { isUtf8 } from 'node:buffer'
import { JsonInvalid } from './json-invalid.ts'

export const quote = 0x22
const backslash = 0x5c
export const comma = 0x2c
export const colon = 0x3a
export const [openArray, closeArray] = [0x5b, 0x5d]
export const [openObject, closeObject] = [0x7b, 0x7d]
const openers = new Set([openArray, openObject])
const closers = new Set([closeArray, closeObject])
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
export const endOfInput = -1

export interface ValueText {
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
export class ByteWindow {
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
