/** Finds what is kept of a step, item by item: in the parts of sessions, and in the keepers that this process has open. */
import type { ItemPlace, KeptItem, KeptItems, SpentReply } from '../../core/store.ts'
import type { CloudKeeper } from './keeper.ts'
import { merged } from './part-entries.ts'
import type { StepParts } from './step-parts.ts'

export class CloudKeptItems implements KeptItems {
  readonly #parts: StepParts
  readonly #open: ReadonlySet<CloudKeeper>
  /** Those that were open at some time: what they kept stays known when they close. */
  readonly #seen = new Set<CloudKeeper>()

  constructor(parts: StepParts, open: ReadonlySet<CloudKeeper>) {
    this.#parts = parts
    this.#open = open
    this.#noteOpen()
  }

  async find(item: ItemPlace): Promise<{ kept: KeptItem | null; spent: SpentReply[] } | undefined> {
    this.#noteOpen()
    const keepers = [...this.#seen]
    // A batch's own keeper has listed its buckets already.
    const parts = keepers.find((keeper) => keeper.covers(item))?.parts ?? this.#parts
    const own = keepers.flatMap((keeper) => keeper.entriesOf(item))
    const found = merged([...(await parts.entriesOf(item, new Set(keepers.map(({ session }) => session)))), ...own])
    return found && { kept: found.kept, spent: found.spent }
  }

  async close(): Promise<void> {}

  #noteOpen(): void {
    for (const keeper of this.#open) this.#seen.add(keeper)
  }
}
