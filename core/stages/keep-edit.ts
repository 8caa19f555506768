/** Keeps an answer that a person wrote, as if it had come from the model: but nothing is asked and nothing is spent. */
import type { LedgerLine, PlanLine } from '../documents.ts'
import type { KeptItem } from '../store.ts'
import { bareLine } from '../versions/ledger.ts'
import type { Work } from './process-item.ts'

/** Does nothing if it is kept already. Throws StoreUnwritable. */
export async function keepEdit(
  { kept, keeper, ref }: Pick<Work, 'kept' | 'keeper' | 'ref'>,
  line: PlanLine,
): Promise<void> {
  const { edit } = line
  if (edit === undefined) throw new Error(`Item ${line.item_id} has no edit.`)
  const before = (await kept.find(line))?.kept
  if (before?.answer === edit.answer && before.line.item_id === line.item_id) return
  const ledger: LedgerLine = {
    ...bareLine(line),
    ...{ state: 'answered', answer_version: ref.version, edited_by: edit.by },
  }
  const item: KeptItem = { line: ledger, answer: edit.answer, reply: null }
  await keeper.keep(item)
}
