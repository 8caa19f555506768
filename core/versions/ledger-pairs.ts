/**
 * Goes through the ledgers of a step in two versions side by side. Most of two versions is alike: blocks whose answers are the same to the
 * byte, in lines with the same ids, are not parsed.
 */
import type { LedgerLine } from '../documents.ts'
import type { Store } from '../store.ts'
import { Slices } from '../text/slices.ts'
import { ledgerPieces } from './ledger.ts'
import { type PlainLine, plainLine } from './plain-line.ts'
import { orShort, type ProvenLines, provenLine } from './read-proven-blocks.ts'
import type { AnswerPlace } from './step-answers.ts'

/** Two lines of one position with answers, or one that the other version lacks; or the items whose answers are the same in both. */
export type LedgerPair = { left: LedgerLine | undefined; right: LedgerLine | undefined } | { same: readonly ItemIds[] }

export type ItemIds = Pick<LedgerLine, 'item_id' | 'root_id'>

/**
 * All lines that have an answer, by position. `only`: root ids; lines that do not descend from them are left out. Throws RunFailed if a
 * ledger was damaged.
 */
export async function* ledgerPairs(
  store: Store,
  [a, b]: readonly [AnswerPlace, AnswerPlace],
  only: ReadonlySet<string> | null,
): AsyncGenerator<LedgerPair> {
  const [before, after] = [new LedgerCursor(store, a, only), new LedgerCursor(store, b, only)]
  try {
    for (;;) {
      const same = only === null ? await sameIn(before, after) : undefined
      if (same !== undefined) {
        yield { same }
        continue
      }
      const [left, right] = [await before.line(), await after.line()]
      if (left === undefined && right === undefined) return
      const takeLeft = left !== undefined && !(right !== undefined && right.item_index < left.item_index)
      const takeRight = right !== undefined && !(left !== undefined && left.item_index < right.item_index)
      yield { left: takeLeft ? left : undefined, right: takeRight ? right : undefined }
      if (takeLeft) before.pass()
      if (takeRight) after.pass()
    }
  } finally {
    await Promise.all([before.close(), after.close()])
  }
}

/** The items of a block with which both go on, if it is the same in both; then both are behind it. */
async function sameIn(before: LedgerCursor, after: LedgerCursor): Promise<ItemIds[] | undefined> {
  const [one, other] = [await before.block(), await after.block()]
  if (one === undefined || other === undefined) return undefined
  const lines = sameLines(one, other)
  if (lines === undefined) return undefined
  const [answers, others] = [await before.answers(one), await after.answers(other)]
  if (answers === undefined || others === undefined || !answers.equals(others)) return undefined
  before.passBlock()
  after.passBlock()
  return lines
}

/** Undefined unless the lines are plain answers of the same items, at the same places from the beginning of the block on. */
function sameLines(one: ProvenLines, other: ProvenLines): ItemIds[] | undefined {
  if (one.texts.length !== other.texts.length) return undefined
  const shift = other.block.answers[0] - one.block.answers[0]
  const items: ItemIds[] = []
  for (const [at, text] of one.texts.entries()) {
    const [left, right] = [plainLine(text), plainLine(other.texts[at]!)]
    if (left === undefined || right === undefined || !isSamePlace(left, right, shift)) return undefined
    items.push({ item_id: left.item_id, root_id: left.root_id })
  }
  return items
}

function isSamePlace(left: PlainLine, right: PlainLine, shift: number): boolean {
  return left.ids === right.ids && left.bytes[0] + shift === right.bytes[0] && left.bytes[1] + shift === right.bytes[1]
}

/** A place in a ledger that moves forward. */
class LedgerCursor {
  readonly #pieces: AsyncGenerator<ProvenLines | LedgerLine>
  readonly #answers: Slices
  readonly #only: ReadonlySet<string> | null
  #piece: ProvenLines | LedgerLine | null = null
  /** The next line of a block. */
  #at = 0
  #line: LedgerLine | undefined
  #ended = false

  constructor(store: Store, { ref, step, collated }: AnswerPlace, only: ReadonlySet<string> | null) {
    this.#only = only
    this.#pieces = ledgerPieces(store, ref, { step })
    this.#answers = new Slices(store.read(collated), collated)
  }

  /** The block with which it goes on; undefined in the middle of one. */
  async block(): Promise<ProvenLines | undefined> {
    if (this.#line !== undefined || this.#at > 0) return undefined
    await this.#fill()
    return this.#piece !== null && 'texts' in this.#piece ? this.#piece : undefined
  }

  /** What stands in the array where a block's answers do. Once for each block. */
  answers({ block }: ProvenLines): Promise<Buffer | undefined> {
    return orShort(() => this.#answers.take(...block.answers))
  }

  passBlock(): void {
    this.#piece = null
  }

  /** The next line that has an answer. */
  async line(): Promise<LedgerLine | undefined> {
    while (this.#line === undefined) {
      await this.#fill()
      if (this.#piece === null) return undefined
      const line = this.#nextOf(this.#piece)
      if (line.answer_bytes !== null && (this.#only?.has(line.root_id) ?? true)) this.#line = line
    }
    return this.#line
  }

  pass(): void {
    this.#line = undefined
  }

  #nextOf(piece: ProvenLines | LedgerLine): LedgerLine {
    if (!('texts' in piece)) {
      this.#piece = null
      return piece
    }
    const line = provenLine(piece.texts[this.#at]!)
    this.#at += 1
    if (this.#at === piece.texts.length) {
      this.#piece = null
      this.#at = 0
    }
    return line
  }

  async #fill(): Promise<void> {
    if (this.#piece !== null || this.#ended) return
    const { done, value } = await this.#pieces.next()
    this.#ended = done === true
    this.#piece = done ? null : value
  }

  async close(): Promise<void> {
    await Promise.all([this.#pieces.return(undefined), this.#answers.close()])
  }
}
