/** Rows in the order of the input, found by the index of the ledger: a version that was just opened shows them before its table is read. */
import type { LedgerLine } from '../documents.ts'
import type { Acts } from '../reviews/reviewed-state.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { bytesAt } from '../versions/index-head.ts'
import { LedgerIndex } from '../versions/indexed-ledger.ts'
import { type Block, halfSha256 } from '../versions/ledger-index.ts'
import { provenLine } from '../versions/read-proven-blocks.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import { placeOf, type VersionStep } from '../versions/version-steps.ts'
import { nothingSaid } from './review-column.ts'
import { type Row, rowOf, untilFull } from './row-window.ts'
import { isTextPlace } from './step-table.ts'

export interface FirstRows {
  rows: Row[]
  /** Items of the step. */
  items: number
}

interface Wanted {
  step: VersionStep
  /** Null for one-off runs, which nobody reviews. */
  acts: Acts | null
  from: number
  limit: number
  mostBytes: number
}

/** Undefined if the index cannot tell, or if edits make it hard to say how an answer stands: then the table does. */
export async function firstRows(store: Store, ref: VersionRef, wanted: Wanted): Promise<FirstRows | undefined> {
  const { step, acts, from, limit, mostBytes } = wanted
  if (acts?.hasEdits) return undefined
  const head = (await LedgerIndex.open(store, ref, step.step))?.head
  if (head === undefined) return undefined
  const items = head.blocks.reduce((sum, { lines }) => sum + lines, 0)
  const lines: LedgerLine[] = []
  let before = 0
  for (const block of head.blocks) {
    const [start, end] = [Math.max(from - before, 0), Math.min(from + limit - before, block.lines)]
    before += block.lines
    if (start >= end) continue
    const texts = await textsOf(store, stepFiles(ref, step.step).ledger, block)
    if (texts === undefined) return undefined
    lines.push(...texts.slice(start, end).map(provenLine))
  }
  const answers = new StepAnswers(store, placeOf(ref, step), { isOne: true })
  try {
    const about = { answers, isText: isTextPlace(step) }
    const rows = await untilFull(lines, mostBytes, async (line) => {
      const row = await rowOf(line, about)
      const { root_id, edited_by } = line
      const { answer_sha256 } = row
      const reviewed = acts?.about({ step: step.step, root_id, answer_sha256, edited_by }) ?? nothingSaid
      return { ...row, reviewed, state: answer_sha256 === null ? 'none' : reviewed.state }
    })
    return { rows, items }
  } finally {
    await answers.close()
  }
}

/** The lines of a block, if they are as they were written. */
async function textsOf(store: Store, path: string, { ledger, ledger_sha256 }: Block): Promise<string[] | undefined> {
  const bytes = await bytesAt(store, path, ledger)
  if (bytes === undefined || halfSha256(bytes) !== ledger_sha256) return undefined
  const texts = bytes.toString('utf8').split('\n')
  texts.pop()
  return texts
}
