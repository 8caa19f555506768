/** `itemwise label <pipeline> <version> --status <label>` */
import type { Metadata } from '../core/documents.ts'
import { oneOffs, type Store } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
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
}

/** Changes the label or the notes of a version and nothing else. Throws RequestRefused, VersionBusy. */
export async function label(
  [pipeline, version]: [string, string],
  options: LabelOptions,
  terminal: Terminal,
): Promise<number> {
  const change = labelsIn(options)
  const place = await openPlace(options, terminal)
  const store = await place.store()
  const { ref, state } = await findVersion(store, pipeline, version)
  const after = await labelVersion({ store, caller: await place.caller() }, { ref, state }, change)
  if (options.json) terminal.out(`${jsonText(after, 2)}\n`)
  else terminal.out(changeText(ref.version, state.metadata, change))
  if (change.pipeline_status !== undefined && ref.pipeline !== oneOffs) {
    terminal.note(await useText(store, { ref, state: { ...state, metadata: after } }, change.pipeline_status))
  }
  return 0
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
