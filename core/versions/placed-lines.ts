/** The lines of a step's ledger with where each stands, so that any of them can be read again by itself. */
import type { LedgerLine } from '../documents.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'
import { bytesAt } from './index-head.ts'
import { brokenLine, lineIn } from './ledger.ts'
import { provenLine, provenLines } from './read-proven-blocks.ts'

export interface PlacedLine {
  line: LedgerLine
  /** Where it stands in the ledger, newline included. */
  bytes: ByteRange
}

/**
 * All lines, in their order, in pieces of up to a thousand: what comes between two pieces may be another request's turn. Throws
 * FileMissing, RunFailed for a line that is torn or was changed since it was written.
 */
export async function* placedLines(store: Store, ref: VersionRef, step: number): AsyncGenerator<PlacedLine[]> {
  const path = stepFiles(ref, step).ledger
  let at = 0
  let before = 0
  for await (const { block, texts } of provenLines(store, ref, { step, always: true })) {
    yield inBlock(texts, block.ledger)
    at = block.ledger[1]
    before = block.items[1]
  }
  const size = at === 0 ? undefined : await store.size(path)
  if (size !== undefined && size <= at) return
  let piece: PlacedLine[] = []
  for await (const { text, start, end } of lines(store.read(path, size === undefined ? undefined : [at, size]))) {
    if (text.trim() === '') continue
    const line = lineIn(text)
    if ('broken' in line) throw brokenLine(line.broken, { place: `${path}, byte ${at + start}`, cause: line.cause })
    if (line.item_index <= before) throw brokenLine('stands out of order', { place: `${path}, byte ${at + start}` })
    before = line.item_index
    piece.push({ line, bytes: [at + start, at + end] })
    if (piece.length < mostAtOnce) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

const mostAtOnce = 1000

function inBlock(texts: readonly string[], [start, end]: ByteRange): PlacedLine[] {
  let at = start
  const isPlain = texts.reduce((sum, text) => sum + text.length + 1, 0) === end - start
  return texts.map((text) => {
    const from = at
    at += (isPlain ? text.length : Buffer.byteLength(text)) + 1
    return { line: provenLine(text), bytes: [from, at] }
  })
}

/** Lines nearer than this are read together. */
const near = 65_536

/**
 * The lines at these places, which ascend. Each is checked. Throws RunFailed for one that is not as it was written.
 */
export async function linesAt(
  store: Store,
  ref: VersionRef,
  { step, places }: { step: number; places: readonly ByteRange[] },
): Promise<LedgerLine[]> {
  const path = stepFiles(ref, step).ledger
  const found: LedgerLine[] = []
  for (const group of grouped(places)) {
    const [start, end] = [group[0]![0], group.at(-1)![1]]
    const bytes = await bytesAt(store, path, [start, end])
    if (bytes === undefined) throw brokenLine('is missing', { place: `${path}, byte ${start}` })
    for (const [from, to] of group)
      found.push(checked(bytes.subarray(from - start, to - start), `${path}, byte ${from}`))
  }
  return found
}

function grouped(places: readonly ByteRange[]): ByteRange[][] {
  const groups: ByteRange[][] = []
  for (const place of places) {
    const last = groups.at(-1)
    if (last !== undefined && place[0] >= last.at(-1)![1] && place[0] - last.at(-1)![1] < near) last.push(place)
    else groups.push([place])
  }
  return groups
}

function checked(bytes: Buffer, place: string): LedgerLine {
  const line = lineIn(bytes.toString('utf8'))
  if ('broken' in line) throw brokenLine(line.broken, { place, cause: line.cause })
  return line
}
