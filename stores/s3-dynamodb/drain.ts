/** Waits until the workers of an ended run are done: their calls under way end, and the answers are kept. */
import { setTimeout as wait } from 'node:timers/promises'
import type { VersionRef } from '../../core/store.ts'
import type { CloudContext } from './context.ts'
import { stateKey } from './records.ts'

/** A worker gives a sign of life every two seconds, and a last one when all of its chunk is kept. */
const quietMs = 5000
/** Longer than most answers take. What comes later is kept too, and counts when the version is resumed. */
const longestMs = 5 * 60_000

/** Resolves when no worker gives signs of life, or after five minutes. Throws StoreUnreadable. */
export async function untilDrained({ table }: CloudContext, ref: VersionRef): Promise<void> {
  let seen: unknown
  for (let waited = 0; waited < longestMs; waited += quietMs) {
    const now = (await table.get(stateKey(ref)))?.seen
    if (now === undefined || now === seen) return
    seen = now
    await wait(quietMs)
  }
}
