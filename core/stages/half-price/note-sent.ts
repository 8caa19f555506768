/** Notes of a message batch that the API has it, and says so. */
import type { MessageBatch } from '../../message-batches.ts'
import { type BatchRecord, minuteText, writeBatchRecord } from '../../versions/message-batches.ts'
import { type Looking, tell } from './context.ts'

export async function noteSent(half: Looking, record: BatchRecord, batch: MessageBatch): Promise<void> {
  const { work } = half
  const { id, created_at, expires_at } = batch
  Object.assign(record, { state: 'sent', id, created_at, expires_at })
  await writeBatchRecord(work.store, work.ref, record)
  await tell(half, sentText(work, record))
}

function sentText({ step }: Pick<Looking['work'], 'step'>, { number, requests, id, expires_at }: BatchRecord): string {
  return `Step ${step.step} (${step.prompt_name}): message batch ${number} is sent (${requests.toLocaleString('en-US')} request${requests === 1 ? '' : 's'}, ${id}). Most end within an hour; it expires at ${minuteText(expires_at ?? '')} at the latest.`
}
