/**
 * The texts of entries in memory: answers and replies. A chunk may have thousands of items, and answers of hundreds of kilobytes, so
 * a keeper holds some of them and of the others only what came of the item. Its objects have the texts.
 */
import { type KeptItem, stepFiles, type VersionRef } from '../../core/store.ts'
import type { Objects } from './objects.ts'
import type { PartEntry } from './part-entries.ts'

/** So much of them a keeper puts as one part, and so much it holds of what it found. */
export const mostTextBytes = 16 * 1024 * 1024

/** What an entry takes besides its texts. */
const entryBytes = 700

export function bytesOf(entry: PartEntry): number {
  if ('spent' in entry) return entryBytes
  if ('reply' in entry) return entryBytes + entry.reply.reply.text.length
  const { answer, reply } = entry.kept
  return entryBytes + (answer?.length ?? 0) + (reply?.length ?? 0) + (entry.prompt?.length ?? 0)
}

/** The entry as it is held in memory when its texts are kept elsewhere: of an answer or a reply it says only that there is one. */
export function withoutTexts<E extends PartEntry>(entry: E): E {
  // A reply that nothing has judged, and the answer of a single call, have no object of their own.
  if (!('kept' in entry) || entry.kept.line.segment === '') return entry
  const { prompt: _prompt, ...rest } = entry
  const { line, answer, reply } = entry.kept
  const kept = { line, answer: answer === null ? null : '', reply: reply === null ? null : '' }
  return { ...rest, kept, textless: true } as E
}

/** Texts that are held, up to a limit. */
export class TextRoom {
  /** How many parts may be read side by side: while it is read, a part has its texts. */
  readonly filesAtOnce: number
  #left: number

  /** `most`: bytes; Infinity for who needs the texts. */
  constructor(most: number) {
    this.#left = most
    // As many as a shard has chunks of 25 items, which earlier releases made.
    this.filesAtOnce = most === Number.POSITIVE_INFINITY ? 40 : 4
  }

  /** The entry, without its texts if there is no room for them. What is still to be written keeps them. */
  fitted<E extends PartEntry>(entry: E): E {
    this.#left -= bytesOf(entry)
    return this.#left >= 0 || !('kept' in entry) || entry.unwritten ? entry : withoutTexts(entry)
  }
}

/** The kept item of an entry, with the texts of its objects; undefined if it has none. Throws StoreUnreadable. */
export async function withTexts(
  { objects, ref, step }: { objects: Objects; ref: VersionRef; step: number },
  { line, answer, reply }: KeptItem,
): Promise<KeptItem | undefined> {
  const files = stepFiles(ref, step)
  const text = async (path: string) => (await objects.whole(path))?.text ?? null
  const [output, replied] = await Promise.all([
    answer === null ? null : text(files.output(line.segment)),
    reply === null ? null : text(files.reply(line.segment)),
  ])
  if ((answer !== null && output === null) || (reply !== null && replied === null)) return undefined
  return { line, answer: output?.replace(/\n$/, '') ?? null, reply: replied }
}
