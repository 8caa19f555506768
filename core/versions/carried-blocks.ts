/**
 * Takes over whole blocks of a base: its answers are copied as they stand, and its ledger lines are changed as text. Both are proven by the
 * checksums in the base's index; a block that is not, or has anything but plain answers, is taken over item by item.
 */
import type { Store } from '../store.ts'
import { Slices } from '../text/slices.ts'
import { PlainLines } from './carried-lines.ts'
import { type Block, halfSha256 } from './ledger-index.ts'
import { orShort, type ProvenBlock, provenBlocks } from './read-proven-blocks.ts'
import type { AnswerPlace } from './step-answers.ts'

/** A block as it stands in the base, and each of its lines an answer. */
export interface CarriedBlock {
  block: Block
  /** From the first byte of its first answer to the last byte of its last one. */
  answers: Buffer
  /** They hold until the next block is looked for. */
  lines: PlainLines
  reason: string
}

/** Finds the blocks of a base that can be taken over whole, forward. */
export class CarriedBlocks {
  readonly #lines: AsyncGenerator<ProvenBlock>
  readonly #answers: Slices
  #next: ProvenBlock | null = null
  #ended = false

  constructor(store: Store, { ref, step, collated }: AnswerPlace) {
    this.#lines = provenBlocks(store, ref, { step, always: true })
    this.#answers = new Slices(store.read(collated), collated)
  }

  /** The first block of these positions, or undefined. Its positions are not asked for again. */
  async within(from: number, to: number): Promise<Omit<CarriedBlock, 'reason'> | undefined> {
    while (!this.#ended) {
      const proven = this.#next ?? (await this.#advance())
      if (proven === null || proven.block.items[1] > to) return undefined
      this.#next = null
      if (proven.block.items[0] < from) continue
      const found = await this.#whole(proven)
      if (found !== undefined) return found
    }
    return undefined
  }

  async #advance(): Promise<ProvenBlock | null> {
    const { done, value } = await this.#lines.next()
    this.#ended = done === true
    this.#next = done ? null : value
    return this.#next
  }

  async #whole({ block, bytes }: ProvenBlock): Promise<Omit<CarriedBlock, 'reason'> | undefined> {
    const { items, answers: range, answers_sha256 } = block
    if (answers_sha256 === null || block.answered !== block.lines) return undefined
    if (items[1] - items[0] + 1 !== block.lines) return undefined
    const lines = PlainLines.in(bytes, block.lines)
    if (lines === undefined) return undefined
    const answers = await orShort(() => this.#answers.take(...range))
    return answers !== undefined && halfSha256(answers) === answers_sha256 ? { block, answers, lines } : undefined
  }

  async close(): Promise<void> {
    await Promise.all([this.#lines.return(undefined), this.#answers.close()])
  }
}
