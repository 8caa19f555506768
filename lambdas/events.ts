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
  /** True if the run goes on with a version that waited for message batches: what has failed in it stands. */
  goes_on: z.literal(true).optional(),
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

/** What the parts of a step at half price begin with; `state` is core's, and handed on as it is. */
export const halfPrice = z.object({
  /** How many chunks there are, and the first one. */
  chunks: z.int(),
  first: chunkPointer,
  /** Most Lambdas that send or collect at once. */
  at_once: z.int(),
  state: z.object({
    round: z.int(),
    sent: z.boolean(),
    later: z.boolean(),
    stops: z.boolean(),
    looks: z.int(),
    unknown_since: z.number().nullable(),
    paused_since: z.number().nullable(),
  }),
})
export type HalfPrice = z.infer<typeof halfPrice>

export const planResult = z.object({
  /** How the step is processed: not at all, its chunks live, or by message batch. `many` is older than the Map that it names. */
  mode: z.enum(['none', 'many', 'batch']),
  /** Key of the file that lists the chunks. */
  file: z.string(),
  map_concurrency: z.int(),
  batch_concurrency: z.int(),
  /** Of mode batch. */
  half: halfPrice.optional(),
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

const partEvent = z.object({
  ...stepEvent.shape,
  chunks: z.int(),
  batch_concurrency: z.int(),
  left: z.int().nullable(),
  paused_since: z.number().optional(),
})

/** The first item of a step at half price goes ahead; a chunk is sent; the results of a message batch are kept. */
export const halfPriceEvent = z.discriminatedUnion('part', [
  z.object({ ...partEvent.shape, part: z.literal('first'), batch: chunkPointer }),
  z.object({ ...partEvent.shape, part: z.literal('send'), batch: chunkPointer }),
  z.object({ ...partEvent.shape, part: z.literal('collect'), batch: z.object({ number: z.int() }) }),
])
export type HalfPriceEvent = z.infer<typeof halfPriceEvent>

/** One look at all message batches of a step. */
export const lookEvent = z.object({ ...stepEvent.shape, part: z.literal('look'), half: halfPrice })
export type LookEvent = z.infer<typeof lookEvent>

export const lookResult = z.object({
  next: z.enum(['first', 'send', 'wait', 'collect', 'live', 'collate']),
  seconds: z.int(),
  half: halfPrice,
  /** Key of the file that lists the batches whose results are to be kept. */
  ended: z.string(),
  /** Whether chunks whose parts are missing may be processed once more. */
  again: z.boolean(),
})
export type LookResult = z.infer<typeof lookResult>

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
