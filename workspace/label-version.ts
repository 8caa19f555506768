/** Changes the label or the notes of a version and nothing else. */
import type { Caller, Metadata } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { localTime } from '../core/text/clock-text.ts'
import { type Labels, refuseNoLabel, refuseRunning, signedChange } from '../core/versions/version-labels.ts'
import type { FoundVersion } from './find-version.ts'

/** What may be changed; empty notes are none. */
export interface LabelChange {
  /** The new label. */
  status?: string | undefined
  /** The new notes. */
  notes?: string | undefined
}

/** Throws RequestRefused for a word that cannot be a label, or if there is nothing to change. */
export function labelsIn({ status, notes }: LabelChange): Labels {
  if (status === undefined && notes === undefined) {
    throw new RequestRefused(['There is nothing to change. Expected --status <label>, --notes <text> or both.'])
  }
  if (status !== undefined) refuseNoLabel(status)
  return {
    ...(status === undefined ? {} : { pipeline_status: status }),
    ...(notes === undefined ? {} : { notes: notes || null }),
  }
}

/** Returns the record as it is now. Throws VersionBusy. */
export async function labelVersion(
  { store, caller }: { store: Store; caller: Caller | null },
  { ref, state }: FoundVersion,
  change: Labels,
): Promise<Metadata> {
  refuseRunning(ref, state)
  const signed = { caller, time: localTime(Date.now()) }
  return store.updateVersion(ref, signedChange(state.metadata, change, signed))
}
