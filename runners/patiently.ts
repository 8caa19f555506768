/** Looks again where looking failed: whoever follows a run must not lose it to a network that is gone for some seconds. */
import { setTimeout as wait } from 'node:timers/promises'

/** Waits of 1+2+4+8+16 = 31 s, besides those of the SDK itself. */
const waits = [1000, 2000, 4000, 8000, 16_000]

/** Thrown where a run cannot be watched any more. It says nothing of the run, which goes on. `cause` says what happened. */
export class LostSight extends Error {
  override readonly name = 'LostSight'

  constructor(cause: unknown) {
    super(`The run could not be watched any more: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** What `look` resolves with. Throws LostSight where it fails six times in a row, or where AWS refuses it for good. */
export async function patiently<T>(look: () => Promise<T>): Promise<T> {
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
