/** The parts of a workbook, which is a zip archive: only what is asked for is read and unpacked. */
import { Readable } from 'node:stream'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import { JsonInvalid } from '../../core/text/json-array.ts'
import type { Bytes } from '../spool.ts'
import { headOf } from '../text/encoding.ts'

export interface Archive {
  /** The content of a part; undefined if there is none of that name. */
  part(path: string): Promise<AsyncIterable<Uint8Array> | undefined>
}

/** Opens a workbook. Throws JsonInvalid if it is no zip archive. */
export async function openArchive(bytes: Bytes): Promise<Archive> {
  const head = await headOf(bytes, 8)
  if (head.toString('hex') === 'd0cf11e0a1b11ae1')
    throw new JsonInvalid('is protected by a password, or an old .xls. Save it as .xlsx without a password')
  try {
    const zip = await fromRandomAccessReaderPromise(new BytesReader(bytes), bytes.size, {
      autoClose: false,
      lazyEntries: true,
    })
    const entries = await entriesOf(zip)
    return { part: async (path) => opened(zip, entries.get(path.toLowerCase())) }
  } catch (cause) {
    throw new JsonInvalid('is no .xlsx file, or is cut off. Save it again in the program it comes from', {
      cause,
    })
  }
}

async function opened(zip: ZipFile, entry: Entry | undefined): Promise<AsyncIterable<Uint8Array> | undefined> {
  return entry === undefined ? undefined : zip.openReadStreamPromise(entry)
}

function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>()
  return new Promise((resolve, reject) => {
    zip.on('error', reject)
    zip.on('end', () => resolve(found))
    zip.on('entry', (entry: Entry) => {
      found.set(entry.fileName.toLowerCase(), entry)
      zip.readEntry()
    })
    zip.readEntry()
  })
}

class BytesReader extends RandomAccessReader {
  readonly #bytes: Bytes

  constructor(bytes: Bytes) {
    super()
    this.#bytes = bytes
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#bytes.read([start, end]))
  }
}
