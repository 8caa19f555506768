/**
 * The state machine, as plain data: what CDK deploys and what the tests walk. States carry pointers (keys, byte ranges,
 * counts), never items, and there are no variables: everything a state knows stands in its input.
 * Long, since it is one machine, state by state.
 */
import { flow } from '../core/flow.ts'
import { chunkStates } from './chunk-states.ts'
import { atHalfPrice, halfPriceStates } from './half-price-states.ts'
import { retries, retriesOfLook, retriesOfReader } from './retries.ts'
import { callLambda, input, jsonata, type State, type States } from './states-language.ts'
import { noSlot, noSlotSince, type Waits, waiting } from './waiting.ts'

/** The stages that the machine calls, each a Lambda function. */
export const stages = [flow.first, ...flow.eachStep, flow.last, flow.onError] as const
export type Stage = (typeof stages)[number]

export interface DefinitionOptions {
  /** ARN of each stage's function, in the version that an execution calls for its whole life. */
  functions: Record<Stage, string>
  /** Name of the function `process`, for whatever holds for all its versions. */
  processName: string
  /** The workspace's bucket, where plans are kept. */
  bucket: string
  /** The table with the versions' records. */
  table: string
  /** Most chunks at once, whatever a step asks for. */
  mapConcurrency: number
  /** After this long a run is ended as failed. Seconds. */
  timeoutSeconds: number
  /** A run that gets no Lambda for so long is ended. Seconds; default: a day. */
  longestWaitSeconds?: number
  /** A chunk that found no free Lambda asks again after half of this to all of it. Seconds; default: ten minutes. */
  pauseSeconds?: number
}

/**
 * More children than this that are lost for good mean that something is wrong with all of them. Those that end because the run
 * is stopped count too: so many are started in vain.
 */
const mostLost = 100

/** The machine: open → for each step: plan → process its chunks → collate; → publish. Any error ends in fail. */
export function definition(options: DefinitionOptions) {
  const { functions, timeoutSeconds } = options
  const waits = waitsOf(options)
  const publish = { ...callLambda(functions.publish, { run: input('run') }), Catch: [onError], End: true }
  return {
    Comment: 'Itemwise: runs prompts over the items of an array',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: timeoutSeconds,
    StartAt: 'open',
    States: {
      open: { ...openState(functions.open), Next: 'steps' },
      steps: { ...stepsState(options), Catch: [onError], Next: 'publish' },
      ...waiting('publish', publish, { waits, starved: { Output: { error: noSlotError(waits) }, Next: flow.onError } }),
      nothing: { Type: 'Succeed' },
      ...failStates(functions.fail),
    },
  } satisfies States & Record<string, unknown>
}

function openState(arn: string): State {
  const nothing = jsonata('{"nothing": $parse($states.errorOutput.Cause).errorMessage}')
  return {
    ...stage(arn, { input: jsonata('$states.input'), execution: executionOf() }),
    Catch: [{ ErrorEquals: [...flow.nothingToDo], Output: nothing, Next: 'nothing' }, onError],
  }
}

/** One step after the other: a later one reads what an earlier one collated. */
function stepsState(options: DefinitionOptions): State {
  return {
    Type: 'Map',
    Items: input('steps'),
    ItemSelector: { ...stepPointer, step: jsonata('$states.context.Map.Item.Value.step') },
    MaxConcurrency: 1,
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...stepStates(options) },
    Output: { run: input('run') },
  }
}

