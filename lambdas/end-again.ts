/** Takes a version that has failed and left message batches with the API, only to have it ended once more: `fail` cancels them. */
import { RequestRefused, RunInterrupted } from '../core/errors.ts'
import type { VersionRef } from '../core/store.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'

/** `store`: that of the execution. Throws RunInterrupted when the version is taken; RequestRefused, VersionBusy. */
export async function endAgain(store: CloudStore, ref: VersionRef): Promise<never> {
  const status = (await store.version(ref))?.metadata.status
  if (status === undefined || status === 'completed')
    throw new RequestRefused([
      `${ref.pipeline} ${ref.version} is ${status ?? 'not there'}, so there is nothing to stop. Nothing was changed.`,
    ])
  const lease = await store.lease(ref)
  await store.updateVersion(ref, { status: 'running' })
  await lease.handOver()
  throw new RunInterrupted('The run was stopped.')
}
