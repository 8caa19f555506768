/** Reads the head of an index. */
import { FileMissing } from '../errors.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { halfSha256, headIn, headLength, type IndexHead } from './ledger-index.ts'

/** The head of a step's index; undefined if there is none, or if it is not as it was written. It may be that of an earlier ledger. */
export function indexHead(store: Store, ref: VersionRef, step: number): Promise<IndexHead | undefined> {
  return headAt(store, stepFiles(ref, step).index)
}

/** The same only if it is that of the ledger that is there, as far as its size and its last line tell. */
export async function fittingHead(store: Store, ref: VersionRef, step: number): Promise<IndexHead | undefined> {
  const { ledger } = stepFiles(ref, step)
  const head = await indexHead(store, ref, step)
  if (head === undefined || (await store.size(ledger)) !== head.ledger_bytes) return undefined
  const last = await bytesAt(store, ledger, [head.last_line, head.ledger_bytes])
  return last !== undefined && halfSha256(last) === head.last_line_sha256 ? head : undefined
}

/** One read fetches the head of an index of up to half a million lines. */
const firstRead = 64 * 1024

async function headAt(store: Store, path: string): Promise<IndexHead | undefined> {
  const first = await upTo(store, path, [0, firstRead])
  const length = first === undefined ? undefined : headLength(first)
  if (first === undefined || length === undefined) return undefined
  if (length <= first.length) return headIn(first.subarray(0, length))
  // What a damaged head says of its length must not be read into memory.
  if (((await store.size(path)) ?? 0) < length) return undefined
  const rest = await upTo(store, path, [first.length, length])
  return rest === undefined ? undefined : headIn(Buffer.concat([first, rest]))
}

/** The bytes of a range; undefined if there are fewer. */
export async function bytesAt(store: Store, path: string, range: ByteRange): Promise<Buffer | undefined> {
  const bytes = await upTo(store, path, range)
  return bytes?.length === range[1] - range[0] ? bytes : undefined
}

async function upTo(store: Store, path: string, [start, end]: ByteRange): Promise<Buffer | undefined> {
  if (end <= start) return Buffer.alloc(0)
  try {
    return Buffer.concat(await Array.fromAsync(store.read(path, [start, end])))
  } catch (error) {
    if (error instanceof FileMissing) return undefined
    throw error
  }
}
