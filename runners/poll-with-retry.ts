/** Polls with retries, so that a network failure of a few seconds does not end the following of a run. */
import { setTimeout as wait } from 'node:timers/promises'

/** Waits of 1+2+4+8+16 = 31 s, besides those of the SDK itself. */
const waits = [1000, 2000, 4000, 8000, 16_000]

/** Thrown if a run can no longer be watched. The run itself continues. `cause` says what happened. */
export class LostSight extends Error {
  override readonly name = 'LostSight'

  constructor(cause: unknown) {
    super(`The run can no longer be watched: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** What `look` resolves with. Throws LostSight if it fails six times in a row, or if AWS refuses it for good. */
export async function pollWithRetry<T>(look: () => Promise<T>): Promise<T> {
  for (const milliseconds of [...waits, null]) {
    try {
      return await look()
    } catch (error) {
      if (milliseconds === null || !mayPass(error)) throw new LostSight(error)
      await wait(milliseconds)
    }
  }
  throw new LostSight('no look was taken')
}

/** Neither an answer of AWS that refuses, nor an error of ours. */
function mayPass(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { $metadata, code = '' } = one as { $metadata?: { httpStatusCode?: number }; code?: string }
    const status = $metadata?.httpStatusCode
    if (status !== undefined) return status >= 500 || status === 429
    if (/^(E[A-Z]+|EAI_AGAIN)$/.test(code) || one.name === 'TimeoutError') return true
  }
  return false
}
