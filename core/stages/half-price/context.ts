/** What the parts of a step at half price share. */
import type { Chunk, PlanLine } from '../../documents.ts'
import type { MessageBatches } from '../../message-batches.ts'
import type { Budget } from '../../money/budget.ts'
import type { KeptItem } from '../../store.ts'
import { localTime } from '../../text/clock-text.ts'
import type { NumberSet } from '../../text/number-set.ts'
import { type BatchRecord, isOut } from '../../versions/message-batches.ts'
import type { StepTools, Work } from '../process-item.ts'

/** Lets an item come to its end, counts it and marks it as settled. */
export type Turn = (line: PlanLine, act: () => Promise<KeptItem>) => Promise<KeptItem>

/** What it takes to look after the message batches of a step. */
export interface Looking {
  work: StepTools
  batches: MessageBatches
  budget: Budget | null
  /** What the names of this step's requests begin with. */
  prefix: string
  /** All that the step has sent, the oldest first. */
  records: BatchRecord[]
}

export interface HalfPrice extends Looking {
  work: Work
  chunk: Chunk
  /** Items that had their turn in this process. */
  settled: NumberSet
  turn: Turn
  /** The most bytes of a batch, less than the API's if something in between takes less. */
  mostBytes: number
  /** How many chunks the step has, each of which may send in a process of its own: their batches' numbers must not meet. */
  chunks: number
  /** Whether this process waits for message batches. Otherwise it leaves what has to wait. */
  waits: boolean
}

export function openRecords({ records }: Pick<Looking, 'records'>): BatchRecord[] {
  return records.filter(isOut)
}

/** Says it to the person, and in the version's log. */
export async function tell(
  { work: { store, ref, report, now, step } }: Pick<Looking, 'work'>,
  text: string,
  level: 'info' | 'warning' = 'info',
): Promise<void> {
  report({ type: 'message', level, text })
  await store.log(ref, { time: localTime(now()), level, message: text, step: step.step })
}

/** What was kept since the step was opened is found, too. */
export async function refreshKept({ work }: HalfPrice): Promise<void> {
  await work.kept.close()
  work.kept = await work.store.kept(work.ref, work.step.step)
}
