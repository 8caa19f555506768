/** Stage `fail`: ends a version that cannot go on. Idempotent. */

import type { Metadata } from '../documents.ts'
import type { End } from '../flow.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { statsOf } from '../versions/stats.ts'
import { mendRun, readRun } from '../versions/version-documents.ts'
import { collate } from './collate.ts'
import { finish, type RunClock } from './final-record.ts'

export interface Failure {
  status: End
  /** A sentence for the version's log. */
  reason: string
  clock: RunClock
}

/**
 * Ends a version that cannot go on: writes what there is of the step in progress, so that everything paid for is counted
 * and a later version can stand on it, and marks the version. A version that has ended already is left as it is.
 */
export async function fail(
  store: Store,
  ref: VersionRef,
  { status, reason, clock }: Failure,
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
  await store.log(ref, { time: localTime(clock.now()), level: 'error', message: reason })
  return finish(store, ref, { status, stats: await statsOf(store, ref, run), clock })
}
