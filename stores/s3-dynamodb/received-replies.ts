/**
 * Keeps replies of message batches before anything judges them: as entry files, each with all replies of a moment that are of one
 * shard. They are of a session that never ends, so that no part takes their place.
 */
import type { RawReply } from '../../core/store.ts'
import { bytesOf } from './entry-texts.ts'
import { indexOf, type ReplyPartEntry } from './part-entries.ts'
import { entryId, shardOf } from './part-names.ts'
import { putEntries } from './session.ts'
import type { StepPlace } from './step-parts.ts'

/** More replies come at once, so that a file has many of them. */
const momentMs = 100
const mostBytes = 4 * 1024 * 1024

interface Group {
  entries: ReplyPartEntry[]
  bytes: number
  timer: NodeJS.Timeout
  close: () => void
  written: Promise<void>
}

export class ReceivedReplies {
  readonly #place: StepPlace
  readonly #session: string
  #number = 0
  #group: Group | null = null

  /** `session`: a ULID of its own. */
  constructor(place: StepPlace, session: string) {
    this.#place = place
    this.#session = session
  }

  /** Resolves when the file that the reply is in is there. Throws StoreUnwritable. */
  receive(reply: RawReply): Promise<void> {
    this.#number += 1
    const entry = { id: entryId(this.#session, this.#number), reply }
    this.#group ??= this.#begin()
    const group = this.#group
    group.entries.push(entry)
    group.bytes += bytesOf(entry)
    if (group.bytes >= mostBytes) this.#flush()
    return group.written
  }

  readonly #flush = () => {
    const group = this.#group
    this.#group = null
    clearTimeout(group?.timer)
    group?.close()
  }

  #begin(): Group {
    const { promise, resolve } = Promise.withResolvers<void>()
    const entries: ReplyPartEntry[] = []
    const written = promise.then(() => this.#put(entries))
    return { entries, bytes: 0, timer: setTimeout(this.#flush, momentMs), close: resolve, written }
  }

  async #put(entries: ReplyPartEntry[]): Promise<void> {
    const shards = Map.groupBy(entries, (entry) => shardOf(indexOf(entry)))
    await Promise.all([...shards].map(([shard, those]) => putEntries(this.#place, shard, those)))
  }
}
