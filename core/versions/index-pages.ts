/**
 * The pages of a ledger's index, behind its head: a page has its entries and a checksum. An entry is a hash of an id (4 bytes), the first
 * byte of its line (6) and the line's length (4), little-endian. Entries ascend by hash, then by line.
 */
import type { ByteRange } from '../store.ts'
import { textHash } from '../text/text-hash.ts'
import { checksumBytes, halfSha256, type IndexHead } from './ledger-index.ts'

const entryBytes = 14
export const entriesOfPage = 256

/** The hash of an id in an index. */
export function idHash(id: string): number {
  return textHash(id)[0]
}

/** Where an id may stand: another one may have the same hash. */
export interface IndexEntry {
  hash: number
  line: ByteRange
}

/** A page of entries, the checksum included. `number`: which one it is, from 0. */
export function pageText(entries: readonly IndexEntry[], number: number): Buffer {
  const bytes = Buffer.alloc(entries.length * entryBytes + checksumBytes)
  let at = 0
  for (const { hash, line } of entries) {
    at = bytes.writeUInt32LE(hash, at)
    at = bytes.writeUIntLE(line[0], at, 6)
    at = bytes.writeUInt32LE(line[1] - line[0], at)
  }
  bytes.write(pageChecksum(bytes.subarray(0, at), number), at, 'hex')
  return bytes
}

/** A page would not pass for another one. */
function pageChecksum(entries: Uint8Array, number: number): string {
  const place = Buffer.alloc(4)
  place.writeUInt32LE(number)
  return halfSha256(Buffer.concat([place, entries]))
}

/** Where a page stands in the file. */
export function pageRange({ bytes, entries }: IndexHead, number: number): ByteRange {
  const start = bytes + number * (entriesOfPage * entryBytes + checksumBytes)
  const count = Math.min(entriesOfPage, entries - number * entriesOfPage)
  return [start, start + count * entryBytes + checksumBytes]
}

/** Undefined if the page is not as it was written. */
export function pageIn(bytes: Buffer, number: number): IndexEntry[] | undefined {
  const end = bytes.length - checksumBytes
  if (end < 0 || end % entryBytes !== 0) return undefined
  if (pageChecksum(bytes.subarray(0, end), number) !== bytes.toString('hex', end)) return undefined
  return Array.from({ length: end / entryBytes }, (_, nth) => {
    const at = nth * entryBytes
    const start = bytes.readUIntLE(at + 4, 6)
    return { hash: bytes.readUInt32LE(at), line: [start, start + bytes.readUInt32LE(at + 10)] as const }
  })
}

/** The pages that may have a hash: those of one hash may go on over several. */
export function pagesOf({ pages }: IndexHead, hash: number): number[] {
  let [low, high] = [0, pages.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pages[middle]! < hash) low = middle + 1
    else high = middle
  }
  const found = low > 0 ? [low - 1] : []
  for (let at = low; at < pages.length && pages[at] === hash; at++) found.push(at)
  return found
}
