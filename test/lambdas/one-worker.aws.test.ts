/** One worker a batch: calls of the Lambda `process` for one batch at once, each in a process of its own, counted at the model's server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import type { ProcessEvent, ProcessResult } from '../../lambdas/events.ts'
import { handler as open } from '../../lambdas/open.ts'
import { handler as plan } from '../../lambdas/plan.ts'
import { Cloud, freshName, lambdaVariables, stack } from '../aws/cloud.ts'
import { within } from '../aws/running-lambda-processes.ts'
import { step1, wordFiles } from '../stories/words.ts'

let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
  Object.assign(process.env, lambdaVariables())
})
afterEach(() => {
  process.env = before
})

/** A run whose first step is planned, and the event of its only batch. */
async function planned(count: number, latencyMs: number): Promise<{ cloud: Cloud; event: ProcessEvent }> {
  const files = wordFiles(count, [{ ...step1, max_concurrency: 4 }], { pipeline_name: freshName('words') })
  const cloud = await Cloud.begin(files, { latencyMs })
  const name = freshName('run')
  const execution = { id: `${stack.StateMachineArn}:${name}`, name }
  const { run } = await open({ input: files['pipelines/words.json'], execution })
  const { file, map_concurrency, batch_concurrency } = await plan({ run, step: 1 })
  const [batch] = await cloud.json<Chunk[]>(file)
  return { cloud, event: { run, step: 1, batch: batch!, map_concurrency, batch_concurrency, left: null } }
}

interface Called {
  child: ChildProcess
  printed: () => string
  result: Promise<ProcessResult | undefined>
}

function call(event: ProcessEvent, milliseconds = 600_000): Called {
  const program = join(import.meta.dirname, 'another-call.ts')
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, [program, JSON.stringify(event), String(milliseconds)], { stdio: [...stdio] })
  let out = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  const last = () => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')
  return {
    child,
    printed: () => out,
    result: once(child, 'close').then(([code]) => (code === 0 ? last() : undefined)),
  }
}

const recordsOf = async (cloud: Cloud, { run }: ProcessEvent) => (await cloud.store.progress(run).read())?.steps[0]

test('two calls at once: the second waits for the first, and every item is asked for once', async () => {
  const { cloud, event } = await planned(25, 300)
  await using _cloud = cloud
  const [first, second] = [call(event), call(event)]
  const done = { ...event, left: 0, done: true }
  expect(await Promise.all([first.result, second.result])).toEqual([done, done])
  expect([cloud.sent.length, new Set(cloud.asked()).size]).toEqual([25, 25])
  expect(await recordsOf(cloud, event)).toMatchObject({ answered: 25, failed: 0, kept: 0 })
})

test('if the first is killed, the second takes over when three beats are missing, and asks for the rest', async () => {
  const { cloud, event } = await planned(25, 300)
  await using _cloud = cloud
  const first = call(event)
  await within('eight calls', () => cloud.sent.length >= 8)
  const second = call(event)
  first.child.kill('SIGKILL')
  expect(await first.result).toBeUndefined()
  expect(await second.result).toEqual({ ...event, left: 0, done: true })
  // At most the calls that were under way, and as many answers that were not acknowledged yet, are asked for again.
  expect(new Set(cloud.asked()).size).toBe(25)
  expect(cloud.sent.length).toBeLessThanOrEqual(25 + 2 * 4)
})

test('a call that hands its rest back leaves the batch to the one that waits', async () => {
  const { cloud, event } = await planned(14, 2500)
  await using _cloud = cloud
  // Begins no calls after 6 s of its 16.
  const first = call(event, 16_000)
  await within('one call', () => cloud.sent.length > 0)
  const second = call(event)
  const handedBack = await first.result
  expect(handedBack).toMatchObject({ done: false })
  expect(handedBack?.left).toBeGreaterThan(0)
  expect(await second.result).toEqual({ ...event, left: 0, done: true })
  expect([cloud.sent.length, new Set(cloud.asked()).size]).toEqual([14, 14])
})

test('a call that stood still for so long that another took over makes no new calls, and ends when that one has ended', async () => {
  const { cloud, event } = await planned(25, 300)
  await using _cloud = cloud
  const first = call(event)
  await within('eight calls', () => cloud.sent.length >= 8)
  first.child.kill('SIGSTOP')
  const before = cloud.sent.length
  const second = call(event)
  await within('a call of the second', () => cloud.sent.length > before)
  first.child.kill('SIGCONT')
  const done = { ...event, left: 0, done: true }
  expect(await Promise.all([first.result, second.result])).toEqual([done, done])
  // Those that were under way, as many answers that were not acknowledged yet, and what the first began before it heard of the other:
  // on a busy machine two rounds.
  expect(cloud.sent.length).toBeLessThanOrEqual(25 + 4 * 4)
  expect(new Set(cloud.asked()).size).toBe(25)
})

test('a call that waited for all of its time hands back what it was given, and not before', async () => {
  const { cloud, event } = await planned(4, 7000)
  await using _cloud = cloud
  const first = call(event)
  await within('four calls', () => cloud.sent.length === 4)
  const began = performance.now()
  const second = call(event, 8000)
  expect(await second.result).toEqual({ ...event, done: false })
  expect(performance.now() - began).toBeGreaterThan(3000)
  expect(await first.result).toEqual({ ...event, left: 0, done: true })
  expect(cloud.sent.length).toBe(4)
})

test('a call that waits hears of a stop', async () => {
  const { cloud, event } = await planned(4, 5000)
  await using _cloud = cloud
  const first = call(event)
  await within('four calls', () => cloud.sent.length === 4)
  const second = call(event)
  await within('the second waits', () => second.printed().includes('this one waits for it'))
  await cloud.store.progress(event.run).stop({ by: 'person', error: 'RunInterrupted', message: 'Stopped.' })
  expect([await first.result, await second.result]).toEqual([undefined, undefined])
  expect(cloud.sent.length).toBe(4)
})
