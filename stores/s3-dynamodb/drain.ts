/** Waits for those who work on for a run that has been ended: their calls under way come to their ends, and are kept. */
import { setTimeout as wait } from 'node:timers/promises'
import type { VersionRef } from '../../core/store.ts'
import type { CloudContext } from './context.ts'
import { stateKey } from './records.ts'

/** Who works on a chunk gives a sign of life every two seconds, and a last one when all of it is kept. */
const quietMs = 5000
/** Longer than most answers take. What comes later is kept too, and counts when the version is gone on with. */
const longestMs = 5 * 60_000

/** Resolves when nobody gives a sign of life any more, or after five minutes. Throws StoreUnreadable. */
export async function untilDrained({ table }: CloudContext, ref: VersionRef): Promise<void> {
  let seen: unknown
  for (let waited = 0; waited < longestMs; waited += quietMs) {
    const now = (await table.get(stateKey(ref)))?.seen
    if (now === undefined || now === seen) return
    seen = now
    await wait(quietMs)
  }
}
