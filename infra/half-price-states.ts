/**
 * A step at half price: looks at its message batches, and does what the look says is next. The first item goes ahead, chunks are sent,
 * ended batches are collected, each of them as executions of their own beside each other; and the waiting is an execution of its own,
 * since a day of looks has some thousand events, and one execution may have 25,000. Whatever comes of it, `collate` counts.
 */
import { chunkStates, endStates, starvedAs } from './chunk-states.ts'
import { retriesOfReader } from './retries.ts'
import { callLambda, input, jsonata, type State, type States } from './states-language.ts'
import { type Starved, type Waits, waiting } from './waiting.ts'

export interface HalfPriceStates {
  /** ARN of the function `process`. */
  process: string
  bucket: string
  waits: Waits
  /** Where the step goes if it finds no Lambda for too long. */
  starved: Starved
  mapConcurrency: number
  /** More children than this that are lost for good end the Map. */
  mostLost: number
}

/** The first of these states. */
export const atHalfPrice = 'look'

export function halfPriceStates(options: HalfPriceStates): Record<string, State> {
  const { process, waits, starved } = options
  const first = { ...part('first'), batch: jsonata('$states.input.half.first'), left: null }
  const askedFirst = jsonata('$merge([$states.input, {"done": $states.result.Payload.done}])')
  return {
    ...waiting(atHalfPrice, { ...lookTask(process), Next: 'next' }, { waits, starved }),
    next: {
      Type: 'Choice',
      Choices: [next('first'), next('send'), next('wait'), next('collect'), next('live', 'chunks')],
      Default: 'collate',
    },
    ...waiting('first', { ...callLambda(process, first), Output: askedFirst, Next: 'asked first' }, { waits, starved }),
    'asked first': {
      Type: 'Choice',
      Choices: [{ Condition: input('done'), Next: 'send' }],
      Default: 'first',
    },
    send: partsState(options, 'send'),
    collect: partsState(options, 'collect'),
    wait: waitState(options),
  }
}

/** What every part is told. */
function part(name: 'first' | 'send' | 'collect') {
  return {
    ...{ run: input('run'), step: input('step'), part: name },
    ...{ chunks: jsonata('$states.input.half.chunks'), batch_concurrency: input('batch_concurrency') },
  }
}

function next(name: string, Next = name) {
  return { Condition: jsonata(`$states.input.next = "${name}"`), Next }
}

/** What the look says takes the place of what the one before said. */
function lookTask(process: string): State {
  const payload = { run: input('run'), step: input('step'), part: 'look', half: input('half') }
  return { ...callLambda(process, payload), Output: jsonata('$merge([$states.input, $states.result.Payload])') }
}

/** Chunks that are sent, or batches that are collected, several beside each other. What comes of one is 0, 1 or 2: lambdas/half-price.ts */
function partsState(
  { process, bucket, waits, mapConcurrency, mostLost }: HalfPriceStates,
  name: 'send' | 'collect',
): State {
  const names = {
    ...{ call: `${name} one`, left: `${name} left`, done: `${name} done` },
    ...{ stop: `${name} stops`, end: `${name} ends run`, ended: `${name} ended` },
  }
  const isFirst = '$states.input.half.state.round = 0 and $states.input.half.state.later'
  return {
    Type: 'Map',
    Label: name,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Arguments: { Bucket: bucket, Key: input(name === 'send' ? 'file' : 'ended') },
    },
    ItemSelector: {
      ...part(name),
      batch: jsonata('$states.context.Map.Item.Value'),
      // What was kept before the run is counted once.
      left: name === 'send' ? jsonata(`${isFirst} ? null : 0`) : 0,
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      ...chunkStates(process, waits, { names, output: input('outcome') }),
    },
    MaxConcurrency: jsonata(`$min([$states.input.half.at_once, ${mapConcurrency}])`),
    ToleratedFailurePercentage: jsonata('100'),
    ToleratedFailureCount: mostLost,
    Retry: retriesOfReader,
    Output: afterParts(name === 'send' ? '"sent": true, "later": 1 in $states.result' : '"sent": false'),
    Next: atHalfPrice,
  }
}

/** `changes`: of the state that the next look goes on from. */
function afterParts(changes: string): string {
  const state = '$states.input.half.state'
  const changed = `$merge([${state}, {${changes}, "stops": ${state}.stops or 2 in $states.result}])`
  return jsonata(`$merge([$states.input, {"half": $merge([$states.input.half, {"state": ${changed}}])}])`)
}

/** One execution, which waits and looks until there is something to do. If it is lost, so is what it waited for: `collate` says so. */
function waitState({ process, waits }: HalfPriceStates): State {
  const names = { stop: 'look stops', end: 'look ends run', ended: 'look ended' }
  const again = { ...lookTask(process), Next: 'still waiting' }
  const states: States = {
    StartAt: 'pause',
    States: {
      pause: { Type: 'Wait', Seconds: input('seconds'), Next: 'look again' },
      ...waiting('look again', again, { waits, starved: starvedAs(names) }),
      'still waiting': { Type: 'Choice', Choices: [next('wait', 'pause')], Default: 'looked' },
      looked: { Type: 'Succeed', Output: jsonata('$states.input') },
      ...endStates(waits, names),
    },
  }
  return {
    Type: 'Map',
    Label: 'wait',
    Items: jsonata('[$states.input]'),
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...states },
    MaxConcurrency: 1,
    Output: jsonata('$states.result[0] ? $states.result[0] : $merge([$states.input, {"next": "lost"}])'),
    Next: 'next',
  }
}
