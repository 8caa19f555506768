/**
 * What an execution of its own does for each chunk: calls `process` until it has handed nothing back. If no Lambda is free, it
 * waits, and says in the version's record that the run is alive. If none was free for a day, it ends the run, which can be resumed.
 */
import { flow } from '../core/flow.ts'
import { retriesOfChunk, retriesOfEnd, retriesOfTable } from './retries.ts'
import { callLambda, input, jsonata, type State, type States } from './states-language.ts'

export interface ChunkOptions {
  /** ARN of the function `process`. */
  process: string
  /** Name of the table with the versions' records. */
  table: string
  /** A run that has had no Lambda for so long ends. */
  longestWaitSeconds: number
  /** The wait after the short ones is at least half of this. */
  pauseSeconds: number
}

export function chunkStates(options: ChunkOptions): States {
  const { process, pauseSeconds: pause } = options
  return {
    StartAt: 'process',
    States: {
      // What `process` returns is the event for its next call.
      process: {
        ...callLambda(process, jsonata('$states.input')),
        Retry: retriesOfChunk,
        Catch: [{ ErrorEquals: [...flow.retried.throttled], Output: jsonata('$states.input'), Next: 'no slot' }],
        Next: 'left',
      },
      left: {
        Type: 'Choice',
        Choices: [{ Condition: input('done'), Next: 'done' }],
        Default: 'process',
      },
      // Two bytes a chunk, since a Map gathers the outputs of all its iterations, and 256 KiB is the limit of an output.
      done: { Type: 'Succeed', Output: jsonata('1') },
      'no slot': noSlotState(options),
      pause: {
        Type: 'Wait',
        // Those that wait do not come back all at once.
        Seconds: jsonata(`$floor(${pause / 2} + $random() * ${pause / 2})`),
        Next: 'process',
      },
      starved: stopState(options),
      'end run': endRunState(),
      ended: { Type: 'Fail', Error: noSlot, Cause: noSlotSince(options) },
    },
  }
}

const noSlot = flow.retried.throttled[0]

function noSlotSince({ longestWaitSeconds }: ChunkOptions): string {
  return `No Lambda was free for ${longestWaitSeconds / 3600} hours. Resume the run when there are some; docs/runbook.md#throttled-by-lambda says what takes them.`
}

/** A sign of life for the time of the pause and of the short waits after it, if a Lambda of the run has given one within the longest wait. */
function noSlotState({ table, longestWaitSeconds, pauseSeconds }: ChunkOptions): State {
  return {
    ...updateState(table, {
      UpdateExpression: 'SET waits_until = :until',
      ConditionExpression: 'epoch = :epoch AND seen > :since',
      values: {
        ':until': { N: jsonata(`$string($millis() + ${(pauseSeconds + 300) * 1000})`) },
        ':since': { N: jsonata(`$string($millis() - ${longestWaitSeconds * 1000})`) },
      },
    }),
    Next: 'pause',
    Catch: [
      { ErrorEquals: [conditionFailed], Output: jsonata('$states.input'), Next: 'starved' },
      { ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next: 'pause' },
    ],
  }
}

/** The reason of the end, where every worker of the run and `fail` look for it. A newer writer's version is left alone. */
function stopState(options: ChunkOptions): State {
  const reason = { by: { S: 'error' }, error: { S: noSlot }, message: { S: noSlotSince(options) } }
  return {
    ...updateState(options.table, {
      UpdateExpression: 'SET #stop = if_not_exists(#stop, :stop)',
      ConditionExpression: 'epoch = :epoch',
      names: { '#stop': 'stop' },
      values: { ':stop': { M: reason } },
    }),
    Next: 'end run',
    Catch: [{ ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next: 'end run' }],
  }
}

/** Ends the execution that this chunk's own was started by. */
function endRunState(): State {
  // …:execution:<machine>/<map>:<id> → …:execution:<machine>:<run id>
  const parent = '$replace($states.context.Execution.Id, /(\\/[^:]*)?:[^:]*$/, "") & ":" & $states.input.run.run_id'
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:sfn:stopExecution',
    Arguments: { ExecutionArn: jsonata(parent), Error: noSlot, Cause: 'No Lambda was free for too long.' },
    Retry: retriesOfEnd,
    Next: 'ended',
  }
}

const conditionFailed = 'DynamoDB.ConditionalCheckFailedException'

interface Update {
  UpdateExpression: string
  ConditionExpression: string
  names?: Record<string, string>
  values: Record<string, unknown>
}

/** Changes the record of the version's state (stores/s3-dynamodb/records.ts), under the epoch of the run. */
function updateState(table: string, { names, values, ...expressions }: Update): State {
  const partition = '"progress#" & $states.input.run.pipeline & "#" & $states.input.run.version'
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::dynamodb:updateItem',
    Arguments: {
      TableName: table,
      Key: { pipeline: { S: jsonata(partition) }, record: { S: 'state' } },
      ...expressions,
      ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
      ExpressionAttributeValues: { ...values, ':epoch': { N: jsonata('$string($states.input.run.epoch)') } },
    },
    Output: jsonata('$states.input'),
    Retry: retriesOfTable,
  }
}
