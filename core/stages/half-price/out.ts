/** What is with the API is not asked for live. */
import { RunFailed } from '../../errors.ts'
import { batchesText, batchRecords, isOut } from '../../versions/message-batches.ts'
import type { StepTools } from '../process-item.ts'

/** Throws RunFailed if message batches of the step are out: their items would be paid for twice. */
export async function refuseWhileOut({ store, ref, step }: StepTools): Promise<void> {
  const out = (await batchRecords(store, ref, step.step)).filter(isOut)
  if (out.length === 0) return
  throw new RunFailed(
    `Step ${step.step} (${step.prompt_name}) was to be asked for live, but it waits: ${batchesText(out)}. Resume the run, which keeps their answers first.`,
  )
}
