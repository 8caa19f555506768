/** Which format a file has: by its ending, or, for stdin, by its first bytes. */
import type { Bytes } from './spool.ts'
import { headOf } from './text/encoding.ts'

export type FormatName = 'xlsx' | 'parquet' | 'csv' | 'tsv' | 'json' | 'jsonl'

export interface Format {
  name: FormatName
  /** Packed with gzip. */
  isPacked: boolean
}

/** By the file's ending: `.csv`, `.csv.gz`; null for another. */
export function formatOf(path: string): Format | null {
  const [, ending, packed] = /\.(xlsx|xlsm|parquet|csv|tsv|json|jsonl)(\.gz)?$/i.exec(path) ?? []
  if (ending === undefined) return null
  const name = ending.toLowerCase() === 'xlsm' ? 'xlsx' : (ending.toLowerCase() as FormatName)
  return { name, isPacked: packed !== undefined }
}

export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** By the content, which is not packed. */
export async function sniffedFormat(bytes: Bytes): Promise<FormatName> {
  const head = await headOf(bytes, 64 * 1024)
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet'
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') return 'xlsx'
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text.startsWith('[')) return 'json'
  return text.startsWith('{') ? objectFormat(text) : 'csv'
}

/** JSON Lines if the first line is a whole value; a single object is that, too: one item. */
function objectFormat(text: string): 'json' | 'jsonl' {
  try {
    JSON.parse(text.slice(0, text.search(/\n|$/)))
    return 'jsonl'
  } catch {
    return 'json'
  }
}
