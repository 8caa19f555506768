/**
 * The index of a step's ledger, `.index/NN.bin`: where the line of an id stands, and what each block of a thousand lines and their
 * answers looks like. It is derived and never trusted: each of its parts has a checksum, a line that it leads to is checked, and
 * whoever finds it missing or old reads the ledger instead.
 *
 * Layout, little-endian: a head (magic, the sizes of both files, the counts, and the checksum of the ledger's last line; the
 * first hash of each page; the blocks; a checksum), then pages of entries, each with its checksum. An entry is a hash of
 * an id (4 bytes), the first byte of its line (6) and the line's length (4). Entries ascend by hash, then by line.
 */
import { hash } from 'node:crypto'
import type { ByteRange } from '../store.ts'
import { textHash } from '../text/text-hash.ts'

/** Lines of a ledger that are checked, and copied, together. */
export const linesOfBlock = 1000

/** Lines of the ledger in a row, with their answers. */
export interface Block {
  lines: number
  /** The position of the first of its items, and of the last. */
  items: readonly [number, number]
  ledger: ByteRange
  /** From the first byte of its first answer to the last byte of its last one. Both the same if it has no answers. */
  answers: ByteRange
  answered: number
  /** First half of the sha256 of these bytes, in hex. */
  ledger_sha256: string
  /** Null if nothing proves the answers: the version is older than checksums. */
  answers_sha256: string | null
}

/** Everything but the entries. */
export interface IndexHead {
  ledger_bytes: number
  collated_bytes: number
  entries: number
  /** Where the ledger's last line begins, and the first half of its sha256. */
  last_line: number
  last_line_sha256: string
  /** The first hash of each page. */
  pages: Uint32Array
  blocks: Block[]
  /** Where the pages begin. */
  bytes: number
}

const magic = 'IWINDEX1'
const fixedBytes = 72
const blockBytes = 96
const checksumBytes = 16
const entryBytes = 14
export const entriesOfPage = 256

/** The hash of an id in an index. */
export function idHash(id: string): number {
  return textHash(id)[0]
}

/** First half of a sha256, in hex: enough against slips and broken disks. */
export function halfSha256(content: string | Uint8Array): string {
  return hash('sha256', content).slice(0, 2 * checksumBytes)
}

export function headText(head: Omit<IndexHead, 'bytes'>): Buffer {
  const { pages, blocks } = head
  const bytes = Buffer.alloc(headBytes(pages.length, blocks.length))
  bytes.write(magic, 0, 'latin1')
  const numbers = [head.ledger_bytes, head.collated_bytes, head.entries, pages.length, blocks.length, head.last_line]
  for (const [at, number] of numbers.entries()) bytes.writeDoubleLE(number, 8 + at * 8)
  bytes.write(head.last_line_sha256, 56, 'hex')
  let at = fixedBytes
  for (const first of pages) at = bytes.writeUInt32LE(first, at)
  for (const block of blocks) at = writeBlock(bytes, at, block)
  bytes.write(halfSha256(bytes.subarray(0, at)), at, 'hex')
  return bytes
}

function headBytes(pages: number, blocks: number): number {
  return fixedBytes + pages * 4 + blocks * blockBytes + checksumBytes
}

function writeBlock(bytes: Buffer, start: number, block: Block): number {
  const { lines, items, ledger, answers, answered } = block
  let at = start
  for (const number of [...items, ...ledger, ...answers]) at = bytes.writeDoubleLE(number, at)
  for (const number of [lines, answered, 0, 0]) at = bytes.writeUInt32LE(number, at)
  bytes.write(block.ledger_sha256, at, 'hex')
  if (block.answers_sha256 !== null) bytes.write(block.answers_sha256, at + checksumBytes, 'hex')
  return start + blockBytes
}

/** How long the head is that begins so; undefined if that is none. */
export function headLength(first: Buffer): number | undefined {
  if (first.length < fixedBytes || first.toString('latin1', 0, 8) !== magic) return undefined
  const length = headBytes(first.readDoubleLE(32), first.readDoubleLE(40))
  return Number.isSafeInteger(length) && length > 0 ? length : undefined
}

/** Undefined if it is not as it was written. */
export function headIn(bytes: Buffer): IndexHead | undefined {
  const end = bytes.length - checksumBytes
  if (headLength(bytes) !== bytes.length || halfSha256(bytes.subarray(0, end)) !== bytes.toString('hex', end))
    return undefined
  const [ledger_bytes, collated_bytes, entries, pageCount, blockCount, last_line] = Array.from({ length: 6 }, (_, at) =>
    bytes.readDoubleLE(8 + at * 8),
  ) as [number, number, number, number, number, number]
  const pages = Uint32Array.from({ length: pageCount }, (_, at) => bytes.readUInt32LE(fixedBytes + at * 4))
  const blocksAt = fixedBytes + pageCount * 4
  return {
    ...{ ledger_bytes, collated_bytes, entries, last_line, pages, bytes: bytes.length },
    last_line_sha256: bytes.toString('hex', 56, fixedBytes),
    blocks: Array.from({ length: blockCount }, (_, at) => blockIn(bytes, blocksAt + at * blockBytes)),
  }
}

function blockIn(bytes: Buffer, at: number): Block {
  const number = (nth: number) => bytes.readDoubleLE(at + nth * 8)
  const answers_sha256 = bytes.toString('hex', at + 80, at + 96)
  return {
    lines: bytes.readUInt32LE(at + 48),
    items: [number(0), number(1)],
    ledger: [number(2), number(3)],
    answers: [number(4), number(5)],
    answered: bytes.readUInt32LE(at + 52),
    ledger_sha256: bytes.toString('hex', at + 64, at + 80),
    answers_sha256: /^0+$/.test(answers_sha256) ? null : answers_sha256,
  }
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
