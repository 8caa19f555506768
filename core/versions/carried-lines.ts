/**
 * The ledger lines of a block whose answers are carried over, cut and put together again as bytes. Only of blocks that are proven: see
 * `plain-line.ts`.
 */
import { isAscii } from 'node:buffer'
import { hash } from 'node:crypto'
import { lineCheckLength } from './ledger.ts'
import { type LineNames, lineNames } from './line-names.ts'
import { notCarried, parts, spentNothing } from './plain-line.ts'

/** Lines as they stand in the ledger of the version that carries the answers over. */
export interface CarriedLines {
  bytes: Buffer
  /** Where each ends, newline included. */
  ends: Uint32Array
}

const newline = 0x0a
const comma = 0x2c
const quote = 0x22
const backslash = 0x5c
const closeObject = 0x7d
const inBytes = (text: string) => Buffer.from(text, 'latin1')
const seek = {
  decision: inBytes(parts.decision),
  answeredBy: inBytes(parts.answeredBy),
  bytes: inBytes(parts.bytes),
  fingerprint: inBytes(parts.fingerprint),
  spent: inBytes(parts.spent),
  error: inBytes(parts.error),
}
const checkOpen = inBytes(parts.check)
const idOpen = inBytes('{"item_id":"')
const rootOpen = inBytes('","root_id":"')
const indexOpen = inBytes('","item_index":')
const noOutput = inBytes(',"output_id":null,')
const nothing = inBytes(`,${spentNothing}${parts.error}`)
const checkLength = `${parts.check}"}`.length + lineCheckLength
const sumLength = `${parts.checksum}"`.length + 64

/** What is kept of where a line is cut. */
const cuts = 7

/** The lines of a block, each a plain answer. */
export class PlainLines {
  readonly count: number
  readonly #bytes: Buffer
  readonly #encoding: 'latin1' | 'utf8'
  /** Of each line: its first byte, its decision, its state, the places of its answer, what stands behind them, what was spent, its end. */
  readonly #cuts: Uint32Array

  private constructor(bytes: Buffer, found: Uint32Array) {
    this.#bytes = bytes
    this.#encoding = isAscii(bytes) ? 'latin1' : 'utf8'
    this.#cuts = found
    this.count = found.length / cuts
  }

  /** Undefined if a line is anything but a plain answer. The bytes are not copied. */
  static in(bytes: Buffer, lines: number): PlainLines | undefined {
    const found = new Uint32Array(lines * cuts)
    let start = 0
    for (let at = 0; at < found.length; at += cuts) {
      const end = bytes.indexOf(newline, start)
      const decision = bytes.indexOf(seek.decision, start)
      const state = bytes.indexOf(seek.answeredBy, decision)
      const answer = bytes.indexOf(seek.bytes, state)
      const asked = bytes.indexOf(seek.fingerprint, answer)
      const spent = bytes.indexOf(seek.spent, asked)
      const error = bytes.indexOf(seek.error, spent) + seek.error.length
      const sum = end - checkLength - sumLength
      const ascend = start < decision && decision < state && state < answer && answer < asked && asked < spent
      if (!ascend || spent >= error || error > sum) return undefined
      if (!bytes.toString('latin1', sum, end).startsWith(parts.checksum)) return undefined
      if (error < sum && !notCarried.test(bytes.toString('latin1', error, sum))) return undefined
      found[at] = start
      found[at + 1] = decision
      found[at + 2] = state
      found[at + 3] = answer + seek.bytes.length
      found[at + 4] = asked
      found[at + 5] = spent
      found[at + 6] = end
      start = end + 1
    }
    return start === bytes.length ? new PlainLines(bytes, found) : undefined
  }

  /**
   * The one name by which most lines are found, with nothing else made of the line. Undefined if it has more, or if the name has escapes or
   * other characters than ASCII.
   */
  onlyName(nth: number): string | undefined {
    const bytes = this.#bytes
    const start = this.#cuts[nth * cuts]! + idOpen.length
    let end = start
    for (; bytes[end] !== quote; end++) if (bytes[end] === backslash || bytes[end]! > 0x7e) return undefined
    const root = end + rootOpen.length
    for (let at = start; at < end; at++) if (bytes[at] !== bytes[root + at - start]) return undefined
    const behind = root + end - start
    if (!isAt(bytes, end, rootOpen) || !isAt(bytes, behind, indexOpen)) return undefined
    const number = bytes.indexOf(comma, behind + indexOpen.length)
    return isAt(bytes, number, noOutput) ? bytes.toString('latin1', start, end) : undefined
  }

  /** What a line is found by. */
  names(nth: number): LineNames {
    return lineNames(this.#bytes.toString(this.#encoding, this.#cuts[nth * cuts], this.#cuts[nth * cuts + 1]))
  }

  /** The lines if the answers of the block stand `shift` bytes further on than in the base. */
  carried({ reason, shift }: { reason: string; shift: number }): CarriedLines {
    const from = this.#bytes
    const found = this.#cuts
    const decided = inBytes(`${parts.decision}carry","reason":"${reason}"`)
    const most = this.count * (decided.length + nothing.length + 2 * String(Number.MAX_SAFE_INTEGER).length)
    const bytes = Buffer.allocUnsafeSlow(from.length + most)
    const ends = new Uint32Array(this.count)
    let at = 0
    for (let nth = 0; nth < this.count; nth++) {
      const line = nth * cuts
      const [answer, behind, end] = [found[line + 3]!, found[line + 4]!, found[line + 6]!]
      const begins = at
      at += from.copy(bytes, at, found[line], found[line + 1])
      at += decided.copy(bytes, at)
      at += from.copy(bytes, at, found[line + 2], answer)
      at += bytes.write(shifted(from.toString('latin1', answer, behind), shift), at, 'latin1')
      at += from.copy(bytes, at, behind, found[line + 5])
      at += nothing.copy(bytes, at)
      at += from.copy(bytes, at, end - checkLength - sumLength, end - checkLength)
      bytes[at] = closeObject
      const check = hash('sha256', bytes.subarray(begins, at + 1))
      at += checkOpen.copy(bytes, at)
      at += bytes.write(check, at, lineCheckLength, 'latin1')
      at = bytes.writeUInt8(quote, at)
      at = bytes.writeUInt8(closeObject, at)
      at = bytes.writeUInt8(newline, at)
      ends[nth] = at
    }
    return { bytes: bytes.subarray(0, at), ends }
  }
}

function isAt(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let nth = 0; nth < text.length; nth++) if (bytes[at + nth] !== text[nth]) return false
  return true
}

/** Both numbers, further on. */
function shifted(places: string, shift: number): string {
  const between = places.indexOf(',')
  return `${Number(places.slice(0, between)) + shift},${Number(places.slice(between + 1)) + shift}`
}