function stepStates(options: DefinitionOptions): States {
  const { functions, processName } = options
  const waiter = { waits: waitsOf(options), starved: { Output: jsonata('$states.input'), Next: 'no slot' } }
  const again = '$states.result.Payload.mode != "batch"'
  const planned = jsonata(
    `$merge([{"run": $states.input.run, "step": $states.input.step, "again": ${again}}, $states.result.Payload])`,
  )
  const collated = jsonata('$merge([$states.input, {"again": false}, $states.result.Payload])')
  return {
    StartAt: 'account limit',
    States: {
      'account limit': limitState('getAccountSettings', {
        Arguments: {},
        lambdas: '{"unreserved": $states.result.AccountLimit.UnreservedConcurrentExecutions}',
        Next: 'own limit',
      }),
      'own limit': limitState('getFunctionConcurrency', {
        Arguments: { FunctionName: processName },
        lambdas: '$merge([$states.input.lambdas, {"reserved": $states.result.ReservedConcurrentExecutions}])',
        Next: 'plan',
      }),
      ...waiting(
        'plan',
        { ...callLambda(functions.plan, { ...stepPointer, lambdas: input('lambdas') }), Output: planned, Next: 'size' },
        waiter,
      ),
      size: {
        Type: 'Choice',
        Choices: [
          { Condition: jsonata('$states.input.mode = "none"'), Next: 'collate' },
          { Condition: jsonata('$states.input.mode = "batch"'), Next: atHalfPrice },
        ],
        Default: 'chunks',
      },
      ...halfPriceStates({ ...options, ...waiter, process: functions.process, mostLost }),
      chunks: chunksState(options),
      ...waiting(
        'collate',
        {
          ...callLambda(functions.collate, { ...stepPointer, again: input('again') }),
          Output: collated,
          Next: 'whole',
        },
        waiter,
      ),
      // If parts are missing, their chunks come once more, from a file of their own.
      whole: {
        Type: 'Choice',
        Choices: [{ Condition: input('whole'), Next: 'collated' }],
        Default: 'chunks',
      },
      collated: { Type: 'Succeed', Output: jsonata('1') },
      'no slot': { Type: 'Fail', ...noSlotError(waiter.waits) },
    },
  }
}

/** Asks how many Lambdas there are. Without an answer the run asks for as many as it would like. */
function limitState(
  action: string,
  { Arguments, lambdas, Next }: { Arguments: Record<string, string>; lambdas: string; Next: string },
): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::aws-sdk:lambda:${action}`,
    Arguments,
    Output: jsonata(`$merge([$states.input, {"lambdas": ${lambdas}}])`),
    Retry: retriesOfLook,
    Catch: [{ ErrorEquals: ['States.ALL'], Output: jsonata('$merge([{"lambdas": {}}, $states.input])'), Next }],
    Next,
  }
}

/**
 * A Distributed Map, since an inline one shares the 25,000 events of its execution, and waiting for Lambdas and handing back take
 * many. The results are dropped, and lost children passed over: `collate` counts what was kept against the plan.
 */
function chunksState(options: DefinitionOptions): State {
  const { bucket, functions, mapConcurrency } = options
  const shares = { map_concurrency: input('map_concurrency'), batch_concurrency: input('batch_concurrency') }
  return {
    Type: 'Map',
    Label: 'batches',
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Arguments: { Bucket: bucket, Key: input('file') },
    },
    ItemSelector: {
      ...stepPointer,
      batch: jsonata('$states.context.Map.Item.Value'),
      ...shares,
      left: null,
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      ...chunkStates(functions.process, waitsOf(options)),
    },
    MaxConcurrency: jsonata(`$min([$states.input.map_concurrency, ${mapConcurrency}])`),
    // The first of the two that is passed ends the Map: a step may have a single chunk.
    ToleratedFailurePercentage: jsonata('100'),
    ToleratedFailureCount: mostLost,
    Retry: retriesOfReader,
    Output: { ...stepPointer, again: input('again'), ...shares },
    Next: 'collate',
  }
}

function failStates(arn: string): Record<string, State> {
  const unmarked = '"The run failed, and marking its version failed too: " & $states.errorOutput.Cause'
  return {
    fail: {
      ...stage(arn, { execution: executionOf(), error: input('error') }),
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Output: jsonata(`{"error": $states.errorOutput.Error, "cause": ${unmarked}}`),
          Next: 'failed',
        },
      ],
      Next: 'failed',
    },
    failed: { Type: 'Fail', Error: input('error'), Cause: input('cause') },
  }
}

const stepPointer = { run: input('run'), step: input('step') }

const onError = {
  ErrorEquals: ['States.ALL'],
  Output: jsonata('{"error": $states.errorOutput}'),
  Next: flow.onError,
}

function executionOf() {
  return { id: jsonata('$states.context.Execution.Id'), name: jsonata('$states.context.Execution.Name') }
}

function waitsOf({ table, longestWaitSeconds = 24 * 3600, pauseSeconds = 600 }: DefinitionOptions): Waits {
  return { table, longestWaitSeconds, pauseSeconds }
}

function noSlotError(waits: Waits) {
  return { Error: noSlot, Cause: noSlotSince(waits) }
}

/** Calls a stage outside of a version. */
function stage(arn: string, payload: unknown): State {
  return { ...callLambda(arn, payload), Retry: retries }
}
