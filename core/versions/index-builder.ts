/** Makes the index of a ledger while its lines are written: holds 16 bytes an id and 8 a line. */
import { createHash, type Hash } from 'node:crypto'
import type { LedgerLine } from '../documents.ts'
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
  #entries = 0

  /** `text`: the line as it stands in the ledger. `answer`: what stands between its byte range in the collated file. */
  add(line: IndexedLine, text: string, answer: string | null): void {
    this.#block ??= new OpenBlock(line, this.#ledgerBytes)
    this.#starts = withRoom(this.#starts, this.#lines)
    this.#starts[this.#lines] = this.#ledgerBytes
    for (const id of idsOf(line)) {
      this.#keys = withRoom(this.#keys, this.#entries)
      this.#keys[this.#entries] = (BigInt(idHash(id)) << 32n) | BigInt(this.#lines)
      this.#entries += 1
    }
    this.#lines += 1
    this.#ledgerBytes += Buffer.byteLength(text)
    this.#lastLine = text
    this.#block.add(line, text, answer)
    if (this.#block.lines === linesOfBlock) this.#endBlock()
  }

  /** The bytes of the index. `collatedBytes`: the size of the collated file. */
  *content(collatedBytes: number): Generator<Buffer> {
    this.#endBlock()
    const keys = this.#keys.subarray(0, this.#entries).sort()
    const pages = Uint32Array.from({ length: Math.ceil(keys.length / entriesOfPage) }, (_, page) =>
      Number(keys[page * entriesOfPage]! >> 32n),
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
      const some = keys.subarray(page * entriesOfPage, (page + 1) * entriesOfPage)
      yield pageText(
        Array.from(some, (key) => this.#entry(key)),
        page,
      )
    }
  }

  #entry(key: bigint): IndexEntry {
    const line = Number(key & 0xffffffffn)
    const end = line + 1 < this.#lines ? this.#starts[line + 1]! : this.#ledgerBytes
    return { hash: Number(key >> 32n), line: [this.#starts[line]!, end] }
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

/** The lines of a block as they come. */
class OpenBlock {
  lines = 0
  readonly #first: IndexedLine
  #last: IndexedLine
  readonly #start: number
  readonly #ledger = new TextSum()
  readonly #array = new TextSum()
  #answers: [number, number] = [0, 0]
  #answered = 0
  #areProven = true

  constructor(first: IndexedLine, start: number) {
    this.#first = first
    this.#last = first
    this.#start = start
  }

  add(line: IndexedLine, text: string, answer: string | null): void {
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
