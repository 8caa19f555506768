/**
 * The index of a step's ledger, `.index/NN.bin`: where the line of an id stands, and what each block of a thousand lines and their
 * answers looks like. It is derived and never trusted: each of its parts has a checksum, a line that it leads to is checked, and
 * whoever finds it missing or old reads the ledger instead.
 *
 * Layout, little-endian: a head (magic, the sizes of both files, the counts, and the checksum of the ledger's last line; the
 * first hash of each page; the blocks; a checksum), then the pages (`index-pages.ts`). The first layout, `IWINDEX1`, is read too: its blocks
 * say nothing of what their items are.
 */
import { hash } from 'node:crypto'
import type { ByteRange } from '../store.ts'

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
  /** Null in the first layout. */
  about: AboutItems | null
}

/** What its lines say of their items, for whoever need not read them. */
export interface AboutItems {
  /** Items that were carried over with their answer: nothing was spent on them. */
  carried: number
  /** Items with a sequential id. */
  numbered: number
  /** Of their ids in their order (`idsSum`); null unless each is an item of an input, and the model answered it. */
  ids_sha256: string | null
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

/** How blocks are laid out: the second says what their items are. */
export type Layout = 1 | 2

const magic = 'IWINDEX'
const fixedBytes = 72
const blockBytes = { 1: 96, 2: 112 }
export const checksumBytes = 16

/** First half of a sha256, in hex: enough against slips and broken disks. */
export function halfSha256(content: string | Uint8Array): string {
  return hash('sha256', content).slice(0, 2 * checksumBytes)
}

/** What `ids_sha256` is of, one id after another. */
export function idsSum(ids: Iterable<string>): string {
  const texts: string[] = []
  for (const id of ids) texts.push(idInSum(JSON.stringify(id)))
  return halfSha256(texts.join(''))
}

/** `json`: the id as it stands in its line. */
export function idInSum(json: string): string {
  return `${json}\n`
}

export function headText(head: Omit<IndexHead, 'bytes'>, layout: Layout): Buffer {
  const { pages, blocks } = head
  const bytes = Buffer.alloc(headBytes(pages.length, blocks.length, layout))
  bytes.write(`${magic}${layout}`, 0, 'latin1')
  const numbers = [head.ledger_bytes, head.collated_bytes, head.entries, pages.length, blocks.length, head.last_line]
  for (const [at, number] of numbers.entries()) bytes.writeDoubleLE(number, 8 + at * 8)
  bytes.write(head.last_line_sha256, 56, 'hex')
  let at = fixedBytes
  for (const first of pages) at = bytes.writeUInt32LE(first, at)
  for (const block of blocks) at = writeBlock(bytes, { at, block, layout })
  bytes.write(halfSha256(bytes.subarray(0, at)), at, 'hex')
  return bytes
}

function headBytes(pages: number, blocks: number, layout: Layout): number {
  return fixedBytes + pages * 4 + blocks * blockBytes[layout] + checksumBytes
}

function writeBlock(bytes: Buffer, { at: start, block, layout }: { at: number; block: Block; layout: Layout }): number {
  const { lines, items, ledger, answers, answered, ledger_sha256, answers_sha256, about } = block
  const { carried = 0, numbered = 0, ids_sha256 = null } = (layout === 2 && about) || {}
  let at = start
  for (const number of [...items, ...ledger, ...answers]) at = bytes.writeDoubleLE(number, at)
  for (const number of [lines, answered, carried, numbered]) at = bytes.writeUInt32LE(number, at)
  for (const checksum of [ledger_sha256, answers_sha256, ids_sha256]) {
    if (checksum !== null) bytes.write(checksum, at, 'hex')
    at += checksumBytes
  }
  return start + blockBytes[layout]
}

function layoutIn(first: Buffer): Layout | undefined {
  const layout = first.toString('latin1', 0, 8)
  return layout === `${magic}1` ? 1 : layout === `${magic}2` ? 2 : undefined
}

/** How long the head is that begins so; undefined if that is none. */
export function headLength(first: Buffer): number | undefined {
  const layout = layoutIn(first)
  if (first.length < fixedBytes || layout === undefined) return undefined
  const length = headBytes(first.readDoubleLE(32), first.readDoubleLE(40), layout)
  return Number.isSafeInteger(length) && length > 0 ? length : undefined
}

/** Undefined if it is not as it was written. */
export function headIn(bytes: Buffer): IndexHead | undefined {
  const end = bytes.length - checksumBytes
  const layout = layoutIn(bytes)
  if (layout === undefined || headLength(bytes) !== bytes.length) return undefined
  if (halfSha256(bytes.subarray(0, end)) !== bytes.toString('hex', end)) return undefined
  const [ledger_bytes, collated_bytes, entries, pageCount, blockCount, last_line] = Array.from({ length: 6 }, (_, at) =>
    bytes.readDoubleLE(8 + at * 8),
  ) as [number, number, number, number, number, number]
  const pages = Uint32Array.from({ length: pageCount }, (_, at) => bytes.readUInt32LE(fixedBytes + at * 4))
  const blocksAt = fixedBytes + pageCount * 4
  return {
    ...{ ledger_bytes, collated_bytes, entries, last_line, pages, bytes: bytes.length },
    last_line_sha256: bytes.toString('hex', 56, fixedBytes),
    blocks: Array.from({ length: blockCount }, (_, at) => blockIn(bytes, blocksAt + at * blockBytes[layout], layout)),
  }
}

function blockIn(bytes: Buffer, at: number, layout: Layout): Block {
  const number = (nth: number) => bytes.readDoubleLE(at + nth * 8)
  const count = (nth: number) => bytes.readUInt32LE(at + 48 + nth * 4)
  const checksum = (nth: number) => bytes.toString('hex', at + 64 + nth * 16, at + 80 + nth * 16)
  const ifSet = (text: string) => (/^0+$/.test(text) ? null : text)
  return {
    lines: count(0),
    items: [number(0), number(1)],
    ledger: [number(2), number(3)],
    answers: [number(4), number(5)],
    answered: count(1),
    ledger_sha256: checksum(0),
    answers_sha256: ifSet(checksum(1)),
    about: layout === 1 ? null : { carried: count(2), numbered: count(3), ids_sha256: ifSet(checksum(2)) },
  }
}
