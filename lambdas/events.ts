/** What goes into and comes out of each Lambda: pointers and counts, never items. The state machine is tested against these. */
import * as z from 'zod'

/** Points to the version that a run writes. */
export const runPointer = z.object({
  run_id: z.string(),
  pipeline: z.string(),
  version: z.string(),
  /** The writer's number: whoever sees a higher one in the table has been replaced. */
  epoch: z.int(),
  /** Epoch milliseconds from which the run's duration counts. */
  started: z.number(),
})
export type RunPointer = z.infer<typeof runPointer>

export const openEvent = z.object({
  /** What the execution was started with. */
  input: z.unknown(),
  execution: z.object({ id: z.string().describe('its ARN'), name: z.string() }),
})
export const openResult = z.object({ run: runPointer, steps: z.array(z.object({ step: z.int() })) })
export type OpenResult = z.infer<typeof openResult>

export const chunkPointer = z.object({
  batch: z.int(),
  bytes: z.tuple([z.int(), z.int()]),
  process: z.int(),
})

export const stepEvent = z.object({ run: runPointer, step: z.int() })

/** How many Lambdas may run at once, as Lambda says. What could not be found out is left out. */
export const lambdaLimits = z.object({
  /** What the account has for all functions that have none reserved. */
  unreserved: z.int().optional(),
  /** Reserved for `process`. */
  reserved: z.int().optional(),
})
export type LambdaLimits = z.infer<typeof lambdaLimits>

/** `lambdas` is missing in executions that began before there was such a thing. */
export const planEvent = z.object({ ...stepEvent.shape, lambdas: lambdaLimits.default({}) })

export const planResult = z.object({
  /** Whether there is anything to process. The other word is older than the Map that it names. */
  mode: z.enum(['none', 'many']),
  /** Key of the file that lists the chunks. */
  file: z.string(),
  map_concurrency: z.int(),
  batch_concurrency: z.int(),
})
export type PlanResult = z.infer<typeof planResult>

export const processEvent = z.object({
  ...stepEvent.shape,
  batch: chunkPointer,
  map_concurrency: z.int(),
  batch_concurrency: z.int(),
  /** Items that an earlier call of this chunk had no time for; null in the first call. */
  left: z.int().nullable(),
  /** Epoch milliseconds at which an outage of the model's API began, if an earlier call of this chunk was waiting for its end. */
  paused_since: z.number().optional(),
})
export type ProcessEvent = z.infer<typeof processEvent>

/** The event for the next call, if one is needed: `done` false. */
export const processResult = z.object({ ...processEvent.shape, done: z.boolean() })
export type ProcessResult = z.infer<typeof processResult>

/** `again`: chunks whose parts are missing may be processed once more. */
export const collateEvent = z.object({ ...stepEvent.shape, again: z.boolean().default(false) })

export const collateResult = z.object({
  answered: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** False if parts are missing; then nothing is collated yet, and the counts are 0. */
  whole: z.boolean(),
  /** Key of the file that lists the chunks whose parts are missing. */
  file: z.string().nullable(),
})
export type CollateResult = z.infer<typeof collateResult>

export const publishEvent = z.object({ run: runPointer })
export const publishResult = z.object({
  pipeline: z.string(),
  version: z.string(),
  status: z.string(),
  failed: z.int(),
})

/** From the machine's own Catch, or from the rule that sees how executions end. */
export const failEvent = z.union([
  z.object({
    execution: z.object({ id: z.string(), name: z.string() }),
    error: z.object({ Error: z.string(), Cause: z.string().nullish() }),
  }),
  z.object({
    detail: z.object({
      executionArn: z.string(),
      name: z.string(),
      status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
      error: z.string().nullish(),
      cause: z.string().nullish(),
    }),
  }),
])
export type FailEvent = z.infer<typeof failEvent>

/** The error and cause of the machine's Fail state. */
export const failResult = z.object({ error: z.string(), cause: z.string() })
export type FailResult = z.infer<typeof failResult>
