/** The version that an execution began, by the execution's name. */
import { randomUUID } from 'node:crypto'
import { RunInterrupted } from '../../core/errors.ts'
import type { CloudContext } from './context.ts'
import { runKey } from './records.ts'
import type { StoredRun } from './run-progress.ts'

/**
 * How long the record of a run is kept, in seconds: an execution lasts a year at most, AWS remembers it for 90 days, and a margin
 * of five. Then the table lets go of it; the version stays.
 */
const keptSeconds = (365 + 90 + 5) * 86_400

/** The field by which the table knows when to let go of a run's record: epoch seconds. */
export function expiry(now: number): { expires: number } {
  return { expires: Math.ceil(now / 1000) + keptSeconds }
}

/** Undefined if the execution has begun no version. Throws StoreUnreadable. */
export async function storedRun({ table }: CloudContext, id: string): Promise<StoredRun | undefined> {
  const row = await table.get(runKey(id))
  if (row?.of_version === undefined) return undefined
  // The partition key is called `pipeline`, so the version's own is another field.
  const { of_pipeline, of_version, epoch, execution_arn, started } = row
  return {
    run_id: id,
    ...{ pipeline: String(of_pipeline), version: String(of_version), epoch: Number(epoch) },
    ...{ execution_arn: String(execution_arn), started: Number(started) },
  }
}

/** Whether an execution was barred from beginning a version by this call, had been barred before, or has begun one. */
export type Barred = 'now' | 'before' | 'begun'

/** Bars an ended execution from beginning a version, even if its `open` is still running. Throws StoreUnwritable, StoreUnreadable. */
export async function forbidBegin({ table, now }: CloudContext, id: string): Promise<Barred> {
  // By its token a request whose answer was lost knows its own word when it is sent again.
  const token = randomUUID()
  const when = { holds: 'attribute_not_exists(#record) OR #forbidden = :token', values: { token } }
  const { done } = await table.change(runKey(id), { set: { run_id: id, forbidden: token, ...expiry(now()) }, when })
  if (done) return 'now'
  return (await table.get(runKey(id)))?.forbidden === undefined ? 'begun' : 'before'
}

/** Holds as long as the execution may begin a version. */
export const mayBegin = { holds: 'attribute_not_exists(#forbidden)' }

/** Throws RunInterrupted if the execution of this process has ended before it began a version. */
export async function throwIfForbidden({ table, execution }: CloudContext): Promise<void> {
  if (execution === undefined || (await table.get(runKey(execution.id)))?.forbidden === undefined) return
  throw new RunInterrupted(`The run ${execution.id} was ended before it began a version, so it begins none.`)
}
