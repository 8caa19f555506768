/** Names in the table: partitions, sort keys, and the fields of a version's record. */
import { type LogEntry, type Metadata, metadata } from '../../core/documents.ts'
import { RecordUnreadable } from '../../core/errors.ts'
import { versionPageKey, versionPrefix } from '../../core/pages.ts'
import { oneOffs, stepNumber, type VersionRef } from '../../core/store.ts'
import type { Key, TableRow } from './table.ts'

const withUnknownFields = metadata.loose()

export { versionPrefix } from '../../core/pages.ts'

/** Of a record DynamoDB takes 400 KB. */
export const mostRecordBytes = 300_000

export function latestKey(pipeline: string): Key {
  return { pipeline, record: 'latest' }
}

export function versionKey({ pipeline, version }: VersionRef): Key {
  return { pipeline, record: pipeline === oneOffs ? versionPrefix + version : versionPageKey(version) }
}

export function runKey(id: string): Key {
  return { pipeline: `run#${id}`, record: 'run' }
}

/** The one partition that a chunk may write. */
export function progressPartition({ pipeline, version }: VersionRef): string {
  return `progress#${pipeline}#${version}`
}

export function stateKey(ref: VersionRef): Key {
  return { pipeline: progressPartition(ref), record: 'state' }
}

export function spendAccountKey(ref: VersionRef): Key {
  return { pipeline: progressPartition(ref), record: 'purse' }
}

/** Of the spend log of the workspace. */
export const spendPartition = 'spend#log'

export function spendKey(month: string, place: number): Key {
  return { pipeline: spendPartition, record: `${month}#${String(place).padStart(8, '0')}` }
}

/** What people said of the answers of a pipeline. */
export function reviewsPartition(pipeline: string): string {
  return `reviews#${pipeline}`
}

/** The record that counts the additions. */
export function reviewCountKey(pipeline: string): Key {
  return { pipeline: reviewsPartition(pipeline), record: 'count' }
}

/** The sort keys of additions begin with this. */
export const reviewPrefix = 'acts#'

export function reviewsKey(pipeline: string, number: number): Key {
  return { pipeline: reviewsPartition(pipeline), record: `${reviewPrefix}${String(number).padStart(8, '0')}` }
}

/** The number of such a record. */
export function reviewNumber({ record }: TableRow): number {
  return Number(String(record).slice(reviewPrefix.length))
}

/** The sort keys of claims begin with this. */
export const claimPrefix = 'claim#'

export function claimKey(ref: VersionRef, { step, batch }: { step: number; batch: number | string }): Key {
  return { pipeline: progressPartition(ref), record: `${claimPrefix}${stepNumber(step)}#${batch}` }
}

/** The key of a record that was read. */
export function keyOfRow({ pipeline, record }: TableRow): Key {
  return { pipeline: String(pipeline), record: String(record) }
}

/** `v12` → 12; undefined for any other name. */
export function numberOf(version: string): number | undefined {
  return /^v\d+$/.test(version) ? Number(version.slice(1)) : undefined
}

/** The version of a record of a pipeline; undefined for records of other kinds. */
export function versionOf({ record }: TableRow): string | undefined {
  const digits = String(record).slice(versionPrefix.length)
  return /^\d{8,}$/.test(digits) ? `v${Number(digits)}` : undefined
}

/** The fields of a version's record. A log that would make it too long for a record is cut. */
export function fieldsOf(document: Partial<Metadata>): TableRow {
  return document.logs === undefined ? document : { ...document, logs: shortened(document.logs) }
}

/** A record as metadata.json has it, its fields in the document's order; a map in the table has none. Throws RecordUnreadable. */
export function metadataOf({ pipeline, record, run_id: _, ...fields }: TableRow): Metadata {
  const { success, data, error } = withUnknownFields.safeParse(fields)
  if (success) return data
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
  throw new RecordUnreadable(
    `The record ${record} of ${pipeline} in the table is not the record of a version: ${problems.join('; ')}. Put these fields right by hand.`,
    { cause: error },
  )
}

function shortened(logs: LogEntry[]): LogEntry[] {
  let bytes = 0
  const fits = logs.findIndex((entry) => {
    bytes += Buffer.byteLength(JSON.stringify(entry))
    return bytes > mostRecordBytes
  })
  if (fits === -1) return logs
  const last = logs.at(-1)
  const more = Number(/^(\d+) more in the ledger$/.exec(last?.message ?? '')?.[1] ?? 0)
  const left = logs.length - fits - (more > 0 ? 1 : 0) + more
  return [...logs.slice(0, fits), { time: last?.time ?? '', level: 'info', message: `${left} more in the ledger` }]
}
