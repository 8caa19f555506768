/** Undoes the compression of a response. None is asked for, but a gateway may compress all the same. */
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** Thrown where a body is not what its `content-encoding` says. */
export class NotDecoded extends Error {
  override readonly name = 'NotDecoded'
}

/** Far above any answer. A body that unpacks to more is no answer and must not fill the memory. */
const maxOutputLength = 256 * 1024 * 1024

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Buffer

const decoders: Record<string, Decode> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

/** The body without its encodings, the last one undone first. Throws NotDecoded. */
export function decoded(body: Buffer, encoding: string | string[] | undefined): Buffer {
  if (encoding === undefined || body.length === 0) return body
  const names = String(encoding).toLowerCase().split(',')
  return names.reduceRight((bytes, name) => undone(bytes, name.trim()), body)
}

function undone(body: Buffer, name: string): Buffer {
  if (name === '' || name === 'identity') return body
  const decode = decoders[name]
  if (decode === undefined) throw new NotDecoded(`a body in the unknown encoding ${name}`)
  try {
    return decode(body, { maxOutputLength })
  } catch (cause) {
    throw new NotDecoded(`a body that is not ${name}, though its content-encoding says so`, { cause })
  }
}
