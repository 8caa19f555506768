/**
 * To be imported before a program: its wall clock jumps forth and back by hours, as after a sleep or when a time server sets it.
 * Monotonic time goes on as it does. ITEMWISE_JUMPS is the seed.
 */
import { randomNumbers } from './kill.ts'

const RealDate = Date
const random = randomNumbers(Number(process.env.ITEMWISE_JUMPS ?? 1))
const everyMs = 20
const furthestMs = 3 * 3_600_000
let shift = 0

class JumpingDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(JumpingDate.now())
    else super(...(given as [number]))
  }

  static override now(): number {
    return RealDate.now() + shift
  }
}

globalThis.Date = JumpingDate as DateConstructor
setInterval(() => {
  // Half of the time it is right again.
  shift = random() < 0.5 ? 0 : Math.round((random() * 2 - 1) * furthestMs)
}, everyMs).unref()
