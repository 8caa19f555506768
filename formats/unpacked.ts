/** What is packed with gzip. */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { JsonInvalid } from '../core/text/json-array.ts'
import { type Bytes, spool } from './spool.ts'

/** The content of a packed file, in a temporary one. Throws JsonInvalid. */
export async function unpacked(bytes: Bytes): Promise<Bytes> {
  const packed = Readable.from(bytes.read())
  const gunzip = createGunzip()
  packed.on('error', (error) => gunzip.destroy(error))
  try {
    return await spool(packed.pipe(gunzip))
  } catch (cause) {
    if (!/^Z_/.test((cause as NodeJS.ErrnoException).code ?? '')) throw cause
    throw new JsonInvalid('is not a whole gzip file. Pack it again', { cause })
  }
}
