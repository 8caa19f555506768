/** Every state of the machine with its error paths, by the TestState API, on the very definition that is deployed. */
import { describe, expect, test } from 'vitest'
import { flow } from '../../core/flow.ts'
import {
  collateEvent,
  failEvent,
  halfPriceEvent,
  lookEvent,
  openEvent,
  planEvent,
  processEvent,
  publishEvent,
} from '../../lambdas/events.ts'
import { type Retrier, stageOf, stageTasks, stateCalled } from './machine.ts'
import { selected, testState } from './test-state.ts'

const run = { run_id: '01JRUN', pipeline: 'words', version: 'v3', epoch: 1, started: 1_700_000_000_000 }
const batch = { batch: 7, bytes: [0, 900], process: 25 }
const shares = { map_concurrency: 4, batch_concurrency: 4 }
const planned = { mode: 'many', file: 'outputs/words/v3/work/01_batches.json', ...shares }
const counts = { answered: 24, failed: 1, skipped: 0 }
const lambdas = { unreserved: 10, reserved: 2 }
const work = { run, step: 1, batch, ...shares, left: null }
const state = {
  ...{ round: 0, sent: false, later: true, stops: false, looks: 0, unknown_since: null, paused_since: null },
}
const half = { chunks: 9, first: batch, at_once: 5, state }
const atHalfPrice = { run, step: 1, again: false, ...planned, mode: 'batch', half }
const looked = { next: 'wait', seconds: 23, half: { ...half, state: { ...state, looks: 7 } }, ended: 'e', again: false }
const part = { run, step: 1, chunks: 9, batch_concurrency: 4 }
const said = (errorMessage: string) => JSON.stringify({ errorType: 'Any', errorMessage, trace: [] })

/** An input and a result of every Task that calls a stage, as the Lambdas take and give them. */
const tasks: Record<string, { input: unknown; result: unknown; event: { parse(value: unknown): unknown } }> = {
  open: { input: { steps: [] }, result: { run, steps: [{ step: 1 }, { step: 2 }] }, event: openEvent },
  plan: { input: { run, step: 1, lambdas }, result: planned, event: planEvent },
  process: { input: work, result: { ...work, left: 0, done: true }, event: processEvent },
  look: { input: atHalfPrice, result: looked, event: lookEvent },
  'look again': { input: { ...atHalfPrice, ...looked }, result: looked, event: lookEvent },
  first: { input: { ...atHalfPrice, ...looked }, result: { ...part, done: true, outcome: 0 }, event: halfPriceEvent },
  'send one': {
    input: { ...part, part: 'send', batch, left: null },
    result: { ...part, part: 'send', batch, left: 0, done: true, outcome: 1 },
    event: halfPriceEvent,
  },
  'collect one': {
    input: { ...part, part: 'collect', batch: { number: 3 }, left: 0 },
    result: { ...part, part: 'collect', batch: { number: 3 }, left: 0, done: true, outcome: 2 },
    event: halfPriceEvent,
  },
  collate: {
    input: { run, step: 1, again: true, ...shares },
    result: { ...counts, whole: true, file: null },
    event: collateEvent,
  },
  publish: {
    input: { run },
    result: { pipeline: 'words', version: 'v3', status: 'completed', failed: 1 },
    event: publishEvent,
  },
  fail: {
    input: { error: { Error: 'RunFailed', Cause: said('say "it"') } },
    result: { error: 'RunFailed', cause: 'say "it"' },
    event: failEvent,
  },
}

