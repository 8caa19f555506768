/** Files below items/ that are no longer the answers that were written there. */

import type { LedgerLine } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import type { HandEdit } from './hand-edited-file.ts'
import { hasItemFile, isItemFileOf } from './item-file.ts'
import { wholeLines } from './ledger.ts'
import type { Block } from './ledger-index.ts'
import { isCarried, provenLine, provenLines } from './read-proven-blocks.ts'
import type { AnswerPlace } from './step-answers.ts'
import { textsIfThere } from './version-documents.ts'

const filesAtOnce = 64

/** Looks at the files of the first `most` answers that the version asked for itself. One that is gone is no edit; a pack is not edited by hand. */
export async function itemFileEdits(
  store: Store,
  { ref, step, keep }: AnswerPlace,
  most: number,
): Promise<{ edits: HandEdit[]; looked: number }> {
  if (keep?.items === 'packed') return { edits: [], looked: 0 }
  const { output } = stepFiles(ref, step)
  const lines: LedgerLine[] = []
  for await (const line of linesOfVersion(store, ref, step)) {
    if (lines.length === most) break
    if (hasItemFile(line, ref) && line.answer_sha256 != null) lines.push(line)
  }
  const edits: HandEdit[] = []
  for (let at = 0; at < lines.length; at += filesAtOnce) {
    const some = lines.slice(at, at + filesAtOnce)
    const texts = await textsIfThere(
      store,
      some.map(({ segment }) => output(segment)),
    )
    edits.push(
      ...some.flatMap((line, nth) => {
        const text = texts[nth]
        return text === undefined || isItemFileOf(text, line)
          ? []
          : [editOf(line, { path: output(line.segment), step })]
      }),
    )
  }
  return { edits, looked: lines.length }
}

/** The lines of which the version may have the answer: among a million that were carried over, the others are not parsed. */
async function* linesOfVersion(store: Store, ref: VersionRef, step: number): AsyncGenerator<LedgerLine> {
  let passed = 0
  let end = 0
  const pass = ({ items, ledger }: Block) => {
    passed = items[1]
    end = ledger[1]
  }
  const passes = (block: Block) => {
    if (isCarried(block)) pass(block)
    return isCarried(block)
  }
  for await (const { block, texts } of provenLines(store, ref, { step, passes })) {
    for (const text of texts) if (text.includes(`"answer_version":"${ref.version}"`)) yield provenLine(text)
    pass(block)
  }
  if (end > 0 && (await store.size(stepFiles(ref, step).ledger)) === end) return
  const state = { missing: false, whole: 0, broken: 0 }
  for await (const line of wholeLines(store, ref, { step, state })) if (line.item_index > passed) yield line
}

function editOf({ item_id }: LedgerLine, { path, step }: { path: string; step: number }): HandEdit {
  const what = `was changed by hand, which changes nothing: the answer of ${item_id} is taken from collated/`
  return { path, step, what, ids: [item_id], blocks: false, broken: false }
}
