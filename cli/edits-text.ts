/** How a command says that files of a version were changed by hand since it was written. */

import { oneOffs, type VersionRef } from '../core/store.ts'
import { editSentence, type HandEdit } from '../core/versions/hand-edited-file.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

// More would scroll the rest away; --json has them all.
const mostShown = 20

/** Sentences on stderr: what is on stdout is for scripts. */
export function noteEdits(ref: VersionRef, edits: readonly HandEdit[], terminal: Terminal): void {
  for (const text of editLines(ref, edits)) terminal.note(`Warning: ${text}\n`)
}

/** A line for each edit, and the remedy if something in the version is no longer the model's. */
export function editLines({ pipeline, version }: VersionRef, edits: readonly HandEdit[]): string[] {
  const lines = edits.slice(0, mostShown).map((edit) => printable(editSentence(edit)))
  if (edits.length > mostShown)
    lines.push(`${edits.length - mostShown} more files were changed; \`--json\` names them.`)
  if (edits.some(({ blocks }) => blocks)) {
    const adopt = pipeline === oneOffs ? '' : `; \`itemwise adopt ${pipeline} ${version}\` makes edits of it`
    lines.push(
      `What was changed is not the model's. \`itemwise doctor ${pipeline} --fix\` keeps it beside its place and restores the rest${adopt}.`,
    )
  }
  return lines
}

/** In documents: only if there are any, so that nothing changes for an unedited version. */
export function editsDocument(edits: readonly HandEdit[]): { edited?: object[] } {
  return edits.length === 0 ? {} : { edited: edits.map(({ path, step, what, ids }) => ({ path, step, what, ids })) }
}
