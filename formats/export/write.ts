/** Items in the format that a person names. What a format needs is loaded with it. */
import type { ContentStream } from '../../core/store.ts'
import type { Items } from './columns.ts'
import type { ExportFormat } from './formats.ts'

export interface WriteOptions {
  /** For CSV: what Excel needs to read it. */
  excel?: boolean
  /** For CSV: what stands between cells. */
  separator?: string | undefined
  /** For CSV: texts that begin like a formula stay as they are. */
  raw?: boolean
  /** Told how many texts of a CSV file got an apostrophe before them. */
  onPrefixed?: (count: number) => void
}

/** Whether a format is bytes that no terminal can show. */
export function isBinary(format: ExportFormat): boolean {
  return format === 'xlsx' || format === 'parquet'
}

/** Yields the file piece by piece; holds one item or one group of rows at a time. Throws RequestRefused for what the format cannot hold. */
export async function* written(items: Items, format: ExportFormat, options: WriteOptions = {}): ContentStream {
  switch (format) {
    case 'csv':
      return yield* (await import('./csv.ts')).csv(items, csvOptions(options))
    case 'xlsx':
      return yield* (await import('./xlsx.ts')).xlsx(items)
    case 'parquet':
      return yield* (await import('./parquet.ts')).parquet(items)
    case 'jsonl':
      return yield* (await import('./json-lines.ts')).jsonLines(items)
    case 'json':
      return yield* (await import('./json-lines.ts')).jsonArray(items)
  }
}

/** Excel takes semicolons where commas are decimal signs, and commas elsewhere: `--separator` says it. */
function csvOptions({ excel = false, separator, raw = false, onPrefixed }: WriteOptions) {
  return { separator: separator ?? (excel ? ';' : ','), mark: excel, raw, onPrefixed }
}
