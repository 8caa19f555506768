/**
 * How a stage waits for a free Lambda: after some short waits the machine says in the version's record that the run is alive,
 * pauses, and asks again. If no stage of the run had one for a day, the wait is over, and the run can be resumed.
 */
import { flow } from '../core/flow.ts'
import { retriesOfTable, retriesOfWaiting } from './retries.ts'
import { jsonata, type State } from './states-language.ts'

export interface Waits {
  /** Name of the table with the versions' records. */
  table: string
  /** A run that has had no Lambda for so long ends. */
  longestWaitSeconds: number
  /** The wait after the short ones is at least half of this. */
  pauseSeconds: number
}

/** Where to go on when the wait is over, and with what. */
export interface Starved {
  Next: string
  Output: unknown
}

export const noSlot = flow.retried.throttled[0]

/** Said when the wait is over. */
export function noSlotSince({ longestWaitSeconds }: Waits): string {
  return `No Lambda was free for ${longestWaitSeconds / 3600} hours. Resume the run when there are some; docs/runbook.md#throttled-by-lambda says what takes them.`
}

/** A Task that calls a stage, with the states in which it waits. Its input says which run it is. */
export function waiting(
  name: string,
  task: State,
  { waits, starved }: { waits: Waits; starved: Starved },
): Record<string, State> {
  const [waitsName, pauses] = [`${name} waits`, `${name} pauses`]
  const onThrottled = { ErrorEquals: [...flow.retried.throttled], Output: jsonata('$states.input'), Next: waitsName }
  const pause = waits.pauseSeconds / 2
  return {
    [name]: { ...task, Retry: retriesOfWaiting, Catch: [onThrottled, ...((task.Catch ?? []) as object[])] },
    [waitsName]: {
      ...signOfLife(waits),
      Catch: [
        { ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], ...starved },
        { ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next: pauses },
      ],
      Next: pauses,
    },
    // Those that wait do not come back all at once.
    [pauses]: { Type: 'Wait', Seconds: jsonata(`$floor(${pause} + $random() * ${pause})`), Next: name },
  }
}

/** For the time of the pause and of the short waits after it, if a Lambda of the run has given one within the longest wait. */
function signOfLife({ table, longestWaitSeconds, pauseSeconds }: Waits): State {
  return updateState(table, {
    UpdateExpression: 'SET waits_until = :until',
    ConditionExpression: 'epoch = :epoch AND seen > :since',
    values: {
      ':until': { N: jsonata(`$string($millis() + ${(pauseSeconds + 300) * 1000})`) },
      ':since': { N: jsonata(`$string($millis() - ${longestWaitSeconds * 1000})`) },
    },
  })
}

interface Update {
  UpdateExpression: string
  ConditionExpression: string
  names?: Record<string, string>
  values: Record<string, unknown>
}

/** Changes the record of the version's state (stores/s3-dynamodb/records.ts), under the epoch of the run. */
export function updateState(table: string, { names, values, ...expressions }: Update): State {
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
