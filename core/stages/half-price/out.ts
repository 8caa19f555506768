/** What is with the API is told, and not asked for live. */
import { RunFailed } from '../../errors.ts'
import { localTime } from '../../text/clock-text.ts'
import { batchesText, batchRecords, isOut } from '../../versions/message-batches.ts'
import type { StepTools } from '../process-item.ts'
import { type Looking, openRecords } from './context.ts'

/** Throws RunFailed if message batches of the step are out: their items would be paid for twice. */
export async function refuseWhileOut({ store, ref, step }: StepTools): Promise<void> {
  const out = (await batchRecords(store, ref, step.step)).filter(isOut)
  if (out.length === 0) return
  throw new RunFailed(
    `Step ${step.step} (${step.prompt_name}) was to be asked for live, but it waits: ${batchesText(out)}. Resume the run, which keeps their answers first.`,
  )
}

/** Says what is waited for, to the person with what can be done meanwhile. Batches of the stand-in have ended already. */
export async function tellWaiting(looking: Pick<Looking, 'work' | 'records'>, hint = ''): Promise<void> {
  const { store, ref, step, model, report, now } = looking.work
  if (model.standIn) return
  const message = `${batchesText(openRecords(looking))}.`
  report({ type: 'message', level: 'info', text: hint === '' ? message : `${message} ${hint}` })
  await store.log(ref, { time: localTime(now()), level: 'info', message, step: step.step })
}
