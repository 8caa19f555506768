/** The packs of a step while it is collated: one of answers and replies, one of prompts, if its version keeps them so. */
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { PackWriter } from './pack-writer.ts'

/** What came of one item, text by text; null for what there is not. */
export interface ItemTexts {
  answer: string | null
  reply: string | null
  prompt: string | null
}

export class StepPacks {
  readonly #items: PackWriter<'items'> | null
  readonly #prompts: PackWriter<'prompts'> | null

  /** A single call has one prompt and one answer: they are files. */
  constructor(store: Pick<Store, 'write'>, ref: VersionRef, { step, keep, batch_mode }: ResolvedStep) {
    const isPacked = (kind: 'items' | 'prompts') => batch_mode && keep?.[kind] === 'packed'
    this.#items = isPacked('items') ? new PackWriter(store, { ref, step, kind: 'items' }) : null
    this.#prompts = isPacked('prompts') ? new PackWriter(store, { ref, step, kind: 'prompts' }) : null
  }

  /** Takes the texts of the next item. Throws StoreUnwritable. */
  async add({ item_index, item_id, segment, state }: LedgerLine, { answer, reply, prompt }: ItemTexts): Promise<void> {
    const item = { item_index, item_id, segment }
    if (answer !== null || reply !== null) await this.#items?.add({ ...item, answer, reply })
    // Of an answer it is noted, too, that its prompt was lost.
    if (prompt !== null || state === 'answered') await this.#prompts?.add({ ...item, prompt })
  }

  /** Resolves when all of them are written. Throws StoreUnwritable. */
  async end(): Promise<void> {
    await Promise.all([this.#items?.end(), this.#prompts?.end()])
  }

  async fail(error: unknown): Promise<void> {
    await Promise.all([this.#items?.fail(error), this.#prompts?.fail(error)])
  }
}
