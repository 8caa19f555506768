/** What a team's account does to a run: no free Lambdas, Lambdas that are lost for good. Every run ends, and nothing is paid for twice. */
import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterEach, describe, expect, test } from 'vitest'
import { flow } from '../../core/flow.ts'
import type { Retrier } from '../../infra/retries.ts'
import { handler as fail } from '../../lambdas/fail.ts'
import { stateCalled } from '../infra/machine.ts'
import { numbers, wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'
import { lambdaConcurrency } from './lambda-concurrency.ts'
import { makeImpatientMachine } from './own-machine.ts'
import { signalLambdas } from './running-lambda-processes.ts'

const items = Number(process.env.ITEMWISE_AWS_THROTTLED_ITEMS ?? 60)

afterEach(() => lambdaConcurrency('process', null))

async function wholeWords(cloud: Cloud, pipeline: string, version: string, count: number): Promise<void> {
  const ref = { pipeline, version }
  const { status, stats } = await cloud.metadata(ref)
  expect([status, stats.items, stats.failed]).toEqual(['completed', count, 0])
  const answers = await cloud.collated<{ nr: number }>(ref, '01_define.json')
  expect(answers.map(({ nr }) => nr)).toEqual(numbers(count))
}

describe('with one free Lambda', () => {
  test(`three runs at once of ${items} items, each asking for 1,000 calls, slow each other and all complete`, async () => {
    const pipeline = freshName('throttled')
    const files = wordFiles(items, undefined, { pipeline_name: pipeline })
    await using cloud = await Cloud.begin({ ...files, 'itemwise.yaml': 'max_concurrency: 1000\n' })
    await lambdaConcurrency('process', 1)
    const began = performance.now()
    const executions = await Promise.all([1, 2, 3].map(() => cloud.start(files['pipelines/words.json'])))
    const ends = await Promise.all(executions.map((execution) => cloud.ended(execution, items < 1000 ? 250 : 3600)))
    expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])
    for (const execution of executions)
      expect(await cloud.outputOf(execution, 'plan')).toMatchObject({ map_concurrency: 1 })
    for (const version of ['v0', 'v1', 'v2']) await wholeWords(cloud, pipeline, version, items)
    expect(cloud.sent).toHaveLength(3 * items)
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    console.log(`1 free Lambda, 3 runs of ${items} items at max_concurrency 1,000: all completed after ${seconds} s`)
  })
})

describe('with no free Lambda', () => {
  const states = (pipeline: string) => ({ pipeline: `progress#${pipeline}#v0`, record: 'state' })

  async function begin(waits: { longestWaitSeconds: number; pauseSeconds: number }) {
    const pipeline = freshName('starved')
    const files = wordFiles(30, undefined, { pipeline_name: pipeline })
    const cloud = await Cloud.begin(files)
    const machine = await makeImpatientMachine(waits)
    await lambdaConcurrency('process', 0)
    const execution = await cloud.start(files['pipelines/words.json'], randomUUID(), machine)
    const state = async () =>
      (await cloud.db.send(new GetCommand({ TableName: stack.TableName, Key: states(pipeline) }))).Item ?? {}
    return { cloud, pipeline, execution, state }
  }

  test('a run waits, does not count as dead, and goes on when there is one', async () => {
    const { cloud, pipeline, execution, state } = await begin({ longestWaitSeconds: 600, pauseSeconds: 2 })
    await using _cloud = cloud
    await expect
      .poll(async () => (await state()).waits_until, { timeout: 60_000 })
      .toBeGreaterThan(Date.now() + 200_000)
    // As it looks when its last Lambda ended long ago.
    const changed = {
      UpdateExpression: 'SET seen = :then',
      ExpressionAttributeValues: { ':then': Date.now() - 400_000 },
    }
    await cloud.db.send(new UpdateCommand({ TableName: stack.TableName, Key: states(pipeline), ...changed }))
    expect(await cloud.store.version({ pipeline, version: 'v0' })).toMatchObject({ alive: true })
    await lambdaConcurrency('process', null)
    expect((await cloud.ended(execution)).status).toBe('SUCCEEDED')
    await wholeWords(cloud, pipeline, 'v0', 30)
  })

  test('for too long, a run is ended, and says why', async () => {
    const { cloud, pipeline, execution, state } = await begin({ longestWaitSeconds: 5, pauseSeconds: 2 })
    await using _cloud = cloud
    expect((await cloud.ended(execution)).status).not.toBe('SUCCEEDED')
    expect((await state()).stop).toMatchObject({
      by: 'error',
      error: 'Lambda.TooManyRequestsException',
      message: expect.stringContaining('No Lambda was free for'),
    })
    expect(cloud.sent).toEqual([])
    await lambdaConcurrency('process', null)
    // The rule that marks versions watches the stack's own machine only.
    const { detail } = {
      detail: { executionArn: execution, name: execution.split(':').at(-1)!, status: 'ABORTED' as const },
    }
    Object.assign(process.env, { BUCKET: stack.BucketName, TABLE: stack.TableName, POWERTOOLS_LOG_LEVEL: 'SILENT' })
    await fail({ detail })
    expect((await cloud.metadata({ pipeline, version: 'v0' })).status).toBe('failed')
    await cloud.run({ resume: { pipeline } })
    await wholeWords(cloud, pipeline, 'v0', 30)
  })
})

describe('a chunk whose Lambda is killed until the machine gives up', () => {
  /** Calls of `process` for a chunk before the machine gives it up. */
  const calls = (stateCalled('process').Retry as Retrier[])
    .filter(({ ErrorEquals }) => ErrorEquals.includes(flow.retried.killed[1]))
    .reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 1)

  test('is processed once more when the others are done, and the run completes', async () => {
    const pipeline = freshName('lost')
    const files = wordFiles(60, undefined, { pipeline_name: pipeline })
    // One Lambda at a time, so that a kill meets the poisoned chunk alone.
    await using cloud = await Cloud.begin({ ...files, 'itemwise.yaml': 'max_concurrency: 1\n' })
    let kills = 0
    cloud.answer = ({ prompt }) => {
      if (prompt !== 'Define w30.' || kills === calls) return undefined
      kills += 1
      signalLambdas('process', 'SIGKILL')
      return { stall: true }
    }
    const execution = await cloud.start(files['pipelines/words.json'])
    expect((await cloud.ended(execution, 250)).status).toBe('SUCCEEDED')
    expect(kills).toBe(calls)
    await wholeWords(cloud, pipeline, 'v0', 60)
    // A kill also loses an answer that was not acknowledged yet, at most one here. Nothing that was kept is paid for again.
    expect(cloud.asked().filter((prompt) => prompt === 'Define w30.')).toHaveLength(calls + 1)
    expect(cloud.sent.length).toBeLessThanOrEqual(60 + 2 * calls)
    expect((await cloud.states(execution)).filter((name) => ['chunks', 'collate'].includes(name))).toEqual([
      'chunks',
      'collate',
      'chunks',
      'collate',
    ])
  })
})
