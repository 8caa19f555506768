/** edits.jsonl of a version: the acts whose answers it puts in place, as they stand in the reviews. It never changes. */
import { isTextOutput } from '../answer-format.ts'
import type { ResolvedStep } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { type Review, review } from '../review.ts'
import { type Store, type VersionRef, versionFolder } from '../store.ts'
import { type Json, jsonText, parseJson } from '../text/json.ts'
import { lines } from '../text/lines.ts'

/** Its path inside a version. */
export const editsFile = 'edits.jsonl'

/** An edit that is put in place. */
export type AppliedEdit = Pick<Review, 'step' | 'root_id' | 'item_id' | 'by' | 'at'> & {
  /** The answer as a file below items/ holds it. */
  text: string
}

/** Edits by step and root id. */
export type EditsOf = ReadonlyMap<number, ReadonlyMap<string, AppliedEdit>>

export function editsText(acts: readonly Review[]): string {
  return acts.map((act) => `${jsonText(act)}\n`).join('')
}

/** The acts that a version has put in place; none if it is no version of edits. Throws RunFailed for a file that was changed. */
export async function* appliedActs(store: Store, ref: VersionRef): AsyncGenerator<Review> {
  const path = `${versionFolder(ref)}/${editsFile}`
  try {
    for await (const { text } of lines(store.read(path))) if (text.trim() !== '') yield actIn(text, path)
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
}

function actIn(text: string, path: string): Review {
  try {
    return review.parse(parseJson(text))
  } catch (cause) {
    throw new RunFailed(
      `${path} cannot be read: it was changed or cut off. Expected the edits as they were written, one JSON object a line. Put it back as it was.`,
      { cause },
    )
  }
}

export async function appliedEdits(store: Store, ref: VersionRef, steps: readonly ResolvedStep[]): Promise<EditsOf> {
  return editsOf(await Array.fromAsync(appliedActs(store, ref)), steps)
}

export function editsOf(acts: readonly Review[], steps: readonly ResolvedStep[]): EditsOf {
  const found = new Map<number, Map<string, AppliedEdit>>()
  for (const { step: number, root_id, item_id, by, at, answer } of acts) {
    const step = steps[number - 1]
    if (step === undefined) continue
    const ofStep = found.get(number) ?? new Map<string, AppliedEdit>()
    found.set(
      number,
      ofStep.set(root_id, { ...{ step: number, root_id, item_id, by, at }, text: editText(step, answer) }),
    )
  }
  return found
}

/** An edited answer as it is kept: with the checksum of this text it will stand in the ledger. */
export function editText(step: Pick<ResolvedStep, 'batch_mode' | 'output_file'>, answer: unknown): string {
  return isTextOutput(step) ? String(answer) : jsonText(answer as Json, 2)
}
