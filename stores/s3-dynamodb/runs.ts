/** What an execution's name stands for. */
import { runKey } from './records.ts'
import type { StoredRun } from './run-progress.ts'
import type { Surroundings } from './surroundings.ts'

/** Undefined where the execution has begun no version. Throws StoreUnreadable. */
export async function storedRun({ table }: Surroundings, id: string): Promise<StoredRun | undefined> {
  const row = await table.get(runKey(id))
  if (row === undefined) return undefined
  // The partition key is called `pipeline`, so the version's own is another field.
  const { of_pipeline, of_version, epoch, execution_arn, started } = row
  return {
    run_id: id,
    ...{ pipeline: String(of_pipeline), version: String(of_version), epoch: Number(epoch) },
    ...{ execution_arn: String(execution_arn), started: Number(started) },
  }
}
