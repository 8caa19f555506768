/** Finds the lines of a ledger by position, forward: blocks in which none is looked for are not parsed. */
import type { LedgerLine } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { basePieces } from './ledger.ts'
import { type ProvenLines, provenLine } from './read-proven-blocks.ts'

export class LinesByPosition {
  readonly #pieces: AsyncGenerator<ProvenLines | LedgerLine>
  #wanted = 0
  #piece: ProvenLines | LedgerLine | null = null
  /** The lines of a block that has gaps between its positions. */
  #lines: Map<number, LedgerLine> | null = null
  #ended = false

  constructor(store: Store, ref: VersionRef, step: number) {
    this.#pieces = basePieces(store, ref, { step, passes: ({ items }) => items[1] < this.#wanted })
  }

  /** The line at this position, or null. Positions ascend. Throws RunFailed for a line that is not as it was written. */
  async find(index: number): Promise<LedgerLine | null> {
    this.#wanted = index
    while (!this.#ended && (this.#piece === null || lastOf(this.#piece) < index)) {
      const { done, value } = await this.#pieces.next()
      this.#ended = done === true
      this.#piece = done ? null : value
      this.#lines = null
    }
    const piece = this.#piece
    if (piece === null) return null
    if ('texts' in piece) return this.#inBlock(piece, index)
    return piece.item_index === index ? piece : null
  }

  #inBlock({ block: { items }, texts }: ProvenLines, index: number): LedgerLine | null {
    if (items[1] - items[0] + 1 === texts.length) return index < items[0] ? null : provenLine(texts[index - items[0]]!)
    this.#lines ??= new Map(texts.map(provenLine).map((line) => [line.item_index, line]))
    return this.#lines.get(index) ?? null
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined)
  }
}

function lastOf(piece: ProvenLines | LedgerLine): number {
  return 'texts' in piece ? piece.block.items[1] : piece.item_index
}
