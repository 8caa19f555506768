/** Stage `publish`: completes a version. Idempotent. */

import type { Metadata } from '../documents.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { statsOf } from '../versions/stats.ts'
import { mendRun, readRun } from '../versions/version-documents.ts'
import { finish, type RunClock } from './final-record.ts'

/** Completes a version, moves `latest` forward and removes what only an unfinished version needs. */
export async function publish(store: Store, ref: VersionRef, clock: RunClock): Promise<Metadata> {
  const before = (await store.version(ref))?.metadata
  const done = before?.status === 'completed' ? before : await complete(store, ref, clock)
  if (ref.pipeline !== oneOffs) await store.moveLatest(ref.pipeline)
  await store.removeWork(ref)
  return done
}

async function complete(store: Store, ref: VersionRef, clock: RunClock): Promise<Metadata> {
  const stats = await statsOf(store, ref, await readRun(store, ref))
  await mendRun(store, ref)
  return finish(store, ref, { status: 'completed', stats, clock })
}
