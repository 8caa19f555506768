import { expect, test } from 'vitest'
import { StoreUnreadable } from '../../core/errors.ts'
import { LostSight, pollWithRetry } from '../../runners/poll-with-retry.ts'

/** Looks that end as said, one after the other. */
function looks(...ends: (Error | string)[]) {
  let taken = 0
  const look = async () => {
    const end = ends[taken++]!
    if (end instanceof Error) throw end
    return end
  }
  return { look, taken: () => taken }
}

const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
const refused = Object.assign(new Error('No.'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })

test('a network that is gone for a moment is waited for, also where the store has put it in words', async () => {
  const { look, taken } = looks(new StoreUnreadable('Cannot read it.', { cause: reset }), 'seen')
  expect([await pollWithRetry(look), taken()]).toEqual(['seen', 2])
})

test.each([refused, new StoreUnreadable('Denied.', { cause: refused }), new TypeError('x')])(
  'what will not pass ends it at once, and says that only watching has ended: %s',
  async (error) => {
    const { look, taken } = looks(error)
    const lost = await pollWithRetry(look).catch((thrown) => thrown)
    expect(lost).toBeInstanceOf(LostSight)
    expect([lost.message, lost.cause, taken()]).toEqual([
      `The run can no longer be watched: ${error.message}`,
      error,
      1,
    ])
  },
)
