import { expect, test } from 'vitest'
import { Alarm } from '../../../models/calls/alarm.ts'

/** The thread does nothing for so long, as after Ctrl-Z. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Resolves after so many turns of the event loop: an answer of some pieces takes several to be read. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test.each([5, 30, 300])('an alarm that is %i ms late rings after what arrived meanwhile is read', async (late) => {
  const happened: string[] = []
  const rung = Promise.withResolvers<void>()
  new Alarm(100, () => {
    happened.push('rung')
    rung.resolve()
  })
  standStill(100 + late)
  await turns(20)
  happened.push('read')
  await rung.promise
  expect(happened).toEqual(['read', 'rung'])
})

test('an alarm that is ended does not ring, even if it is late already', async () => {
  let rings = 0
  const alarm = new Alarm(10, () => {
    rings += 1
  })
  standStill(40)
  await turns(20)
  alarm.end()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(rings).toBe(0)
})
