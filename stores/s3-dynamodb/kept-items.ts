/** Finds what is kept of a step, item by item: in the parts of sessions, and in the keepers that this process has open. */
import type { ItemPlace, KeptItems, KeptSoFar } from '../../core/store.ts'
import type { CloudKeeper } from './answer-keeper.ts'
import { merged } from './part-entries.ts'
import type { StepParts } from './step-parts.ts'

export class CloudKeptItems implements KeptItems {
  readonly #parts: StepParts
  readonly #open: ReadonlySet<CloudKeeper>
  readonly #epoch: number | undefined
  /** All keepers that were ever open: what they kept stays known after they close. */
  readonly #seen = new Set<CloudKeeper>()

  /** `epoch`: under which this process writes the version, if it does. */
  constructor(parts: StepParts, { open, epoch }: { open: ReadonlySet<CloudKeeper>; epoch: number | undefined }) {
    this.#parts = parts
    this.#open = open
    this.#epoch = epoch
    this.#noteOpen()
  }

  async find(item: ItemPlace, what: 'all' | 'outcome' | 'with prompt' = 'all'): Promise<KeptSoFar | undefined> {
    this.#noteOpen()
    const keepers = [...this.#seen]
    // A chunk's own keeper has listed its shards already.
    const parts = keepers.find((keeper) => keeper.covers(item))?.parts ?? this.#parts
    const own = keepers.flatMap((keeper) => keeper.entriesOf(item))
    let found = merged([...(await parts.entriesOf(item, new Set(keepers.map(({ session }) => session)))), ...own])
    if (found === undefined) return undefined
    const { kept: outcome } = found
    if (outcome !== null && found.textless && what !== 'outcome')
      found = await parts.withTexts(item, { ...found, kept: outcome }, what === 'with prompt')
    const { kept, spent, prompt, epoch, unjudged } = found
    return {
      kept,
      spent,
      ...(unjudged !== null && { unjudged }),
      ...(what === 'with prompt' && prompt !== null && { prompt }),
      ...(epoch !== null && epoch === this.#epoch && { hadItsTurn: true }),
    }
  }

  async close(): Promise<void> {}

  #noteOpen(): void {
    for (const keeper of this.#open) this.#seen.add(keeper)
  }
}
