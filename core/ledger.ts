/** The lines of a step's ledger: how they are read, and how one begins. */
import { type LedgerLine, ledgerLine, type PlanLine } from './documents.ts'
import { RunFailed } from './errors.ts'
import { lines } from './lines.ts'
import { nothingSpent } from './spending.ts'
import { type Store, stepFiles, type VersionRef } from './store.ts'

/**
 * The lines of NN_ledger.jsonl, by item_index ascending.
 * Throws FileMissing where the step has no ledger, RunFailed for a line that is torn or is no ledger line.
 */
export async function* readLedger(store: Store, ref: VersionRef, step: number): AsyncGenerator<LedgerLine> {
  const path = stepFiles(ref, step).ledger
  let number = 0
  for await (const { text } of lines(store.read(path))) {
    number += 1
    if (text.trim() !== '') yield parseLine(text, `${path}, line ${number}`)
  }
}

function parseLine(text: string, place: string): LedgerLine {
  try {
    return ledgerLine.parse(JSON.parse(text))
  } catch (cause) {
    const torn = cause instanceof SyntaxError
    throw new RunFailed(
      `${torn ? 'A ledger line is torn or is not JSON' : 'A ledger line lacks what every line has'} (${place}). Expected one whole JSON object a line. Put the file back as it was, or let \`itemwise doctor --fix\` write it anew from what is left.`,
      { cause },
    )
  }
}

/** The ledger line of an item before anything is known of its answer. */
export function bareLine(line: PlanLine): LedgerLine {
  const { item_id, root_id, item_index, output_id, segment, decision, reason } = line
  return {
    ...{ item_id, root_id, item_index, output_id, segment, decision, reason, state: 'skipped' },
    ...{ answer_version: null, answer_bytes: null, fingerprint: null, model: null },
    ...nothingSpent,
    ...{ milliseconds: 0, attempts: 0, request_id: null, error: null },
  }
}
