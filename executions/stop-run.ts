/** Stops whatever a run on AWS still does: its execution, or the message batches that it left with the API when it failed. */
import { batchesOut } from '../core/versions/message-batches.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { abortRun } from './abort-run.ts'
import type { Executions } from './executions.ts'

/** `stopping`: the run. `cancelling`: only its message batches, since the run has ended. */
export type Stopped = 'stopping' | 'cancelling'

/** Asks for it and does not wait. Null if there is nothing to stop. */
export async function stopRun(
  { store, executions }: { store: CloudStore; executions: Executions },
  runId: string,
): Promise<Stopped | null> {
  if ((await executions.describe(runId))?.status === 'RUNNING') {
    await abortRun({ store, executions }, runId)
    return 'stopping'
  }
  const run = await store.run(runId)
  if (run === undefined) return null
  const { pipeline, version } = run
  const state = await store.version({ pipeline, version })
  // Those of a completed version are history, and those of one that is being run are that run's.
  if (state === undefined || state.alive || state.metadata.status === 'completed') return null
  const left = (await batchesOut(store, run)).filter(({ id, cancelled }) => id !== null && !cancelled)
  if (left.length === 0) return null
  // Only the stack has the key, and `fail` cancels the batches of a run that is stopped.
  await executions.startRun({ abort: { pipeline, version } })
  return 'cancelling'
}
