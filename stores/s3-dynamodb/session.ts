/**
 * A session of keeping: in every shard it says first that it began and with which items, then puts what has no object of its
 * own, an entry file each, and at the end one part with everything. What 16 MB of answers are is put before that, as a part whose
 * session nobody has opened: it counts however this session ends, and memory need not hold the answers any longer.
 */
import type { ItemPlace } from '../../core/store.ts'
import { bytesOf, mostTextBytes, withoutTexts } from './entry-texts.ts'
import { indexOf, type PartEntry, partLine } from './part-entries.ts'
import { entryId, entryName, openName, partName, type Span, shardFolder, shardOf, spanOfShard } from './part-names.ts'
import type { StepPlace } from './step-parts.ts'

interface OpenShard {
  span: Span
  folder: string
  entries: PartEntry[]
  /** Resolves when it is known that the session began. */
  begun: Promise<void>
}

/** The items to process of a chunk, by their shards. */
export type Shares = ReadonlyMap<number, ItemPlace[]>

export interface SessionTools {
  /** Its id. */
  session: string
  shares: Shares | null
  /** Makes further ids. */
  newSession: () => string
  /** Whether entry files have all that is kept. */
  grouped: boolean
}

export class Session {
  /** A ULID that is higher than those of all sessions before. */
  readonly id: string
  readonly #place: StepPlace
  readonly #shares: Shares | null
  readonly #shards = new Map<number, OpenShard>()
  readonly #newSession: () => string
  readonly #grouped: boolean
  /** Written, and in no part yet. */
  #written: PartEntry[] = []
  #writtenBytes = 0
  /** In a part already. */
  readonly #parted = new Set<PartEntry>()
  #number = 0

  /** `shares`: null if there is no chunk; then any item may come. */
  constructor(place: StepPlace, { session, shares, newSession, grouped }: SessionTools) {
    this.#place = place
    this.id = session
    this.#shares = shares
    this.#newSession = newSession
    this.#grouped = grouped
  }

  /** All that was noted. */
  get entries(): PartEntry[] {
    return [...this.#shards.values()].flatMap(({ entries }) => entries)
  }

  /** Begins in every shard of the chunk. Throws StoreUnwritable. */
  async begin(): Promise<void> {
    const shards = [...(this.#shares?.keys() ?? [])]
    await Promise.all(shards.map((shard) => this.#shard(shard).begun))
  }

  /** An id for an entry: they sort as they were given. */
  newId(): string {
    this.#number += 1
    return entryId(this.id, this.#number)
  }

  /** Notes what is paid for, before anything is written: the part has it even if all else fails. */
  note(entry: PartEntry): void {
    this.#shardOf(entry).entries.push(entry)
  }

  /** Resolves when an entry may be written: from then on a successor knows where to look after a kill. Throws StoreUnwritable. */
  ready(entry: PartEntry): Promise<void> {
    return this.#shardOf(entry).begun
  }

  /** Puts an entry as a file of its own. Throws StoreUnwritable. */
  putEntry(entry: PartEntry): Promise<void> {
    return this.#putFile([withoutPending(entry)])
  }

  /** Puts entries as one file, or as one in each shard that they are of. Throws StoreUnwritable. */
  async putGroup(entries: PartEntry[]): Promise<void> {
    const groups = Map.groupBy(entries, (entry) => shardOf(indexOf(entry)))
    await Promise.all([...groups.values()].map((group) => this.#putFile(group)))
  }

  /** `entries`: of one shard. */
  #putFile(entries: PartEntry[]): Promise<void> {
    const [first] = entries as [PartEntry]
    return putEntries(this.#place, shardOf(indexOf(first)), entries)
  }

  /** What was noted of an item. */
  entriesOf({ item_index }: ItemPlace): PartEntry[] {
    const entries = this.#shards.get(shardOf(item_index))?.entries ?? []
    return entries.filter((entry) => indexOf(entry) === item_index)
  }

  /** Told of an entry when its own files are written. Now and then it puts a part; what cannot be put goes into the last one. */
  async written(entry: PartEntry): Promise<void> {
    this.#written.push(entry)
    this.#writtenBytes += bytesOf(entry)
    if (this.#writtenBytes < mostTextBytes) return
    const entries = this.#written
    this.#written = []
    this.#writtenBytes = 0
    const session = this.#newSession()
    const shards = [...Map.groupBy(entries, (one) => shardOf(indexOf(one)))]
    await Promise.allSettled(
      shards.map(async ([shard, those]) => {
        await putPart(this.#place, { shard, session, entries: those })
        for (const one of those) this.#forgetTexts(one)
      }),
    )
  }

  /** Ends the session in every shard; each is tried. */
  putParts(): Promise<void>[] {
    return [...this.#shards.values()].map(({ folder, span, entries }) => {
      const left = entries.filter((entry) => !this.#parted.has(entry))
      return this.#place.objects.put(`${folder}/${partName(span, this.id)}`, left.map(partLine).join(''))
    })
  }

  #forgetTexts(entry: PartEntry): void {
    this.#parted.add(entry)
    Object.assign(entry, withoutTexts(entry))
    if ('kept' in entry) delete entry.prompt
  }

  #shardOf(entry: PartEntry): OpenShard {
    return this.#shard(shardOf(indexOf(entry)))
  }

  /** Begins in a shard, the first time. */
  #shard(shard: number): OpenShard {
    const known = this.#shards.get(shard)
    if (known !== undefined) return known
    const { objects, ref, step } = this.#place
    const items = this.#shares?.get(shard)
    const span = items === undefined ? spanOfShard(shard) : spanOf(items)
    const folder = shardFolder(ref, step, shard)
    const begun = objects.put(`${folder}/${openName(span, this.id, this.#grouped)}`, '')
    // Told to whoever waits for it.
    begun.catch(() => {})
    const opened = { span, folder, entries: [], begun }
    this.#shards.set(shard, opened)
    return opened
  }
}

/** Puts entries of one shard as an entry file. Throws StoreUnwritable. */
export function putEntries({ objects, ref, step }: StepPlace, shard: number, entries: PartEntry[]): Promise<void> {
  const [first] = entries as [PartEntry]
  const key = `${shardFolder(ref, step, shard)}/${entryName(spanOfEntries(entries), first.id)}`
  return objects.put(key, entries.map(partLine).join(''))
}

/** Puts entries of one shard as a part. Throws StoreUnwritable. */
export function putPart(
  { objects, ref, step }: StepPlace,
  { shard, session, entries }: { shard: number; session: string; entries: readonly PartEntry[] },
): Promise<void> {
  const name = partName(spanOfEntries(entries), session)
  return objects.put(`${shardFolder(ref, step, shard)}/${name}`, entries.map(partLine).join(''))
}

function spanOfEntries(entries: readonly PartEntry[]): Span {
  return spanOf(entries.map((entry) => ({ item_index: indexOf(entry) })))
}

/** The span of a chunk's items in one shard. */
export function spanOf(items: readonly Pick<ItemPlace, 'item_index'>[]): Span {
  const indexes = items.map(({ item_index }) => item_index)
  return { first: Math.min(...indexes), last: Math.max(...indexes) }
}

/** What is known only when the session ends. */
function withoutPending(entry: PartEntry): PartEntry {
  if (!('kept' in entry)) return entry
  const { prompt: _prompt, unwritten: _unwritten, ...written } = entry
  return written
}
