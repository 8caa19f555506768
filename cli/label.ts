/** `itemwise label <pipeline> <version> --status <label>` */
import type { Metadata } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { usualLabels } from '../core/request.ts'
import { isReviewed, openReviews, openReviewsText } from '../core/reviews/open-reviews.ts'
import { oneOffs, type Store, type VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { didYouMean } from '../core/text/nearest.ts'
import type { Labels } from '../core/versions/version-labels.ts'
import { knownVersion } from '../core/versions/versions.ts'
import { type FoundVersion, findVersion } from '../workspace/find-version.ts'
import { labelsIn, labelVersion } from '../workspace/label-version.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

export interface LabelOptions extends StoreFlags {
  json?: boolean
  status?: string
  notes?: string
  strict?: boolean
}

/** Changes the label or the notes of a version and nothing else. Throws RequestRefused, VersionBusy. */
export async function label(
  [pipeline, version]: [string, string],
  options: LabelOptions,
  terminal: Terminal,
): Promise<number> {
  const change = labels(options)
  const place = await openPlace(options, terminal)
  const store = await place.store()
  const { ref, state } = await findVersion(store, pipeline, version)
  const against = change.pipeline_status === undefined ? null : await openText(store, ref, options)
  const after = await labelVersion({ store, caller: await place.caller() }, { ref, state }, change)
  if (options.json) terminal.out(`${jsonText(after, 2)}\n`)
  else terminal.out(changeText(ref.version, state.metadata, change))
  if (change.pipeline_status !== undefined) terminal.note(typoText(change.pipeline_status))
  if (against !== null) terminal.note(`Warning: ${against} \`itemwise reviews ${ref.pipeline}\` shows them.\n`)
  if (change.pipeline_status !== undefined && ref.pipeline !== oneOffs) {
    terminal.note(await useText(store, { ref, state: { ...state, metadata: after } }, change.pipeline_status))
  }
  return 0
}

/** Any word may be a label; one that is nearly one of the usual ones may be a slip. */
function typoText(label: string): string {
  if (!/^[a-z]{5,}$/i.test(label) || usualLabels.some((usual) => usual === label)) return ''
  const hint = didYouMean(label, usualLabels)
  return hint === '' ? '' : `Note: ${label} is a label of your own.${hint}\n`
}

/** What the reviews say against the label; null if it is nothing. Throws RequestRefused if it is to be strict. */
async function openText(store: Store, ref: VersionRef, { status, strict }: LabelOptions): Promise<string | null> {
  if (!strict && (status !== 'final' || !(await hasReviews(store, ref)))) return null
  const text = openReviewsText(await openReviews(store, ref))
  if (text === null) return null
  const said = `${ref.version} of ${ref.pipeline} has items that are not approved: ${text}.`
  if (!strict) return said
  throw new RequestRefused([`${said} It was not labelled. Review them, rerun what is flagged, or leave --strict out.`])
}

/** Who has never reviewed anything is not told that nothing is reviewed. */
async function hasReviews(store: Store, { pipeline }: VersionRef): Promise<boolean> {
  return pipeline !== oneOffs && isReviewed(store, pipeline)
}

function labels({ strict, ...change }: LabelOptions): Labels {
  if (strict && change.status === undefined)
    throw new RequestRefused(['--strict says when a label may be given, but there is none. Add --status <label>.'])
  return labelsIn(change)
}

function changeText(version: string, before: Metadata, change: Labels): string {
  const lines: string[] = []
  if (change.pipeline_status !== undefined) {
    lines.push(`${version}: ${printable(before.pipeline_status)} → ${printable(change.pipeline_status)}`)
  }
  if (change.notes !== undefined) {
    lines.push(`${version} notes: ${notesText(before.notes)} → ${notesText(change.notes)}`)
  }
  return lines.map((line) => `${line}\n`).join('')
}

function notesText(notes: string | null): string {
  return notes === null || notes === '' ? '(none)' : printable(notes)
}

/** What the label means as an input path: it leads to the newest completed version that has it, which may be another. */
async function useText(store: Store, { ref, state }: FoundVersion, status: string): Promise<string> {
  const path = `outputs/${ref.pipeline}/@${status}/…`
  if (state.metadata.status !== 'completed') {
    return `As an input, ${path} does not lead to ${ref.version}: it is not completed.\n`
  }
  const means = await knownVersion(store, ref.pipeline, `@${status}`).catch((error: Error) => error)
  // Looked at last: whoever gives another label in the meantime may be why no version has this one.
  const today = (await store.version(ref))?.metadata.pipeline_status
  if (today !== status)
    return `${ref.version} was labelled ${printable(today ?? '')} by somebody else right after, so ${path} does not lead to it.\n`
  // The label is written, whatever is wrong with other versions.
  if (means instanceof Error) return `Which version ${path} leads to is not known: ${means.message}\n`
  if (means === ref.version) return `As an input, ${path} now leads to ${ref.version}.\n`
  return `As an input, ${path} leads to ${means}, the newest completed version with that label, not to ${ref.version}.\n`
}
