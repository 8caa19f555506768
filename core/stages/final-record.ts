/** The record of a version that has ended. */

import type { LogEntry, Metadata, Stats } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { localTime, seconds } from '../text/clock-text.ts'
import { recordSpending } from '../versions/record-spending.ts'
import { isLabelEntry } from '../versions/version-labels.ts'

/** The clock of one stretch of work; a resumed version has several. */
export interface RunClock {
  /** Milliseconds so far: by a monotonic clock if one process did it all. */
  workedMs: () => number
  /** Epoch milliseconds. */
  now: () => number
}

const mostLogs = 200

export async function finish(
  store: Store,
  ref: VersionRef,
  { status, stats, clock }: { status: Metadata['status']; stats: Stats; clock: RunClock },
): Promise<Metadata> {
  const before = (await store.version(ref))?.metadata
  if (before === undefined) throw new FileMissing(`outputs/${ref.pipeline}/${ref.version}/metadata.json`)
  // First: if this is cut off and done again, nothing is counted twice.
  await recordSpending(store, ref, { metadata: before, stats, now: clock.now() })
  const duration_seconds = seconds(before.duration_seconds * 1000 + Math.max(0, clock.workedMs()))
  const logs = [...before.logs.filter(isLabelEntry), ...(await firstLogs(store, ref, clock))]
  return store.updateVersion(ref, { status, duration_seconds, stats, logs })
}

async function firstLogs(store: Store, ref: VersionRef, { now }: RunClock): Promise<LogEntry[]> {
  const logs: LogEntry[] = []
  let more = 0
  for await (const entry of store.logs(ref)) {
    if (logs.length < mostLogs) logs.push(entry)
    else more += 1
  }
  if (more > 0) logs.push({ time: localTime(now()), level: 'info', message: `${more} more in the ledger` })
  return logs
}
