/**
 * How long the machine tries again. Jitter FULL waits between 0 and the interval, so the waits are about half of what is said
 * here. A try counts as a state transition: $0.000025.
 */
import { flow } from '../core/flow.ts'

export interface Retrier {
  ErrorEquals: string[]
  IntervalSeconds: number
  BackoffRate: number
  MaxDelaySeconds: number
  MaxAttempts: number
  JitterStrategy: 'FULL'
}

const { throttled, unavailable, killed, ours } = flow.retried

/** 2+4+…+64 s, 126 s at most: below the five minutes without a sign of life after which a run counts as dead. */
export const shortWait = backoff(throttled, { attempts: 6, longest: 64 })

/** 2+4+…+512 s, then up to 10 minutes each: 295 tries are 24 hours on average. */
const dayOfWaiting = backoff(throttled, { attempts: 295, longest: 600 })

const others = [
  // 2+4+…+32 s, then up to 60 s each: four minutes on average, and hardly ever less than one.
  backoff(unavailable, { attempts: 12, longest: 60 }),
  // 2+4+8+16 s. A store has tried for a minute by itself, and a Lambda that is killed again and again is killed for a reason.
  backoff([...killed, ...ours], { attempts: 4, longest: 60 }),
]

/** Of a stage that has no version to say that it waits in: it waits as long as a day. */
export const retries: Retrier[] = [dayOfWaiting, ...others]

/** Of a stage that then says that it waits. */
export const retriesOfWaiting: Retrier[] = [shortWait, ...others]

/** Of a look at what there is. The run goes on without it. */
export const retriesOfLook = [backoff(['States.ALL'], { attempts: 2, longest: 60 })]

/** Of a Map whose list of chunks could not be read. */
export const retriesOfReader = [backoff(['States.ItemReaderFailed'], { attempts: 12, longest: 60 })]

/** Of the call that ends the run. */
export const retriesOfEnd = [backoff(['States.ALL'], { attempts: 12, longest: 60 })]

/** Of a change of the table. A condition that does not hold is not tried again. */
export const retriesOfTable = [
  backoff(
    [
      'DynamoDB.InternalServerError',
      'DynamoDB.ProvisionedThroughputExceededException',
      'DynamoDB.RequestLimitExceeded',
      'DynamoDB.ThrottlingException',
    ],
    { attempts: 5, longest: 60 },
  ),
]

function backoff(errors: readonly string[], { attempts, longest }: { attempts: number; longest: number }): Retrier {
  return {
    ErrorEquals: [...errors],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: longest,
    MaxAttempts: attempts,
    JitterStrategy: 'FULL',
  }
}
