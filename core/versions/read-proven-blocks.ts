/** Reads a ledger, or a collated array, block by block, each proven by its checksum in the index. */
import { isAscii } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { LedgerLine } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { Slices } from '../text/slices.ts'
import { fittingHead, indexHead } from './index-head.ts'
import { type Block, halfSha256, type IndexHead } from './ledger-index.ts'
import type { AnswerPlace } from './step-answers.ts'

/** One block of a ledger, as it was written. */
export interface ProvenBlock {
  block: Block
  /** Its lines. They hold until the next block is read. */
  bytes: Buffer
}

/** The same as text. */
export interface ProvenLines {
  block: Block
  /** Without their newlines. */
  texts: string[]
}

/** A shorter ledger is read sooner line by line. */
const shortBytes = 512 * 1024

export interface Proving {
  step: number
  /** Of a short ledger too, which is read as soon line by line. */
  always?: boolean
  /** Whether a block is left out without a look at its lines, because the index says what they are. */
  passes?: ((block: Block) => boolean | Promise<boolean>) | undefined
}

/**
 * The blocks of a ledger from its beginning, up to one that is not as it was written. Nothing if there is no index, if the ledger is short
 * and `always` is not set, or if blocks may be left out and the index is not that of the ledger.
 */
export async function* provenBlocks(
  store: Store,
  ref: VersionRef,
  { step, always = false, passes }: Proving,
): AsyncGenerator<ProvenBlock> {
  const head = await (passes === undefined ? indexHead : fittingHead)(store, ref, step)
  if (head === undefined || (!always && head.ledger_bytes < shortBytes)) return
  const path = stepFiles(ref, step).ledger
  const space = new Space()
  let slices: Slices | null = null
  let origin = 0
  try {
    for (const block of head.blocks) {
      const [start, end] = block.ledger
      if (await passes?.(block)) {
        // Behind what is left out, the file is read from another place on.
        await slices?.close()
        slices = null
        continue
      }
      if (slices === null) origin = start
      slices ??= new Slices(store.read(path, [start, head.ledger_bytes]), path)
      const bytes = await space.take(slices, [start - origin, end - origin])
      if (bytes === undefined || halfSha256(bytes) !== block.ledger_sha256) return
      yield { block, bytes }
    }
  } finally {
    await slices?.close()
  }
}

/** The same with their lines. */
export async function* provenLines(store: Store, ref: VersionRef, proving: Proving): AsyncGenerator<ProvenLines> {
  for await (const { block, bytes } of provenBlocks(store, ref, proving)) {
    // Where each byte is a character, the text is there in half the time.
    const texts = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8').split('\n')
    texts.pop()
    yield { block, texts }
  }
}

/** Whether all items of a block were carried over with their answers, and stand at positions in a row: nothing more is to be known of them. */
export function isCarried({ lines, items, about }: Block): boolean {
  return about?.carried === lines && items[1] - items[0] + 1 === lines
}

/** Memory for one block after another: as garbage they would pile up faster than they are collected. */
class Space {
  #bytes = Buffer.alloc(0)

  async take(slices: Slices, [start, end]: ByteRange): Promise<Buffer | undefined> {
    if (end - start > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(end - start + 65_536)
    const bytes = this.#bytes
    let at = 0
    return orShort(async () => {
      for await (const piece of slices.pieces(start, end)) at += piece.copy(bytes, at)
      return bytes.subarray(0, at)
    })
  }
}

/** The line of a proven text. */
export function provenLine(text: string): LedgerLine {
  // To cut the check off costs less than to leave it out of the object.
  const end = text.length - checkLength
  if (text.startsWith(',"line_check":"', end)) return JSON.parse(`${text.slice(0, end)}}`)
  const { line_check: _, ...line } = JSON.parse(text)
  return line
}

const checkLength = ',"line_check":"0123456789abcdef"}'.length

/** Undefined if the file is shorter, or missing. */
export async function orShort<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RunFailed || error instanceof FileMissing || error instanceof RangeError) return undefined
    throw error
  }
}

/** First half of the sha256 of a range, without holding it; undefined if the file is shorter, or missing. */
async function checksumOf(slices: Slices, [start, end]: ByteRange): Promise<string | undefined> {
  const hash = createHash('sha256')
  return (await orShort(async () => {
    for await (const piece of slices.pieces(start, end)) hash.update(piece)
    return true
  }))
    ? hash.digest('hex').slice(0, 32)
    : undefined
}

/**
 * Whether ledger and array are to the byte as they were written, by the checksums of their blocks. False also if nothing proves it.
 * `lines`: how many the ledger was written with, if that is known.
 */
export async function isProven(store: Store, place: AnswerPlace, lines: number | undefined): Promise<boolean> {
  const { ref, step, collated, batch_mode } = place
  const head = batch_mode ? await indexHead(store, ref, step) : undefined
  if (head === undefined) return false
  const count = head.blocks.reduce((sum, block) => sum + block.lines, 0)
  if (lines !== undefined && lines !== count) return false
  const { ledger } = stepFiles(ref, step)
  const sizes = await Promise.all([store.size(ledger), store.size(collated)])
  if (sizes[0] !== head.ledger_bytes || sizes[1] !== head.collated_bytes) return false
  return (await isLedgerProven(store, ledger, head)) && (await isArrayProven(store, collated, head))
}

async function isLedgerProven(store: Store, path: string, { blocks, ledger_bytes }: IndexHead): Promise<boolean> {
  const slices = new Slices(store.read(path), path)
  let at = 0
  try {
    for (const { ledger, ledger_sha256 } of blocks) {
      if (ledger[0] !== at || (await checksumOf(slices, ledger)) !== ledger_sha256) return false
      at = ledger[1]
    }
    return at === ledger_bytes
  } finally {
    await slices.close()
  }
}

/** The blocks of answers, and that nothing else stands between, before and behind them. */
async function isArrayProven(store: Store, path: string, { blocks, collated_bytes }: IndexHead): Promise<boolean> {
  const slices = new Slices(store.read(path), path)
  let at = 0
  const isNext = async (text: string) => {
    const [start, end] = [at, at + text.length]
    const bytes = await orShort(() => slices.take(start, end))
    at = end
    return bytes?.toString('latin1') === text
  }
  try {
    for (const { answered, answers, answers_sha256 } of blocks) {
      if (answered === 0) continue
      if (answers_sha256 === null || !(await isNext(at === 0 ? '[\n  ' : ',\n  ')) || answers[0] !== at) return false
      if ((await checksumOf(slices, answers)) !== answers_sha256) return false
      at = answers[1]
    }
    return (await isNext(at === 0 ? '[]\n' : '\n]\n')) && at === collated_bytes
  } finally {
    await slices.close()
  }
}
