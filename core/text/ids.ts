/** What identifies an item, and the folder name its id becomes. Different ids never share a folder, on any file system. */
import { hash } from 'node:crypto'
import { isExactNumber, type Json, jsonText } from './json.ts'
import { TextNumbers } from './text-numbers.ts'

/** An id as text: a text as it is, a number with the digits of its source. Undefined for what cannot be an id. */
export function idText(value: Json | undefined): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || isExactNumber(value)) return jsonText(value)
  return undefined
}

/** An id as it is written in YAML and JSON, so that it is read as the same id: in quotes, unless it is a plain whole number. */
export function yamlId(id: string): string {
  return /^(0|-?[1-9]\d{0,14})$/.test(id) ? id : JSON.stringify(id)
}

const longestSegment = 120

/** Gives ids their path segments. An id that equals an earlier one when lower-cased gets a suffix, so the order of asking matters. */
export class Segments {
  readonly #taken = new TextNumbers()

  /** The segment of a new id. */
  segment(id: string): string {
    const plain = shortened(percentEncoded(id), id)
    const segment = this.#taken.has(plain.toLowerCase()) ? `${plain}~${idHash(id).slice(0, 8)}` : plain
    this.#taken.set(segment.toLowerCase(), 0)
    return segment
  }

  /** Notes a segment that was given before, in an earlier version. */
  inherit(segment: string): void {
    this.#taken.set(segment.toLowerCase(), 0)
  }
}

function shortened(segment: string, id: string): string {
  return segment.length <= longestSegment ? segment : `${segment.slice(0, 100)}~${idHash(id).slice(0, 16)}`
}

/** UTF-8 would make all lone surrogates one; percent-encoded they differ. */
function idHash(id: string): string {
  return sha256(id.isWellFormed() ? id : percentEncoded(id))
}

// Windows reserves these names, with any ending.
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * Percent-encodes all but letters, digits and `-_.`; a leading dot, a trailing dot and a reserved name too.
 * The two normal forms of é differ in bytes, so they differ here; a lone surrogate keeps its three bytes (WTF-8).
 */
function percentEncoded(id: string): string {
  const encoded = /^[A-Za-z0-9\-_.]*$/.test(id) ? id : Array.from(id, encodeCharacter).join('')
  const safe = encoded.replace(/^\.|\.$/g, '%2E')
  return reserved.test(safe) ? percentByte(safe.charCodeAt(0)) + safe.slice(1) : safe
}

function encodeCharacter(character: string): string {
  if (/^[A-Za-z0-9\-_.]$/.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  if (code >= 0xd800 && code <= 0xdfff) {
    return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)].map(percentByte).join('')
  }
  return Array.from(Buffer.from(character, 'utf8'), percentByte).join('')
}

function percentByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

/** Hex sha256 of a text in UTF-8, or of bytes. */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content)
}
