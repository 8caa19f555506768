/** Keeps answers that people wrote, as if they had come from the model: but nothing is asked and nothing is spent. */
import { inParallel } from '../answers/pool.ts'
import type { Chunk, LedgerLine, PlanLine } from '../documents.ts'
import { stepFiles } from '../store.ts'
import type { NumberSet } from '../text/number-set.ts'
import { bareLine } from '../versions/ledger.ts'
import { itemsToProcess } from '../versions/planned-items.ts'
import type { Work } from './process-item.ts'

/** Keeps those of a chunk and adds their positions to `settled`. Throws StoreUnwritable. */
export async function keepEdits(work: Work, { chunk, settled }: { chunk: Chunk; settled: NumberSet }): Promise<void> {
  const options = { concurrency: work.step.max_concurrency, stopped: () => work.halt.aborted }
  await inParallel(editsIn(work, chunk), options, async (line) => {
    await keepEdit(work, line)
    settled.add(line.item_index)
  })
}

async function* editsIn({ store, ref, step }: Work, chunk: Chunk): AsyncGenerator<PlanLine> {
  for await (const line of itemsToProcess(store, stepFiles(ref, step.step).plan, chunk.bytes))
    if (line.edit !== undefined) yield line
}

/** Does nothing if it is kept already. */
async function keepEdit({ kept, keeper, ref }: Work, line: PlanLine): Promise<void> {
  const { edit } = line
  if (edit === undefined) return
  const before = (await kept.find(line))?.kept
  if (before?.answer === edit.answer && before.line.item_id === line.item_id) return
  const by = { state: 'answered', answer_version: ref.version, edited_by: edit.by } as const
  const ledger: LedgerLine = { ...bareLine(line), ...by }
  await keeper.keep({ line: ledger, answer: edit.answer, reply: null })
}
