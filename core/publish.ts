/** Stages `publish` and `fail`: the final record of a version. Both are idempotent. */
import { localTime, seconds } from './clock-text.ts'
import { collate } from './collate.ts'
import type { LogEntry, Metadata, Stats } from './documents.ts'
import { FileMissing } from './errors.ts'
import { statsOf } from './stats.ts'
import { oneOffs, type Store, stepFiles, type VersionRef } from './store.ts'
import { mendRun, readRun } from './version-documents.ts'

/** The stretch of work that ends now: a resumed version has had others before. */
export interface Session {
  /** Milliseconds that it has taken so far: by a clock that is not set, where one process did it all. */
  workedMs: () => number
  /** Epoch milliseconds. */
  now: () => number
}

const mostLogs = 200

/** Completes a version, moves `latest` forward and removes what only an unfinished version needs. */
export async function publish(store: Store, ref: VersionRef, session: Session): Promise<Metadata> {
  const before = (await store.version(ref))?.metadata
  const done = before?.status === 'completed' ? before : await complete(store, ref, session)
  if (ref.pipeline !== oneOffs) await store.moveLatest(ref.pipeline)
  await store.removeWork(ref)
  return done
}

async function complete(store: Store, ref: VersionRef, session: Session): Promise<Metadata> {
  const stats = await statsOf(store, ref, await readRun(store, ref))
  await mendRun(store, ref)
  return finish(store, ref, { status: 'completed', stats, session })
}

export interface Failure {
  status: 'failed' | 'aborted'
  /** A sentence for the version's log. */
  reason: string
  session: Session
}

/**
 * Ends a version that cannot go on: writes what there is of the step in progress, so that everything paid for is counted
 * and a later version can stand on it, and marks the version. A version that has ended already is left as it is.
 */
export async function fail(
  store: Store,
  ref: VersionRef,
  { status, reason, session }: Failure,
): Promise<Metadata | undefined> {
  const before = (await store.version(ref))?.metadata
  if (before === undefined || before.status !== 'running') return before
  const run = await readRun(store, ref)
  await mendRun(store, ref)
  for (const step of run.steps) {
    const files = stepFiles(ref, step.step)
    const planned = (await store.size(files.plan)) !== undefined
    if (planned) await collate(store, ref, { step: step.step, partial: true })
  }
  await store.log(ref, { time: localTime(session.now()), level: 'error', message: reason })
  return finish(store, ref, { status, stats: await statsOf(store, ref, run), session })
}

async function finish(
  store: Store,
  ref: VersionRef,
  { status, stats, session }: { status: Metadata['status']; stats: Stats; session: Session },
): Promise<Metadata> {
  const before = (await store.version(ref))?.metadata
  if (before === undefined) throw new FileMissing(`outputs/${ref.pipeline}/${ref.version}/metadata.json`)
  const duration_seconds = seconds(before.duration_seconds * 1000 + Math.max(0, session.workedMs()))
  return store.updateVersion(ref, { status, duration_seconds, stats, logs: await firstLogs(store, ref, session) })
}

async function firstLogs(store: Store, ref: VersionRef, { now }: Session): Promise<LogEntry[]> {
  const logs: LogEntry[] = []
  let more = 0
  for await (const entry of store.logs(ref)) {
    if (logs.length < mostLogs) logs.push(entry)
    else more += 1
  }
  if (more > 0) logs.push({ time: localTime(now()), level: 'info', message: `${more} more in the ledger` })
  return logs
}
