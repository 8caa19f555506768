/** Changing the label or the notes of a version: the same rules on the command line and over the API. */
import type { Caller, LogEntry, Metadata } from '../documents.ts'
import { RequestRefused, VersionBusy } from '../errors.ts'
import { expectedLabel, label } from '../request.ts'
import type { VersionRef, VersionState } from '../store.ts'
import { shorten } from '../text/shorten.ts'

/** What may be changed of a completed version. */
export type Labels = Partial<Pick<Metadata, 'pipeline_status' | 'notes'>>

/** Throws RequestRefused for a word that cannot be a label. */
export function refuseNoLabel(word: string): void {
  if (label.safeParse(word).success) return
  throw new RequestRefused([`${JSON.stringify(shorten(word, 80))} cannot be a label. Expected ${expectedLabel}.`])
}

const labelledBy = 'Labelled by '

/** More are not kept of one version: a label that a script sets every hour must not make the record too long. */
const mostKept = 50

/** The change, with an entry of the log that says who made it, if that is known. `time`: local, as in all logs. */
export function signedChange(
  before: Metadata,
  change: Labels,
  { caller, time }: { caller: Caller | null; time: string },
): Labels & Partial<Pick<Metadata, 'logs'>> {
  if (caller === null) return change
  const message = `${labelledBy}${callerText(caller)}: ${whatChanged(before, change)}.`
  const entries = before.logs.filter(isLabelEntry)
  const tooOld = entries.slice(0, Math.max(0, entries.length + 1 - mostKept))
  const kept = before.logs.filter((entry) => !tooOld.includes(entry))
  return { ...change, logs: [...kept, { time, level: 'info', message }] }
}

/** Entries of labels that a version was given before it was resumed: a run writes its own log over the record's. */
export function isLabelEntry({ message }: LogEntry): boolean {
  return message.startsWith(labelledBy)
}

/** `arn:aws:iam::…, as the command line says`: what stands in a log. */
export function callerText({ arn, self_reported }: Caller): string {
  return self_reported ? `${arn}, as the command line says` : arn
}

function whatChanged({ pipeline_status: before }: Metadata, { pipeline_status, notes }: Labels): string {
  const label = pipeline_status === undefined ? [] : [`${before} → ${pipeline_status}`]
  return [...label, ...(notes === undefined ? [] : ['the notes'])].join(', ')
}

/** A run writes its own record until it has ended. Throws VersionBusy. */
export function refuseRunning({ pipeline, version }: VersionRef, { metadata, alive }: VersionState): void {
  if (metadata.status !== 'running' || !alive) return
  throw new VersionBusy(
    `${pipeline} ${version} is running. A label can be changed when it has ended. Wait for it, or interrupt it.`,
  )
}
