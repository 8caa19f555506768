/** Makes the index of a ledger while its lines are written: holds 16 bytes an id and 8 a line. */
import { createHash, type Hash } from 'node:crypto'
import type { LedgerLine } from '../documents.ts'
import type { ByteRange } from '../store.ts'
import {
  type Block,
  entriesOfPage,
  halfSha256,
  headText,
  type IndexEntry,
  idHash,
  linesOfBlock,
  pageText,
} from './ledger-index.ts'

/** What an index takes of a line. */
type IndexedLine = Pick<
  LedgerLine,
  'root_id' | 'item_id' | 'output_id' | 'item_index' | 'answer_bytes' | 'answer_sha256'
>

/** What a line is found by, and its position. */
export interface NamedLine {
  names: readonly string[]
  item_index: number
}

/** A block of another ledger as it stands in this one: each of its lines has an answer. */
export interface CopiedBlock {
  /** `answers`: where they stand now. */
  block: Pick<Block, 'items' | 'answers' | 'answers_sha256'>
  lines: readonly (NamedLine & { bytes: ByteRange })[]
  /** The lines as they stand in the ledger now. */
  texts: readonly string[]
  /** The same as one text. */
  ledger: string
  /** What stands in the array, from the first byte of the first answer to the last byte of the last one. */
  content: Buffer
}

/** Which half of a number comes first in memory. */
const low = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1
const high = 1 - low

export class IndexBuilder {
  readonly #blocks: Block[] = []
  #block: OpenBlock | null = null
  /** Where each line begins. */
  #starts = new Float64Array(1024)
  #lines = 0
  #ledgerBytes = 0
  #lastLine = ''
  /** The hash of an id above the number of its line. */
  #keys = new BigUint64Array(1024)
  /** The same in halves: a number of 64 bits would be made for each. */
  #halves = new Uint32Array(this.#keys.buffer)
  #entries = 0

  /** `text`: the line as it stands in the ledger. `answer`: what stands between its byte range in the collated file. */
  add(line: IndexedLine, text: string, answer: string | null): void {
    const start = this.#ledgerBytes
    this.#addNames(idsOf(line), text)
    this.#addLine(line, { text, answer, start })
  }

  addBlock({ block, lines, texts, ledger: whole, content }: CopiedBlock): void {
    const start = this.#ledgerBytes
    if (this.#block === null && lines.length === linesOfBlock) {
      for (const [at, { names }] of lines.entries()) this.#addNames(names, texts[at]!)
      const { items, answers, answers_sha256 } = block
      const ledger = [start, this.#ledgerBytes] as const
      const ledger_sha256 = halfSha256(whole)
      const counts = { lines: lines.length, answered: lines.length }
      this.#blocks.push({ ...counts, items, ledger, answers, ledger_sha256, answers_sha256 })
      return
    }
    const first = lines[0]?.bytes[0] ?? 0
    for (const [at, { names, item_index, bytes }] of lines.entries()) {
      const shift = block.answers[0] - first
      const answer_bytes: [number, number] = [bytes[0] + shift, bytes[1] + shift]
      const answer = content.toString('utf8', bytes[0] - first, bytes[1] - first)
      const text = texts[at]!
      const begins = this.#ledgerBytes
      this.#addNames(names, text)
      // The checksum is in the text; here only counts that there is one.
      this.#addLine({ item_index, answer_bytes, answer_sha256: '' }, { text, answer, start: begins })
    }
  }

  #addNames(names: Iterable<string>, text: string): void {
    this.#starts = withRoom(this.#starts, this.#lines)
    this.#starts[this.#lines] = this.#ledgerBytes
    for (const name of names) {
      if (this.#entries === this.#keys.length) {
        this.#keys = withRoom(this.#keys, this.#entries)
        this.#halves = new Uint32Array(this.#keys.buffer)
      }
      this.#halves[2 * this.#entries + low] = this.#lines
      this.#halves[2 * this.#entries + high] = idHash(name)
      this.#entries += 1
    }
    this.#lines += 1
    this.#ledgerBytes += Buffer.byteLength(text)
    this.#lastLine = text
  }

