/** Stops a run on AWS: its Lambdas by a flag in the table, its execution by itself. */

import type { CloudStore } from '../stores/s3-dynamodb.ts'
import type { Executions } from './executions.ts'

const stopped = { error: 'RunInterrupted', message: 'The run was stopped.' }

/** No new calls from now on; those under way end and are kept. The version becomes `aborted` and can be resumed. */
export async function abortRun(
  { store, executions }: { store: CloudStore; executions: Executions },
  runId: string,
): Promise<void> {
  const run = await store.run(runId)
  if (run !== undefined) await store.progress(run).stop({ by: 'person', ...stopped })
  await executions.stop(runId, { error: stopped.error, cause: stopped.message })
}
