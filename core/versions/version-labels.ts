/** Changing the label or the notes of a version: the same rules on the command line and over the API. */
import type { Metadata } from '../documents.ts'
import { VersionBusy } from '../errors.ts'
import type { VersionRef, VersionState } from '../store.ts'

/** What may be changed of a completed version. */
export type Labels = Partial<Pick<Metadata, 'pipeline_status' | 'notes'>>

/** A run writes its own record until it has ended. Throws VersionBusy. */
export function refuseRunning({ pipeline, version }: VersionRef, { metadata, alive }: VersionState): void {
  if (metadata.status !== 'running' || !alive) return
  throw new VersionBusy(
    `${pipeline} ${version} is running. A label can be changed when it has ended. Wait for it, or interrupt it.`,
  )
}
