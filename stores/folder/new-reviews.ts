/** Which acts were added to reviews.jsonl since a process last looked: acts are only ever added behind the others. */
import type { Review } from '../../core/review.ts'
import { actIn } from '../../core/reviews/act-line.ts'
import { sha256 } from '../../core/text/ids.ts'
import { fileSize, readBytes } from './reading.ts'

const newline = 10

/** So many bytes before a mark say whether it still fits. */
const checkedBytes = 256

/**
 * The acts behind a mark, and the mark of the end. Undefined if the file does not go on from the mark, because a person changed it, or if a
 * line is no act: whoever reads all of them says which one.
 */
export async function newReviews(
  { file, path }: { file: string; path: string },
  mark: string | null,
): Promise<{ acts: Review[]; mark: string } | undefined> {
  const from = mark === null ? 0 : Number(mark.split(' ')[0])
  const size = (await fileSize(file)) ?? 0
  if (!Number.isSafeInteger(from) || from > size) return undefined
  const start = Math.max(0, from - checkedBytes)
  const bytes =
    size === 0 ? Buffer.alloc(0) : Buffer.concat(await Array.fromAsync(readBytes(file, path, [start, size])))
  if (mark !== null && markOf(bytes, { start, end: from }) !== mark) return undefined
  const end = start + bytes.lastIndexOf(newline) + 1
  // A last line without its end is torn, or a person wrote it.
  if (end < from || actIn(bytes.toString('utf8', end - start)) !== undefined) return undefined
  const texts = bytes.toString('utf8', from - start, end - start).split('\n')
  const acts = texts.filter((text) => text.trim() !== '').map(actIn)
  if (acts.includes(undefined)) return undefined
  return { acts: acts as Review[], mark: markOf(bytes, { start, end }) }
}

function markOf(bytes: Buffer, { start, end }: { start: number; end: number }): string {
  const from = Math.max(0, end - checkedBytes)
  return `${end} ${sha256(bytes.toString('latin1', from - start, end - start))}`
}