describe.skipIf(process.env.AWS_ENDPOINT_URL === undefined)('by TestState (needs LocalStack: npm run test:aws)', () => {
  test('every Task that calls a stage is walked here', () => {
    expect(Object.keys(tasks).sort()).toEqual(stageTasks.map(([name]) => name).sort())
  })

  test.each(Object.entries(tasks))(
    '%s sends an event that its Lambda takes',
    async (name, { input, result, event }) => {
      const { sent, status } = await testState(name, { input, result })
      expect(status).toBe('SUCCEEDED')
      expect(() => event.parse(sent)).not.toThrow()
    },
  )

  test('open hands on the pointer and the steps; each step gets the pointer and its number', async () => {
    const opened = await testState('open', tasks.open!)
    expect(opened).toMatchObject({
      nextState: 'steps',
      output: { run, steps: [{ step: 1 }, { step: 2 }] },
      sent: { input: { steps: [] } },
    })
    expect(await selected(stateCalled('steps').ItemSelector, opened.output, { step: 2 })).toEqual({ run, step: 2 })
  })

  test('a step asks what Lambdas there are, and tells plan', async () => {
    const input = { run, step: 1 }
    const settings = { AccountLimit: { UnreservedConcurrentExecutions: 10 } }
    const account = await testState('account limit', { input, answer: settings })
    expect(account).toMatchObject({ nextState: 'own limit', output: { ...input, lambdas: { unreserved: 10 } } })
    const own = await testState('own limit', { input: account.output, answer: { ReservedConcurrentExecutions: 2 } })
    expect(own).toMatchObject({ nextState: 'plan', output: { ...input, lambdas } })
    expect((await testState('plan', { input: own.output, result: planned })).sent).toEqual({ ...input, lambdas })
  })

  test('a step goes on if nothing is reserved, or Lambda does not say', async () => {
    const input = { run, step: 1, lambdas: { unreserved: 10 } }
    expect((await testState('own limit', { input, answer: {} })).output).toEqual(input)
    const failure = { error: 'Lambda.LambdaException', retries: 2 }
    expect(await testState('own limit', { input, failure })).toMatchObject({ nextState: 'plan', output: input })
    const first = { run, step: 1 }
    const without = await testState('account limit', { input: first, failure })
    expect(without).toMatchObject({ nextState: 'own limit', output: { ...first, lambdas: {} } })
  })

  test.each([
    ['none', 'collate'],
    ['many', 'chunks'],
  ])('a plan with %s chunks goes on to %s', async (mode, next) => {
    const { output, nextState } = await testState('plan', {
      input: { run, step: 1, lambdas },
      result: { ...planned, mode },
    })
    expect(output).toEqual({ run, step: 1, again: true, ...planned, mode })
    expect(nextState).toBe('size')
    expect(await testState('size', { input: output })).toMatchObject({ nextState: next, output })
  })

  test('a plan at half price goes on to a look, and what that says comes next', async () => {
    const { output } = await testState('plan', {
      input: { run, step: 1, lambdas },
      result: { ...planned, mode: 'batch', half },
    })
    expect(output).toEqual(atHalfPrice)
    expect(await testState('size', { input: output })).toMatchObject({ nextState: 'look', output })
    expect(await testState('look', { input: output, result: looked })).toMatchObject({
      nextState: 'next',
      output: { ...atHalfPrice, ...looked },
    })
    const nexts = {
      first: 'first',
      send: 'send',
      wait: 'wait',
      collect: 'collect',
      live: 'chunks',
      collate: 'collate',
      lost: 'collate',
    }
    for (const [next, nextState] of Object.entries(nexts))
      expect(await testState('next', { input: { ...atHalfPrice, next } })).toMatchObject({ nextState })
    const asked = { input: { ...atHalfPrice, done: true } }
    expect((await testState('asked first', asked)).nextState).toBe('send')
    expect((await testState('asked first', { input: { ...atHalfPrice, done: false } })).nextState).toBe('first')
  })

  test('what is sent and collected is told to the next look, a digit each', async () => {
    const input = { ...atHalfPrice, ...looked }
    const sent = await testState('send', { input, result: [0, 1, 0] })
    expect(sent).toMatchObject({
      nextState: 'look',
      output: { half: { state: { sent: true, later: true, stops: false } } },
    })
    const collected = await testState('collect', { input: sent.output, result: [2] })
    expect(collected).toMatchObject({
      nextState: 'look',
      output: { half: { state: { sent: false, later: true, stops: true } } },
    })
    const last = await testState('send', { input: collected.output, result: [0] })
    expect(last.output).toMatchObject({ half: { state: { sent: true, later: false, stops: true } } })
    expect(await selected(stateCalled('send').ItemSelector, atHalfPrice, batch)).toEqual(tasks['send one']!.input)
    expect(await selected(stateCalled('collect').ItemSelector, atHalfPrice, { number: 3 })).toEqual(
      tasks['collect one']!.input,
    )
  })

  test('the waiting is an execution of its own, which ends with what the last look said', async () => {
    const input = { ...atHalfPrice, ...looked }
    expect((await testState('still waiting', { input })).nextState).toBe('pause')
    expect((await testState('still waiting', { input: { ...input, next: 'send' } })).nextState).toBe('looked')
    const last = { ...input, next: 'collect' }
    expect(await testState('looked', { input: last })).toMatchObject({ output: last })
    expect(await testState('wait', { input, result: [last] })).toMatchObject({ nextState: 'next', output: last })
    expect((await testState('wait', { input, result: [null] })).output).toEqual({ ...input, next: 'lost' })
  })

  test('each chunk gets its event, and the Map hands on no more than pointers', async () => {
    const input = { run, step: 1, again: true, ...planned }
    expect(await selected(stateCalled('chunks').ItemSelector, input, batch)).toEqual(work)
    expect(await testState('chunks', { input, result: [1, 1, 1] })).toMatchObject({
      nextState: 'collate',
      output: { run, step: 1, again: true, ...shares },
    })
  })

  test('chunks whose parts are missing come once more, from their own file, and no third time', async () => {
    const { input } = tasks.collate!
    const file = 'outputs/words/v3/work/01_missing_batches.json'
    const missing = await testState('collate', { input, result: { ...counts, whole: false, file } })
    expect(missing).toMatchObject({ nextState: 'whole', output: { run, step: 1, again: false, file, ...shares } })
    expect((await testState('whole', { input: missing.output })).nextState).toBe('chunks')
    const again = await testState('chunks', { input: missing.output, result: [1] })
    expect((await testState('collate', { input: again.output, result: tasks.collate!.result })).sent).toEqual({
      run,
      step: 1,
      again: false,
    })
    const whole = await testState('collate', tasks.collate!)
    expect((await testState('whole', { input: whole.output })).nextState).toBe('collated')
    expect(await testState('collated', { input: whole.output })).toMatchObject({ status: 'SUCCEEDED', output: 1 })
  })

  test('a chunk is called again with what it returned, until it is done', async () => {
    const rest = { ...work, left: 9, done: false }
    expect(await testState('process', { input: work, result: rest })).toMatchObject({ output: rest, nextState: 'left' })
    expect(await testState('left', { input: rest })).toMatchObject({ output: rest, nextState: 'process' })
    const done = { ...rest, left: 0, done: true }
    expect(await testState('left', { input: done })).toMatchObject({ nextState: 'done' })
    expect(await testState('done', { input: done })).toMatchObject({ status: 'SUCCEEDED', output: 1 })
  })

  describe('a stage that finds no free Lambda', () => {
    const [throttled] = flow.retried.throttled

    test.each(['plan', 'process', 'collate', 'publish'])(
      '%s says that the run is alive, pauses, and asks again',
      async (name) => {
        const { input } = tasks[name]!
        const waits = { nextState: `${name} waits`, output: input }
        expect(await testState(name, { input, failure: { error: throttled, retries: 99 } })).toMatchObject(waits)
        const pauses = { nextState: `${name} pauses`, output: input }
        expect(await testState(`${name} waits`, { input, answer: {} })).toMatchObject(pauses)
      },
    )

    // TestState knows no conditions of DynamoDB; test/aws/pressure.aws.test.ts meets one.
    test.each([
      ['plan', 'no slot'],
      ['process', 'stop'],
      ['collate', 'no slot'],
      ['publish', 'fail'],
    ])('%s ends the run if none of its stages had one for a day', (name, Next) => {
      expect(stateCalled(`${name} waits`).Catch).toMatchObject([
        { ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], Next },
        { Next: `${name} pauses` },
      ])
    })

    test('the reason is written down, and the execution of the run stopped', async () => {
      expect(await testState('stop', { input: work, answer: {} })).toMatchObject({ nextState: 'end run', output: work })
      expect((await testState('end run', { input: work, answer: {} })).nextState).toBe('ended')
      const ended = { status: 'FAILED', error: throttled }
      expect(await testState('no slot', { input: { run, step: 1 } })).toMatchObject(ended)
    })
  })

  test('after the steps comes publish, whose result is the result of the run', async () => {
    const input = { run, steps: [{ step: 1 }] }
    expect(await testState('steps', { input, result: [{}] })).toMatchObject({ nextState: 'publish', output: { run } })
    expect(await testState('publish', tasks.publish!)).toMatchObject({
      status: 'SUCCEEDED',
      output: tasks.publish!.result,
    })
  })

  test('a run with nothing to do succeeds and says so', async () => {
    const failure = { error: 'NothingToDo', cause: said('Nothing "changed".'), retries: 0 }
    const opened = await testState('open', { input: { steps: [] }, failure })
    expect(opened).toMatchObject({
      status: 'CAUGHT_ERROR',
      nextState: 'nothing',
      output: { nothing: 'Nothing "changed".' },
    })
    expect(await testState('nothing', { input: opened.output })).toMatchObject({
      status: 'SUCCEEDED',
      output: opened.output,
    })
  })

  describe('errors', () => {
    const outside = ['open', 'publish']
    const inside = ['plan', 'process', 'collate']

    test.each(outside)('of %s end in fail', async (name) => {
      const failure = { error: 'RunFailed', cause: said('say "it"'), retries: 0 }
      const { status, nextState, output } = await testState(name, { input: tasks[name]!.input, failure })
      expect({ status, nextState, output }).toEqual({
        status: 'CAUGHT_ERROR',
        nextState: 'fail',
        output: { error: { Error: 'RunFailed', Cause: said('say "it"') } },
      })
    })

    test.each(inside)('of %s end the Map with their name', async (name) => {
      const failure = { error: 'ModelUnavailable', cause: said('no key'), retries: 0 }
      expect(await testState(name, { input: tasks[name]!.input, failure })).toMatchObject({
        status: 'FAILED',
        error: 'ModelUnavailable',
      })
    })

    test('of a Map end in fail', async () => {
      const failure = { error: 'ModelUnavailable', cause: said('no key') }
      expect(await testState('steps', { input: { run, steps: [{ step: 1 }] }, failure })).toMatchObject({
        status: 'CAUGHT_ERROR',
        nextState: 'fail',
        output: { error: { Error: 'ModelUnavailable' } },
      })
    })

    test('end the execution with the name and the sentence that fail returns', async () => {
      const marked = await testState('fail', tasks.fail!)
      expect(marked).toMatchObject({ nextState: 'failed', output: { error: 'RunFailed', cause: 'say "it"' } })
      expect(await testState('failed', { input: marked.output })).toMatchObject({
        status: 'FAILED',
        error: 'RunFailed',
        cause: 'say "it"',
      })
    })

    test('of fail itself end the execution too', async () => {
      const failure = { error: 'TypeError', cause: 'oh', retries: 0 }
      expect(await testState('fail', { input: tasks.fail!.input, failure })).toMatchObject({
        nextState: 'failed',
        output: { error: 'TypeError', cause: 'The run failed, and marking its version failed too: oh' },
      })
    })

    test.each(Object.values(flow.retried).flat())('%s is tried again, and in the end fails', async (error) => {
      const input = tasks.open!.input
      const again = await testState('open', { input, failure: { error, retries: 0 } })
      expect(again.status).toBe('RETRIABLE')
      const { MaxAttempts } = (stateCalled('open').Retry as Retrier[]).find(({ ErrorEquals }) =>
        ErrorEquals.includes(error),
      )!
      const over = await testState('open', { input, failure: { error, retries: MaxAttempts } })
      expect(over).toMatchObject({ status: 'CAUGHT_ERROR', nextState: 'fail' })
    })

    test.each(Object.keys(tasks))('%s is tried again when its Lambda is killed', async (name) => {
      const failure = { error: 'Runtime.ExitError', retries: 0 }
      expect((await testState(name, { input: tasks[name]!.input, failure })).status).toBe('RETRIABLE')
    })
  })

  test('a Task is named after the stage that it calls, or after the part of it at half price', () => {
    const parts = ['look', 'look again', 'first', 'send one', 'collect one']
    for (const [name, state] of stageTasks) expect(parts.includes(name) ? 'process' : name).toBe(stageOf(state))
  })
})
