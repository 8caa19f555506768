/** The items of a step that are still to be asked for, each with its question: the first, or the second with the reason. */
import { settledBefore, unjudgedBefore } from '../../answers/found-before.ts'
import { askAgain } from '../../answers/judge.ts'
import type { Chunk, PlanLine } from '../../documents.ts'
import type { Question, Turn } from '../../model.ts'
import { stepFiles } from '../../store.ts'
import { type Prepared, prepare } from '../../templates/prepare-item.ts'
import { questionOf } from '../../templates/questions.ts'
import { itemsToProcess } from '../../versions/planned-items.ts'
import type { Work } from '../process-item.ts'

export interface Pending {
  line: PlanLine
  fingerprint: string
  question: Question
  again: boolean
}

/**
 * The wanted items in the order of the plan. One that needs no call (its answer or reply is there already, its template cannot be
 * filled) goes to `settle` instead.
 */
export async function* pendingItems(
  work: Work,
  chunk: Chunk,
  { wanted, settle }: { wanted: (item_index: number) => boolean; settle: (line: PlanLine) => Promise<void> },
): AsyncGenerator<Pending> {
  const { store, ref, step, kept, judge } = work
  for await (const line of itemsToProcess(store, stepFiles(ref, step.step).plan, chunk.bytes, wanted)) {
    if (!wanted(line.item_index)) continue
    const prepared = prepare(work, line)
    if ('failure' in prepared) {
      await settle(line)
      continue
    }
    const found = await kept.find(line, 'outcome')
    const { fingerprint, prompt } = prepared
    const unjudged = unjudgedBefore(found, prepared)
    const failuresStand = work.goesOn === true && unjudged === null
    const isSettled = settledBefore(found, { line, fingerprint, failuresStand }) !== null
    const judged = unjudged === null ? null : judge(unjudged.reply)
    if (isSettled || (judged !== null && (judged.usable || !judged.again || unjudged?.again))) {
      await settle(line)
      continue
    }
    const first: Turn[] = [{ role: 'user', content: prompt }]
    const again = judged !== null && !judged.usable && unjudged !== null
    const turns = again ? askAgain({ prompt, reply: unjudged.reply.text, reason: judged.reason }, step) : first
    yield { line, fingerprint, again, question: questionIn(work, turns, prepared) }
  }
}

function questionIn(
  { step, worthCaching, cacheFor }: Work,
  turns: Turn[],
  prepared: Extract<Prepared, { prompt: string }>,
): Question {
  const shared = worthCaching(prepared.shared) ? prepared.shared : null
  return { ...questionOf(step, turns, shared), ...(shared !== null && cacheFor && { cache_for: cacheFor }) }
}
