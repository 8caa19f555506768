/**
 * Makes the index of a ledger while its lines are written: holds 16 bytes an id and 8 a line.
 * Long, since entries, blocks and sums grow with each line.
 */
import { createHash, type Hash } from 'node:crypto'
import type { LedgerLine } from '../documents.ts'
import type { CarriedLines, PlainLines } from './carried-lines.ts'
import { entriesOfPage, type IndexEntry, idHash, pageText } from './index-pages.ts'
import {
  type AboutItems,
  type Block,
  halfSha256,
  headText,
  idInSum,
  type Layout,
  linesOfBlock,
} from './ledger-index.ts'
import { idsOf } from './line-names.ts'
import { carriedLine } from './plain-line.ts'
import { provenLine } from './read-proven-blocks.ts'

/** What an index takes of a line. */
type IndexedLine = Pick<
  LedgerLine,
  | 'root_id'
  | 'item_id'
  | 'output_id'
  | 'item_index'
  | 'decision'
  | 'state'
  | 'error'
  | 'edited_by'
  | 'answer_bytes'
  | 'answer_sha256'
>

/** A block of a base as it stands in this ledger. */
export interface CopiedBlock {
  /** As the base has it. */
  block: Block
  lines: PlainLines
  /** How much further on its answers stand here. */
  shift: number
  written: CarriedLines
  answers: Buffer
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
  #lastLine: string | Uint8Array = ''
  /** The hash of an id above the number of its line. */
  #keys = new BigUint64Array(1024)
  /** The same in halves: a number of 64 bits would be made for each. */
  #halves = new Uint32Array(this.#keys.buffer)
  #entries = 0

  /** `text`: the line as it stands in the ledger. `answer`: what stands between its byte range in the collated file. */
  add(line: IndexedLine, text: string, answer: string | null): void {
    const start = this.#ledgerBytes
    this.#addNames(idsOf(line), Buffer.byteLength(text))
    this.#lastLine = text
    this.#block ??= new OpenBlock(line, start)
    this.#block.add(line, text, answer)
    if (this.#block.lines === linesOfBlock) this.#endBlock()
  }

  addBlock({ block, lines, shift, written, answers }: CopiedBlock): void {
    if (this.#block !== null || lines.count !== linesOfBlock) {
      this.#addSingly(written, answers, block.answers[0] + shift)
      return
    }
    const start = this.#ledgerBytes
    for (let nth = 0; nth < lines.count; nth++) {
      const name = lines.onlyName(nth)
      const names = name === undefined ? lines.names(nth).names : [name]
      this.#addNames(names, start + written.ends[nth]! - this.#ledgerBytes)
    }
    this.#lastLine = written.bytes.subarray(written.ends[lines.count - 2], written.ends[lines.count - 1])
    this.#blocks.push({
      ...{ lines: lines.count, items: block.items, answered: lines.count },
      ...{ ledger: [start, this.#ledgerBytes], ledger_sha256: halfSha256(written.bytes) },
      ...{ answers: [block.answers[0] + shift, block.answers[1] + shift], answers_sha256: block.answers_sha256 },
      about: { ...(block.about ?? aboutLines(lines)), carried: lines.count },
    })
  }

  #addSingly({ bytes, ends }: CarriedLines, answers: Buffer, start: number): void {
    let from = 0
    for (const end of ends) {
      const text = bytes.toString('utf8', from, end)
      const line = provenLine(text.slice(0, -1))
      const [begins, ended] = line.answer_bytes ?? [start, start]
      this.add(line, text, answers.toString('utf8', begins - start, ended - start))
      from = end
    }
  }

  /** `length`: of the line, in bytes. */
  #addNames(names: Iterable<string>, length: number): void {
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
    this.#ledgerBytes += length
  }

  /** The bytes of the index. `collatedBytes`: the size of the collated file. `layout`: 1 as earlier versions have it. */
  *content(collatedBytes: number, layout: Layout = 2): Generator<Buffer> {
    this.#endBlock()
    const keys = this.#keys.subarray(0, this.#entries).sort()
    const pages = Uint32Array.from(
      { length: Math.ceil(keys.length / entriesOfPage) },
      (_, page) => this.#halves[2 * page * entriesOfPage + high]!,
    )
    const head = {
      ledger_bytes: this.#ledgerBytes,
      collated_bytes: collatedBytes,
      entries: keys.length,
      last_line: this.#lines === 0 ? 0 : this.#starts[this.#lines - 1]!,
      last_line_sha256: halfSha256(this.#lastLine),
      pages,
      blocks: this.#blocks,
    }
    yield headText(head, layout)
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

/** What an index of the first layout does not say of a block. */
function aboutLines(lines: PlainLines): Omit<AboutItems, 'carried'> {
  const named = Array.from({ length: lines.count }, (_, nth) => lines.names(nth))
  const ids = named.flatMap(({ rootJson }) => (rootJson === null ? [] : [idInSum(rootJson)]))
  return {
    numbered: named.filter(({ hasOutputId }) => hasOutputId).length,
    ids_sha256: ids.length === lines.count ? halfSha256(ids.join('')) : null,
  }
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
  readonly #ids = new TextSum()
  #carried = 0
  #numbered = 0
  #areAnswered = true
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
    if (line.output_id !== null) this.#numbered += 1
    if (line.decision === 'carry' && carriedLine(text) !== undefined) this.#carried += 1
    if (isAnsweredRoot(line)) this.#ids.add(idInSum(JSON.stringify(line.item_id)))
    else this.#areAnswered = false
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
      about: {
        carried: this.#carried,
        numbered: this.#numbered,
        ids_sha256: this.#areAnswered ? this.#ids.half() : null,
      },
    }
  }
}

/** What becomes of a person's answer does not only depend on its id. */
function isAnsweredRoot({ item_id, root_id, state, error, answer_bytes, edited_by }: IndexedLine): boolean {
  return root_id === item_id && state === 'answered' && error === null && answer_bytes !== null && !edited_by
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
