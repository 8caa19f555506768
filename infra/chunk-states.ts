/**
 * What an execution of its own does for each chunk: calls `process` until it has handed nothing back. If the run finds no free
 * Lambda for a day, it ends the run.
 */
import { retriesOfEnd } from './retries.ts'
import { callLambda, input, jsonata, type State, type States } from './states-language.ts'
import { noSlot, noSlotSince, type Starved, updateState, type Waits, waiting } from './waiting.ts'

/** Names of states, which are unique in the whole machine. */
export interface EndNames {
  stop: string
  end: string
  ended: string
}

interface CallNames extends EndNames {
  call: string
  left: string
  done: string
}

const ofChunk: CallNames = {
  ...{ call: 'process', left: 'left', done: 'done' },
  ...{ stop: 'stop', end: 'end run', ended: 'ended' },
}

/**
 * `process`: ARN of the function. `output`: of an iteration; two bytes, since a Map gathers the outputs of all its iterations, and
 * 256 KiB is the limit of an output.
 */
export function chunkStates(
  process: string,
  waits: Waits,
  { names = ofChunk, output = jsonata('1') }: { names?: CallNames; output?: string } = {},
): States {
  const call = { ...callLambda(process, jsonata('$states.input')), Next: names.left }
  return {
    StartAt: names.call,
    States: {
      // What `process` returns is the event for its next call.
      ...waiting(names.call, call, { waits, starved: starvedAs(names) }),
      [names.left]: {
        Type: 'Choice',
        Choices: [{ Condition: input('done'), Next: names.done }],
        Default: names.call,
      },
      [names.done]: { Type: 'Succeed', Output: output },
      ...endStates(waits, names),
    },
  }
}

/** Where a stage goes in an execution of its own that finds no free Lambda for too long. */
export function starvedAs({ stop }: EndNames): Starved {
  return { Output: jsonata('$states.input'), Next: stop }
}

/** Ends the run from an execution of its own. */
export function endStates(waits: Waits, { stop, end, ended }: EndNames): Record<string, State> {
  return {
    [stop]: stopState(waits, end),
    [end]: endRunState(ended),
    [ended]: { Type: 'Fail', Error: noSlot, Cause: noSlotSince(waits) },
  }
}

/** The reason of the end, where every worker of the run and `fail` look for it. A newer writer's version is left alone. */
function stopState(waits: Waits, Next: string): State {
  const reason = { by: { S: 'error' }, error: { S: noSlot }, message: { S: noSlotSince(waits) } }
  return {
    ...updateState(waits.table, {
      UpdateExpression: 'SET #stop = if_not_exists(#stop, :stop)',
      ConditionExpression: 'epoch = :epoch',
      names: { '#stop': 'stop' },
      values: { ':stop': { M: reason } },
    }),
    Next,
    Catch: [{ ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next }],
  }
}

/** Ends the execution that this chunk's own was started by: the next chunks would wait as long as this one. */
function endRunState(Next: string): State {
  // …:execution:<machine>/<map>:<id> → …:execution:<machine>:<run id>
  const parent = '$replace($states.context.Execution.Id, /(\\/[^:]*)?:[^:]*$/, "") & ":" & $states.input.run.run_id'
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:sfn:stopExecution',
    Arguments: { ExecutionArn: jsonata(parent), Error: noSlot, Cause: 'No Lambda was free for too long.' },
    Retry: retriesOfEnd,
    Next,
  }
}
