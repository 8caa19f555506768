/** Which encoding a text file has: what its first bytes say, else UTF-8 if all of it is, else a guess, which is said. */
import { JsonInvalid } from '../../core/text/json-array.ts'
import type { Bytes } from '../spool.ts'

export interface Encoding {
  /** As TextDecoder knows it. */
  label: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'
  /** `UTF-8`, or `Windows-1252 (guessed: it is not UTF-8)`. */
  words: string
}

const utf8: Encoding = { label: 'utf-8', words: 'UTF-8' }

/** Reads the file once if its first bytes do not say. Throws JsonInvalid for bytes that are no text. */
export async function encodingOf(bytes: Bytes): Promise<Encoding> {
  const head = await headOf(bytes, 4096)
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return utf8
  if (head[0] === 0xff && head[1] === 0xfe) return { label: 'utf-16le', words: 'UTF-16' }
  if (head[0] === 0xfe && head[1] === 0xff) return { label: 'utf-16be', words: 'UTF-16' }
  const guessed = utf16Without(head)
  if (guessed !== undefined) return { label: guessed, words: 'UTF-16 (guessed: it has no mark)' }
  if (head.includes(0))
    throw new JsonInvalid('is no text: it has zero bytes. Expected text in UTF-8, UTF-16 or Windows-1252')
  if (await isUtf8(bytes)) return utf8
  return { label: 'windows-1252', words: 'Windows-1252 (guessed: it is not UTF-8)' }
}

/** The first bytes of a file. */
export async function headOf(bytes: Bytes, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes.read([0, Math.min(length, bytes.size)])) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** UTF-16 without a byte order mark, as far as Latin letters and line ends show it: every second byte is zero. */
function utf16Without(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const zeros = [0, 0]
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2]! += 1
  const most = head.length / 2
  if (zeros[1]! > most * 0.6 && zeros[0]! < most * 0.1) return 'utf-16le'
  if (zeros[0]! > most * 0.6 && zeros[1]! < most * 0.1) return 'utf-16be'
  return undefined
}

async function isUtf8(bytes: Bytes): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of bytes.read()) decoder.decode(chunk, { stream: true })
    decoder.decode()
    return true
  } catch {
    return false
  }
}

/** The text of a file, piece by piece and without a byte order mark. Throws JsonInvalid for bytes that the encoding does not have. */
export async function* decoded(bytes: Bytes, { label, words }: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(label, { fatal: true })
  try {
    for await (const chunk of bytes.read()) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new JsonInvalid(`is not ${words.replace(/ \(.*/, '')} up to its end. Save it again as UTF-8`, { cause })
  }
}
