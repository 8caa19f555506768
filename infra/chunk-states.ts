/**
 * What an execution of its own does for each chunk: calls `process` until it has handed nothing back. If the run finds no free
 * Lambda for a day, it ends the run.
 */
import { retriesOfEnd } from './retries.ts'
import { callLambda, input, jsonata, type State, type States } from './states-language.ts'
import { noSlot, noSlotSince, updateState, type Waits, waiting } from './waiting.ts'

/** `process`: ARN of the function. */
export function chunkStates(process: string, waits: Waits): States {
  const call = { ...callLambda(process, jsonata('$states.input')), Next: 'left' }
  return {
    StartAt: 'process',
    States: {
      // What `process` returns is the event for its next call.
      ...waiting('process', call, { waits, starved: { Output: jsonata('$states.input'), Next: 'stop' } }),
      left: {
        Type: 'Choice',
        Choices: [{ Condition: input('done'), Next: 'done' }],
        Default: 'process',
      },
      // Two bytes a chunk, since a Map gathers the outputs of all its iterations, and 256 KiB is the limit of an output.
      done: { Type: 'Succeed', Output: jsonata('1') },
      stop: stopState(waits),
      'end run': endRunState(),
      ended: { Type: 'Fail', Error: noSlot, Cause: noSlotSince(waits) },
    },
  }
}

/** The reason of the end, where every worker of the run and `fail` look for it. A newer writer's version is left alone. */
function stopState(waits: Waits): State {
  const reason = { by: { S: 'error' }, error: { S: noSlot }, message: { S: noSlotSince(waits) } }
  return {
    ...updateState(waits.table, {
      UpdateExpression: 'SET #stop = if_not_exists(#stop, :stop)',
      ConditionExpression: 'epoch = :epoch',
      names: { '#stop': 'stop' },
      values: { ':stop': { M: reason } },
    }),
    Next: 'end run',
    Catch: [{ ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next: 'end run' }],
  }
}

/** Ends the execution that this chunk's own was started by: the next chunks would wait as long as this one. */
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
