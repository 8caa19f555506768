/** Where each item's newest line stands in a journal: 13 bytes an item, and more only for what is rare. */
import type { SpentReply } from '../../core/store.ts'

/** Where an item's newest `kept` line stands: its first byte and the one after the last. Equal if the item has none. */
export interface Whereabouts {
  start: number
  end: number
  answered: boolean
  spent: readonly SpentReply[]
  /** The place of a reply that came after all of it and has not been judged yet. */
  unjudged?: { start: number; end: number } | undefined
}

/** What few items have: replies that could not be used, or that nothing has judged. */
type Rare = Pick<Whereabouts, 'spent' | 'unjudged'>

const itemsOfPage = 4096
const nothingSpent: readonly SpentReply[] = []
const known = 1
const answered = 2

class Page {
  readonly starts = new Float64Array(itemsOfPage)
  readonly lengths = new Uint32Array(itemsOfPage)
  readonly flags = new Uint8Array(itemsOfPage)
}

export class JournalPlaces {
  /** By position; a rerun of few items has few pages. */
  readonly #pages = new Map<number, Page>()
  readonly #rare = new Map<number, Rare>()

  get(item_index: number): Whereabouts | undefined {
    const page = this.#pages.get(Math.floor(item_index / itemsOfPage))
    const at = item_index % itemsOfPage
    const flags = page?.flags[at] ?? 0
    if (page === undefined || flags === 0) return undefined
    const start = page.starts[at]!
    const { spent, unjudged } = this.#rare.get(item_index) ?? { spent: nothingSpent, unjudged: undefined }
    return { start, end: start + page.lengths[at]!, answered: (flags & answered) !== 0, spent, unjudged }
  }

  set(item_index: number, { start, end, spent, unjudged, ...item }: Whereabouts): void {
    const key = Math.floor(item_index / itemsOfPage)
    const page = this.#pages.get(key) ?? new Page()
    this.#pages.set(key, page)
    const at = item_index % itemsOfPage
    page.starts[at] = start
    page.lengths[at] = end - start
    page.flags[at] = known | (item.answered ? answered : 0)
    if (spent.length > 0 || unjudged !== undefined) this.#rare.set(item_index, { spent, unjudged })
    else this.#rare.delete(item_index)
  }

  /** The positions that are known, page by page. */
  *keys(): Generator<number> {
    for (const [key, { flags }] of this.#pages)
      for (let at = 0; at < itemsOfPage; at++) if (flags[at] !== 0) yield key * itemsOfPage + at
  }

  clear(): void {
    this.#pages.clear()
    this.#rare.clear()
  }
}
