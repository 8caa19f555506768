/** What is kept of a thousand items, as one listing found it. Files are read when an item in their span is asked for. */
import { type ItemPlace, stepFiles, type VersionRef } from '../../core/store.ts'
import type { TextRoom } from './entry-texts.ts'
import type { Objects } from './objects.ts'
import { entriesIn, entryOfObject, indexOf, type PartEntry } from './part-entries.ts'
import { overlap, parsePartName, type Span, shardFolder } from './part-names.ts'

interface Readable extends Span {
  key: string
}

interface Unclosed extends Span {
  session: string
}

export interface ShardPlace {
  objects: Objects
  ref: VersionRef
  step: number
  shard: number
  /** For the texts of its entries. */
  room: TextRoom
}

/** Lists a shard. Throws StoreUnreadable. */
export async function listShard(place: ShardPlace): Promise<PartShard> {
  const folder = shardFolder(place.ref, place.step, place.shard)
  const names = (await Array.fromAsync(place.objects.keysBelow(folder))).map((key) => key.slice(folder.length + 1))
  return new PartShard(place, { folder, names })
}

export class PartShard {
  readonly #place: ShardPlace
  /** Sessions that never ended, or have not ended yet. */
  readonly #unclosed: Unclosed[] = []
  #unread: Readable[] = []
  #reading: Promise<void> = Promise.resolve()
  #reads = 0
  readonly #entries = new Map<number, PartEntry[]>()
  /** By item: looks at objects. */
  readonly #looks = new Map<number, Promise<void>>()

  constructor(place: ShardPlace, { folder, names }: { folder: string; names: string[] }) {
    this.#place = place
    const found = names.flatMap((name) => {
      const parsed = parsePartName(name)
      return parsed === undefined ? [] : [{ ...parsed, key: `${folder}/${name}` }]
    })
    const closed = new Set(found.filter(({ kind }) => kind === 'part').map(({ session }) => session))
    for (const one of found) {
      if (one.kind === 'part') this.#unread.push(one)
      // Everything that an ended session kept is in its part.
      else if (closed.has(one.session)) continue
      else if (one.kind === 'open') this.#unclosed.push(one)
      // What a session that packs kept is in its entry files.
      else if (one.kind === 'entry') this.#unread.push(one)
    }
  }

  /** All entries of an item. `own`: sessions of this process, whose entries are not looked for. Throws StoreUnreadable. */
  async entriesOf(place: ItemPlace, own: ReadonlySet<string>): Promise<PartEntry[]> {
    const { item_index } = place
    await this.read({ first: item_index, last: item_index })
    await this.look(place, own)
    return this.#entries.get(item_index) ?? []
  }

  /**
   * Reads the files that have entries of these items. A chunk asks for its own items, and mostly one file has them all;
   * a reader that needs a second file is walking through the shard and gets the rest of it at once.
   */
  read(span: Span): Promise<void> {
    const read = this.#reading.then(() => this.#read(span))
    this.#reading = read.catch(() => {})
    return read
  }

  async #read(span: Span): Promise<void> {
    const wanted = this.#unread.filter((file) => overlap(file, span))
    if (wanted.length === 0) return
    this.#reads += 1
    const files = this.#reads > 1 ? this.#unread : wanted
    const { filesAtOnce } = this.#place.room
    for (let at = 0; at < files.length; at += filesAtOnce)
      await Promise.all(files.slice(at, at + filesAtOnce).map((file) => this.#readFile(file)))
    this.#unread = this.#unread.filter((file) => !files.includes(file))
  }

  /**
   * Looks once at an item's own object where a session that did not end may have put it: the object carries the
   * entry. Returns the entry, with its texts, if it was not known.
   */
  async look(item: ItemPlace, own: ReadonlySet<string>): Promise<PartEntry | undefined> {
    const { item_index, segment } = item
    const at = { first: item_index, last: item_index }
    const suspect = this.#unclosed.some((session) => !own.has(session.session) && overlap(session, at))
    if (!suspect || segment === '') return undefined
    const before = this.#looks.get(item_index)
    if (before !== undefined) {
      await before
      return undefined
    }
    const look = this.#look(segment)
    const ended = look.then(() => {})
    ended.catch(() => {})
    this.#looks.set(item_index, ended)
    return look
  }

  async #look(segment: string): Promise<PartEntry | undefined> {
    const { objects, ref, step } = this.#place
    const object = await objects.whole(stepFiles(ref, step).output(segment))
    const entry = object && entryOfObject(object)
    return entry !== undefined && this.#add(entry) ? entry : undefined
  }

  async #readFile({ key }: Readable): Promise<void> {
    const file = await this.#place.objects.whole(key)
    for (const entry of entriesIn(file?.text ?? '')) this.#add(entry)
  }

  /** False if the entry is known already. */
  #add(entry: PartEntry): boolean {
    const index = indexOf(entry)
    const known = this.#entries.get(index) ?? []
    if (known.some(({ id }) => id === entry.id)) return false
    this.#entries.set(index, [...known, this.#place.room.fitted(entry)])
    return true
  }
}