  #addLine(line: BlockLine, { text, answer, start }: { text: string; answer: string | null; start: number }): void {
    this.#block ??= new OpenBlock(line, start)
    this.#block.add(line, text, answer)
    if (this.#block.lines === linesOfBlock) this.#endBlock()
  }

  /** The bytes of the index. `collatedBytes`: the size of the collated file. */
  *content(collatedBytes: number): Generator<Buffer> {
    this.#endBlock()
    const keys = this.#keys.subarray(0, this.#entries).sort()
    const pages = Uint32Array.from(
      { length: Math.ceil(keys.length / entriesOfPage) },
      (_, page) => this.#halves[2 * page * entriesOfPage + high]!,
    )
    yield headText({
      ledger_bytes: this.#ledgerBytes,
      collated_bytes: collatedBytes,
      entries: keys.length,
      last_line: this.#lines === 0 ? 0 : this.#starts[this.#lines - 1]!,
      last_line_sha256: halfSha256(this.#lastLine),
      pages,
      blocks: this.#blocks,
    })
    for (let page = 0; page < pages.length; page++) {
      const first = page * entriesOfPage
      const length = Math.min(entriesOfPage, keys.length - first)
      yield pageText(
        Array.from({ length }, (_, at) => this.#entry(first + at)),
        page,
      )
    }
  }

  #entry(number: number): IndexEntry {
    const line = this.#halves[2 * number + low]!
    const end = line + 1 < this.#lines ? this.#starts[line + 1]! : this.#ledgerBytes
    return { hash: this.#halves[2 * number + high]!, line: [this.#starts[line]!, end] }
  }

  #endBlock(): void {
    if (this.#block !== null) this.#blocks.push(this.#block.ended(this.#ledgerBytes))
    this.#block = null
  }
}

/** What a line is found by. */
export function idsOf({
  root_id,
  item_id,
  output_id,
}: Pick<LedgerLine, 'root_id' | 'item_id' | 'output_id'>): Set<string> {
  const ids = new Set([root_id, item_id])
  return output_id === null ? ids : ids.add(String(output_id))
}

/** The table, twice as long if it is full. */
function withRoom<T extends Float64Array | BigUint64Array>(table: T, at: number): T {
  if (at < table.length) return table
  const wider = (table instanceof Float64Array ? new Float64Array(2 * at) : new BigUint64Array(2 * at)) as T
  wider.set(table as never)
  return wider
}

type BlockLine = Pick<IndexedLine, 'item_index' | 'answer_bytes' | 'answer_sha256'>

/** The lines of a block as they come. */
class OpenBlock {
  lines = 0
  readonly #first: BlockLine
  #last: BlockLine
  readonly #start: number
  readonly #ledger = new TextSum()
  readonly #array = new TextSum()
  #answers: [number, number] = [0, 0]
  #answered = 0
  #areProven = true

  constructor(first: BlockLine, start: number) {
    this.#first = first
    this.#last = first
    this.#start = start
  }

  add(line: BlockLine, text: string, answer: string | null): void {
    this.lines += 1
    this.#last = line
    this.#ledger.add(text)
    if (answer === null || line.answer_bytes === null) return
    const [start, end] = line.answer_bytes
    if (this.#answered > 0) this.#array.add(',\n  ')
    else this.#answers = [start, start]
    this.#answers[1] = end
    this.#answered += 1
    if (line.answer_sha256 == null) this.#areProven = false
    this.#array.add(answer)
  }

  ended(end: number): Block {
    return {
      lines: this.lines,
      items: [this.#first.item_index, this.#last.item_index],
      ledger: [this.#start, end],
      answers: this.#answers,
      answered: this.#answered,
      ledger_sha256: this.#ledger.half(),
      answers_sha256: this.#areProven ? this.#array.half() : null,
    }
  }
}

/** The sha256 of many short texts, gathered so that each costs little. */
class TextSum {
  readonly #hash: Hash = createHash('sha256')
  #texts: string[] = []
  #length = 0

  add(text: string): void {
    this.#texts.push(text)
    this.#length += text.length
    if (this.#length < 65_536) return
    this.#hash.update(this.#texts.join(''))
    this.#texts = []
    this.#length = 0
  }

  half(): string {
    return this.#hash.update(this.#texts.join('')).digest('hex').slice(0, 32)
  }
}
