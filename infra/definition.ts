/**
 * The state machine, as plain data: what CDK deploys and what the tests walk. States carry pointers (keys, byte ranges,
 * counts), never items, and there are no variables: everything a state knows stands in its input.
 * Long, since it is one machine, state by state.
 */
import { flow } from '../core/flow.ts'

/** The stages that the machine calls, each a Lambda function. */
export const stages = [flow.first, ...flow.eachStep, flow.last, flow.onError] as const
export type Stage = (typeof stages)[number]

export interface DefinitionOptions {
  /** ARN of each stage's function. */
  functions: Record<Stage, string>
  /** The workspace's bucket, where plans are kept. */
  bucket: string
  /** Most chunks at once, whatever a step asks for. */
  mapConcurrency: number
  /** After this long a run is ended as failed. Seconds. */
  timeoutSeconds: number
}

/** A state, or a whole machine, in the States Language. */
export interface States {
  StartAt: string
  States: Record<string, State>
}
export interface State {
  Type: string
  Next?: string
  ItemProcessor?: States & { ProcessorConfig: { Mode: 'INLINE' | 'DISTRIBUTED'; ExecutionType?: 'STANDARD' } }
  [field: string]: unknown
}

/** AWS runs at most 40 iterations of an inline Map at once. */
const inlineConcurrency = 40

/** The machine: open → for each step: plan → process its chunks → collate; → publish. Any error ends in fail. */
export function definition(options: DefinitionOptions) {
  const { functions, timeoutSeconds } = options
  return {
    Comment: 'Itemwise: runs prompts over the items of an array',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: timeoutSeconds,
    StartAt: 'open',
    States: {
      open: { ...openState(functions.open), Next: 'steps' },
      steps: { ...stepsState(options), Catch: [onError], Next: 'publish' },
      publish: { ...task(functions.publish, { run: input('run') }), Catch: [onError], End: true },
      nothing: { Type: 'Succeed' },
      ...failStates(functions.fail),
    },
  } satisfies States & Record<string, unknown>
}

function openState(arn: string): State {
  const nothing = jsonata('{"nothing": $parse($states.errorOutput.Cause).errorMessage}')
  return {
    ...task(arn, { input: jsonata('$states.input'), execution: executionOf() }),
    Catch: [{ ErrorEquals: [...flow.nothingToDo], Output: nothing, Next: 'nothing' }, onError],
  }
}

/** One step after the other: a later one reads what an earlier one collated. */
function stepsState(options: DefinitionOptions): State {
  return {
    Type: 'Map',
    Items: input('steps'),
    ItemSelector: { run: input('run'), step: jsonata('$states.context.Map.Item.Value.step') },
    MaxConcurrency: 1,
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...stepStates(options) },
    Output: { run: input('run') },
  }
}

function stepStates({ functions, bucket, mapConcurrency }: DefinitionOptions): States {
  const planned = jsonata('$merge([{"run": $states.input.run, "step": $states.input.step}, $states.result.Payload])')
  const isSize = (mode: string) => jsonata(`$states.input.mode = "${mode}"`)
  return {
    StartAt: 'plan',
    States: {
      plan: { ...task(functions.plan, stepPointer), Output: planned, Next: 'size' },
      size: {
        Type: 'Choice',
        Choices: [
          { Condition: isSize('none'), Next: 'collate' },
          { Condition: isSize('few'), Next: 'few' },
        ],
        Default: 'many',
      },
      few: {
        ...batchesState(Math.min(mapConcurrency, inlineConcurrency)),
        Items: input('batches'),
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...batchStates(functions.process, 'few') },
      },
      many: {
        ...batchesState(mapConcurrency),
        Label: 'batches',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Arguments: { Bucket: bucket, Key: input('file') },
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...batchStates(functions.process, 'many'),
        },
      },
      collate: { ...task(functions.collate, stepPointer), End: true },
    },
  }
}

/** What both Maps over chunks have in common. Their results are dropped: `collate` counts what was kept against the plan. */
function batchesState(most: number): State {
  return {
    Type: 'Map',
    ItemSelector: {
      ...stepPointer,
      batch: jsonata('$states.context.Map.Item.Value'),
      map_concurrency: input('map_concurrency'),
      batch_concurrency: input('batch_concurrency'),
      left: null,
    },
    MaxConcurrency: jsonata(`$min([$states.input.map_concurrency, ${most}])`),
    Output: stepPointer,
    Next: 'collate',
  }
}

/** One chunk: what `process` returns is the event for its next call, for as long as it hands items back. The two Maps need names of their own: AWS refuses one that stands twice. */
function batchStates(arn: string, map: 'few' | 'many'): States {
  return {
    StartAt: `process ${map}`,
    States: {
      [`process ${map}`]: {
        ...task(arn, jsonata('$states.input')),
        Next: `${map} left`,
      },
      [`${map} left`]: {
        Type: 'Choice',
        Choices: [{ Condition: jsonata('$states.input.done'), Next: `${map} done` }],
        Default: `process ${map}`,
      },
      // Two bytes a chunk, since a Map gathers the outputs of all its iterations, and 256 KiB is the limit of an output.
      [`${map} done`]: { Type: 'Succeed', Output: jsonata('1') },
    },
  }
}

function failStates(arn: string): Record<string, State> {
  const unmarked = '"The run failed, and marking its version failed too: " & $states.errorOutput.Cause'
  return {
    fail: {
      ...task(arn, { execution: executionOf(), error: input('error') }),
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

/** Calls a stage. Its function's own time-out ends it, so the state needs none. */
function task(arn: string, payload: unknown): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: arn, Payload: payload },
    Output: jsonata('$states.result.Payload'),
    Retry: retry,
  }
}

const throttled = 'Lambda.TooManyRequestsException'

/** Jitter FULL waits between 0 and the interval, so the waits are about half of what is said here. */
const retry = [
  // The account's concurrency is used up, which may last as long as a chunk: 2+4+8+16+32 s, then 60 s each, about 25 minutes.
  backoff([throttled], 29),
  // 2+4+8+16 s, for a service that stumbles or a process that was killed.
  backoff(
    [...flow.retried.platform, ...flow.retried.ours].filter((name) => name !== throttled),
    4,
  ),
]

function backoff(errors: string[], attempts: number) {
  return {
    ErrorEquals: errors,
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: attempts,
    JitterStrategy: 'FULL',
  }
}

/** A field of the state's input. */
function input(name: string): string {
  return jsonata(`$states.input.${name}`)
}

function jsonata(expression: string): string {
  return `{% ${expression} %}`
}
