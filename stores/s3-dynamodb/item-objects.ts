/** The objects of single items: a prompt, and an answer or a reply that could not be used. */
import { type ItemPlace, stepFiles } from '../../core/store.ts'
import { entryMetadata, type KeptPartEntry, type PartEntry } from './part-entries.ts'
import type { StepPlace } from './step-parts.ts'

export interface ItemObjectsTools {
  /** All that is known of an item. */
  entriesOf: (item: ItemPlace) => Promise<PartEntry[]>
  /** Puts an entry by itself. */
  putEntry: (entry: PartEntry) => Promise<void>
  /** Whether each entry is in a group anyway. */
  grouped: boolean
}

export class ItemObjects {
  readonly #place: StepPlace
  readonly #tools: ItemObjectsTools

  constructor(place: StepPlace, tools: ItemObjectsTools) {
    this.#place = place
    this.#tools = tools
  }

  /** `segment`: empty in a single call. Throws StoreUnwritable. */
  putPrompt(segment: string, prompt: string): Promise<void> {
    const { objects, ref, step } = this.#place
    return objects.put(stepFiles(ref, step).prompt(segment === '' ? null : segment), prompt)
  }

  /** The answer with its entry, or else the reply, and the entry by itself. Throws StoreUnwritable. */
  async putAnswer(entry: KeptPartEntry): Promise<void> {
    const { line, answer, reply } = entry.kept
    const { objects, ref, step } = this.#place
    const files = stepFiles(ref, step)
    if (line.segment === '') return this.#tools.putEntry(entry)
    const metadata = answer === null ? undefined : entryMetadata(entry.id, entry.kept)
    // First: an object that carries no entry must not be there alone.
    if (metadata === undefined && !this.#tools.grouped) await this.#tools.putEntry(entry)
    await Promise.all([
      answer === null ? null : objects.put(files.output(line.segment), `${answer}\n`, { metadata }),
      reply === null ? null : objects.put(files.reply(line.segment), reply),
      answer !== null && reply === null && this.#removeReply(line),
    ])
  }

  /** An answer takes the place of a reply that could not be used. */
  async #removeReply(item: ItemPlace): Promise<void> {
    const { objects, ref, step } = this.#place
    const known = await this.#tools.entriesOf(item)
    const replied = known.some((entry) => 'kept' in entry && entry.kept.reply !== null)
    if (replied) await objects.remove(stepFiles(ref, step).reply(item.segment))
  }
}
