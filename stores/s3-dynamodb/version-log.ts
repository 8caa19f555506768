/** The log of a version in progress: entries are gathered and written as files of their own, named in order. */
import { type LogEntry, logEntry } from '../../core/documents.ts'
import { type VersionRef, versionFolder } from '../../core/store.ts'
import { lines } from '../../core/text/lines.ts'
import type { Objects } from './objects.ts'
import { readObject } from './stream-down.ts'

/** Entries per request. A killed process loses the entries it had gathered, but no ledger lines. */
const entriesOfFile = 100

export class Logs {
  readonly #objects: Objects
  readonly #newId: () => string
  /** By the folder of the version's logs. */
  readonly #gathered = new Map<string, LogEntry[]>()

  constructor(objects: Objects, newId: () => string) {
    this.#objects = objects
    this.#newId = newId
  }

  /** Throws StoreUnwritable. */
  async add(ref: VersionRef, entry: LogEntry): Promise<void> {
    const folder = folderOf(ref)
    const entries = [...(this.#gathered.get(folder) ?? []), entry]
    this.#gathered.set(folder, entries)
    if (entries.length >= entriesOfFile) await this.#write(folder)
  }

  /** Writes what was gathered of all versions. Throws StoreUnwritable. */
  async flush(): Promise<void> {
    await Promise.all([...this.#gathered.keys()].map((folder) => this.#write(folder)))
  }

  /** The entries, oldest first; a line that is none is left out. Throws StoreUnreadable. */
  async *read(ref: VersionRef): AsyncGenerator<LogEntry> {
    const folder = folderOf(ref)
    await this.#write(folder)
    for await (const key of this.#objects.keysBelow(folder)) {
      for await (const { text } of lines(readObject(this.#objects, key))) {
        const entry = parsed(text)
        if (entry !== undefined) yield entry
      }
    }
  }

  /** Forgets what was gathered of a version. */
  forget(ref: VersionRef): void {
    this.#gathered.delete(folderOf(ref))
  }

  /** Entries that cannot be written stay gathered for the next time. */
  async #write(folder: string): Promise<void> {
    const entries = this.#gathered.get(folder)
    if (entries === undefined) return
    this.#gathered.delete(folder)
    try {
      await this.#objects.put(
        `${folder}/${this.#newId()}.jsonl`,
        entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
      )
    } catch (error) {
      this.#gathered.set(folder, [...entries, ...(this.#gathered.get(folder) ?? [])])
      throw error
    }
  }
}

function folderOf(ref: VersionRef): string {
  return `${versionFolder(ref)}/work/logs`
}

function parsed(text: string): LogEntry | undefined {
  try {
    return logEntry.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
