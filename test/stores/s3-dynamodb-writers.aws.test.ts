/** Who writes a version in the cloud: epochs, executions, the end of a run, counts and the stop flag. */
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RequestRefused, RunInterrupted, VersionBusy, WriterReplaced } from '../../core/errors.ts'
import { nothingSpent } from '../../core/money/spending.ts'
import type { VersionRef } from '../../core/store.ts'
import { type CloudOptions, CloudStore, type StepDelta } from '../../stores/s3-dynamodb.ts'
import { type CloudTestPlace, makeCloudPlace } from './cloud-place.ts'
import { answered, newVersion } from './samples.ts'
import { found } from './store-contract.ts'

const v0: VersionRef = { pipeline: 'poems', version: 'v0' }
const minute = 60_000
const noon = Date.parse('2026-11-24T12:00:00Z')

async function* oneChunk() {
  yield '[]'
}

describe('writers, on LocalStack', () => {
  let place: CloudTestPlace
  const clock = { now: noon }
  beforeEach(async () => {
    clock.now = noon
    place = await makeCloudPlace()
  })
  afterEach(() => place.remove())

  const open = (options: CloudOptions = {}) =>
    new CloudStore(place, { clients: place.clients, now: () => clock.now, ...options })
  const execution = (id: string) => ({ id, arn: `arn:aws:states:us-east-1:000000000000:execution:Runs:${id}` })
  const create = (store: CloudStore) => store.createVersion('poems', (version) => newVersion(version))
  const delta = (change: Partial<StepDelta>): StepDelta => ({
    answered: 0,
    failed: 0,
    kept: 0,
    ...nothingSpent,
    ...change,
  })

  describe('epochs', () => {
    test('a writer that gave no sign for five minutes is taken over, and its time is inherited', async () => {
      await (await create(open())).lease.handOver()
      clock.now += 4 * minute
      await expect(open().lease(v0)).rejects.toBeInstanceOf(VersionBusy)
      await expect(open().lease(v0)).rejects.toThrow(
        /^outputs\/poems\/v0 is being run by process \d+ on \S+ since 2026-11-24T12:00:00.000Z \(last seen 2026-11-24T12:00:00.000Z\)\. Only one run/,
      )
      await open().progress(v0).beat(1, 1, delta({}))
      clock.now += 5 * minute
      expect((await open().version(v0))?.alive).toBe(false)
      const lease = await open().lease(v0)
      expect([lease.epoch, lease.inheritedSeconds, lease.started]).toEqual([2, 240, clock.now - 240_000])
      await lease.release()
      const next = await open().lease(v0)
      expect([next.epoch, next.inheritedSeconds]).toEqual([3, 0])
      await next.release()
    })

    test('an older writer keeps nothing more, reserves nothing more, and its lease says so', async () => {
      const old = open()
      const { lease } = await create(old)
      const keeper = await old.keeper(v0, 1)
      const account = await old.spendAccount(v0, 1)
      await keeper.keep(answered(1))
      clock.now += 6 * minute
      const successor = await open().lease(v0)
      await expect(keeper.keep(answered(1, '"late"'))).rejects.toBeInstanceOf(WriterReplaced)
      await expect(account?.reserve(0.1)).rejects.toBeInstanceOf(WriterReplaced)
      expect(lease.lost.aborted).toBe(true)
      await lease.release()
      expect((await open().version(v0))?.alive).toBe(true)
      await expect(keeper.close()).rejects.toBeInstanceOf(WriterReplaced)
      const output = await Array.fromAsync(open().read('outputs/poems/v0/items/4001/01_output.json'))
      expect(Buffer.concat(output).toString()).toBe('{"n": 1}\n')
      await successor.release()
    })

    test('what a replaced writer had paid for is known, but the answer of the new one stands', async () => {
      const old = open()
      await (await create(old)).lease.handOver()
      const keeper = await old.keeper(v0, 1)
      clock.now += 6 * minute
      const next = open()
      const successor = await next.lease(v0)
      await expect(keeper.keep(answered(1, '"old"'))).rejects.toBeInstanceOf(WriterReplaced)
      const nextKeeper = await next.keeper(v0, 1)
      await nextKeeper.keep(answered(1, '"new"'))
      await nextKeeper.close()
      await expect(keeper.close()).rejects.toBeInstanceOf(WriterReplaced)
      const item = await found(open(), v0, 1)
      expect([item?.kept?.answer, item?.spent.length]).toEqual(['"new"', 1])
      await successor.release()
    })

    test('a later stage writes under the epoch of the run, and stops when a newer run has begun', async () => {
      const opening = open({ execution: execution('run-1') })
      const { epoch } = await (await create(opening)).lease.handOver()
      const stage = open({ writer: { ref: v0, epoch } })
      const keeper = await stage.keeper(v0, 1)
      await keeper.keep(answered(1))
      clock.now += 4 * minute
      // A sign of life: the run is not dead.
      await keeper.keep(answered(2))
      clock.now += 4 * minute
      expect((await open().version(v0))?.alive).toBe(true)
      clock.now += 2 * minute
      const next = await open({ execution: execution('run-2') }).lease(v0)
      await expect(keeper.keep(answered(3))).rejects.toBeInstanceOf(WriterReplaced)
      await expect(keeper.close()).rejects.toBeInstanceOf(WriterReplaced)
      const late = await open({ writer: { ref: v0, epoch } }).keeper(v0, 1)
      await expect(late.keep(answered(4))).rejects.toBeInstanceOf(WriterReplaced)
      await next.release()
    })

    test('an execution that took a version and was killed takes it again; another one waits', async () => {
      const { lease } = await create(open())
      await lease.release()
      await open({ execution: execution('run-2') }).lease(v0)
      await expect(open({ execution: execution('run-3') }).lease(v0)).rejects.toBeInstanceOf(VersionBusy)
      const again = await open({ execution: execution('run-2') }).lease(v0)
      expect([again.epoch, (await open().run('run-2'))?.epoch]).toEqual([3, 3])
      await again.release()
    })

    test('when the work of a version is over, whoever still works for it stops, and brings no record back', async () => {
      const store = open()
      const { lease } = await create(store)
      const stage = open({ writer: { ref: v0, epoch: 1 } })
      const account = await stage.spendAccount(v0, 1)
      const keeper = await stage.keeper(v0, 1)
      await store.updateVersion(v0, { status: 'completed' })
      await store.removeWork(v0)
      await expect(keeper.keep(answered(1))).rejects.toBeInstanceOf(WriterReplaced)
      await expect(account?.reserve(0.1)).rejects.toBeInstanceOf(WriterReplaced)
      await account?.settle(0.1, 0.05)
      const progress = stage.progress(v0)
      expect((await progress.beat(1, 1, delta({ answered: 1 }))).epoch).toBeGreaterThan(1)
      await progress.planned(1, { items: 1, process: 1, carry: 0, skip: 0 })
      await progress.stop({ by: 'error', error: 'RunFailed', message: 'late' })
      await lease.release()
      expect([await progress.read(), await store.spendAccount(v0)]).toEqual([undefined, null])
    })

    test.each(['removeWork', 'removeVersion'] as const)(
      'and what the claims of killed workers left in the table goes with it: %s',
      async (end) => {
        const store = open()
        await (await create(store)).lease.release()
        const claiming = { step: 1, stop: new AbortController().signal, waits: () => {} }
        const numbers = Array.from({ length: 30 }, (_, at) => at + 1)
        await Promise.all(numbers.map((batch) => open().claim({ ...v0, epoch: 1 }, { ...claiming, batch })))
        const left = async () => {
          const ExpressionAttributeValues = { ':p': 'progress#poems#v0' }
          const query = { KeyConditionExpression: 'pipeline = :p', ExpressionAttributeValues, TableName: place.table }
          return (await place.clients.db.send(new QueryCommand(query))).Count
        }
        expect(await left()).toBe(31)
        await store[end](v0)
        expect(await left()).toBe(0)
      },
    )

    test('a claim of an older run holds nobody up, and is lost', async () => {
      await (await create(open())).lease.handOver()
      const waits = () => expect.fail('Nobody of this run has the batch.')
      const claiming = { step: 1, batch: 1, stop: new AbortController().signal, waits }
      const old = await open().claim({ ...v0, epoch: 1 }, claiming)
      const next = await open().claim({ ...v0, epoch: 2 }, claiming)
      await expect.poll(() => old.lost.aborted, { timeout: 30_000 }).toBe(true)
      // Ends nothing that is not its own.
      await old.end()
      const late = open().claim({ ...v0, epoch: 2 }, { ...claiming, stop: AbortSignal.timeout(100), waits: () => {} })
      await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
      expect(next.lost.aborted).toBe(false)
      await next.end()
    })

    test('a stream that is written for long gives signs of life', async () => {
      const { epoch } = await (await create(open())).lease.handOver()
      const stage = open({ writer: { ref: v0, epoch } })
      async function* slowly() {
        for (let at = 0; at < 10; at++) {
          clock.now += minute
          yield `${at}\n`
        }
      }
      await stage.write('outputs/poems/v0/collated/01_poems.json', slowly())
      expect((await open().progress(v0).read())?.seen).toBe(noon + 10 * minute)
    })
  })

  describe('executions', () => {
    test('an execution is found by its name from the moment its version appears', async () => {
      const store = open({ execution: execution('run-1') })
      expect(await store.run('run-1')).toBeUndefined()
      const { lease } = await create(store)
      const pointer = { run_id: 'run-1', ...v0, epoch: 1, execution_arn: execution('run-1').arn, started: noon }
      expect(await open().run('run-1')).toEqual(pointer)
      expect(await lease.handOver()).toEqual({ epoch: 1, started: noon })
      clock.now += 10 * minute
      await (await open({ execution: execution('run-2') }).lease(v0)).handOver()
      expect([await open().run('run-1'), await open().run('run-2')]).toEqual([
        pointer,
        { run_id: 'run-2', ...v0, epoch: 2, execution_arn: execution('run-2').arn, started: clock.now },
      ])
    })

    test('one execution begins one version', async () => {
      const store = open({ execution: execution('run-1') })
      await (await create(store)).lease.handOver()
      await expect(create(store)).rejects.toBeInstanceOf(VersionBusy)
      expect([await store.versions('poems'), (await create(open())).ref.version]).toEqual([['v0'], 'v1'])
    })

    test('a one-off keeps its files when its name is asked for again', async () => {
      const store = open()
      const { ref } = await store.createOneOff('01ABC', (version) => newVersion(version))
      const again = store.createOneOff('01ABC', () => newVersion('other'))
      await expect(again).rejects.toBeInstanceOf(RequestRefused)
      expect((await store.version(ref))?.metadata.version).toBe('01ABC')
    })

    test('an execution that has ended before it began a version begins none, nor goes on with one', async () => {
      await (await create(open())).lease.release()
      const store = open({ execution: execution('run-2') })
      expect([await open().forbidBegin('run-2'), await open().run('run-2')]).toEqual(['now', undefined])
      expect(await open().forbidBegin('run-2')).toBe('before')
      await expect(create(store)).rejects.toBeInstanceOf(RunInterrupted)
      await expect(store.lease(v0)).rejects.toBeInstanceOf(RunInterrupted)
      expect([await store.versions('poems'), await store.list('outputs/poems')]).toEqual([['v0'], ['v0/']])
      const later = open({ execution: execution('run-3') })
      expect((await create(later)).ref.version).toBe('v1')
      expect([await open().forbidBegin('run-3'), (await open().run('run-3'))?.version]).toEqual(['begun', 'v1'])
    })

    test('a version that an execution only settles does not become its own', async () => {
      await (await create(open())).lease.handOver()
      clock.now += 6 * minute
      const store = open({ execution: execution('run-2') })
      await (await store.lease(v0, { toSettle: true })).release()
      expect(await store.run('run-2')).toBeUndefined()
      await (await create(store)).lease.handOver()
      expect((await store.run('run-2'))?.version).toBe('v1')
    })

    test('the end of a run takes the version from whoever still works for it, also when it is asked for twice', async () => {
      const { epoch } = await (await create(open({ execution: execution('run-1') }))).lease.handOver()
      const stage = open({ writer: { ref: v0, epoch } })
      const account = await stage.spendAccount(v0, 1)
      const ended = () => open().endWriter(v0, { epoch, run_id: 'run-1' })
      expect([await ended(), await ended()]).toEqual([2, 2])
      clock.now += 3000
      await expect(account?.reserve(0.1)).rejects.toBeInstanceOf(WriterReplaced)
      await expect(stage.write('outputs/poems/v0/collated/01.json', oneChunk())).rejects.toBeInstanceOf(WriterReplaced)
      await expect(stage.updateVersion(v0, { status: 'completed' })).rejects.toBeInstanceOf(WriterReplaced)
      // Until the record says how it ended, nobody else may go on with it.
      await expect(open().lease(v0)).rejects.toBeInstanceOf(VersionBusy)
      await open({ writer: { ref: v0, epoch: 2 } }).updateVersion(v0, { status: 'failed' })
      const next = await open({ execution: execution('run-2') }).lease(v0)
      expect([next.epoch, await ended()]).toEqual([3, null])
      await next.release()
    })

    test('what was under way when a run ended is kept, until somebody else goes on with the version', async () => {
      const { epoch } = await (await create(open({ execution: execution('run-1') }))).lease.handOver()
      const stage = open({ writer: { ref: v0, epoch } })
      const keeper = await stage.keeper(v0, 1)
      const progress = stage.progress(v0)
      await open().endWriter(v0, { epoch, run_id: 'run-1' })
      clock.now += 3000
      const message = 'The run has ended.'
      const stop = { by: 'error', error: 'RunInterrupted', message }
      expect(await progress.beat(epoch, 1, delta({}))).toEqual({ epoch, stop })
      await keeper.keep(answered(1))
      await open({ writer: { ref: v0, epoch: 2 } }).updateVersion(v0, { status: 'failed' })
      const next = await open().lease(v0)
      clock.now += 3000
      expect(await progress.beat(epoch, 1, delta({}))).toEqual({ epoch: 3, stop: null })
      await expect(keeper.keep(answered(2))).rejects.toBeInstanceOf(WriterReplaced)
      await expect(keeper.close()).rejects.toBeInstanceOf(WriterReplaced)
      expect((await found(open(), v0, 1))?.kept?.answer).toBe('{"n": 1}')
      await next.release()
    })

    test('an end is written for as long as it takes: it is seen to live', async () => {
      const { epoch } = await (await create(open({ execution: execution('run-1') }))).lease.handOver()
      await open().endWriter(v0, { epoch, run_id: 'run-1' })
      const ending = open({ writer: { ref: v0, epoch: 2 } })
      async function* slowly() {
        for (let at = 0; at < 10; at++) {
          clock.now += minute
          yield `${at}\n`
        }
      }
      await ending.write('outputs/poems/v0/collated/01_poems.json', slowly())
      await expect(open().lease(v0)).rejects.toBeInstanceOf(VersionBusy)
    })
  })

  describe('a spend account that is shared', () => {
    test('says after each change what the limit left, whoever used it', async () => {
      await (await create(open())).lease.handOver()
      const mine = await open().spendAccount(v0, 1)
      const others = await open().spendAccount(v0)
      await mine?.reserve(0.25)
      expect(mine?.room_usd?.()).toBe(0.75)
      await others?.reserve(0.5)
      await mine?.settle(0.25, 0.125)
      expect(mine?.room_usd?.()).toBe(0.375)
    })

    test('waits for what others reserved, as long as it may come back', async () => {
      await (await create(open())).lease.handOver()
      const mine = await open().spendAccount(v0, 1)
      const others = await open().spendAccount(v0)
      if (mine?.waitForOthers === undefined) throw new Error('expected a spend account that waits')
      await others?.reserve(0.9)
      expect([await mine.reserve(0.5), await mine.waitForOthers(0.5)]).toEqual([false, true])
      await others?.settle(0.9, 0.2)
      expect([await mine.reserve(0.5), await mine.waitForOthers(0.9)]).toEqual([true, false])
    })

    test('and not for a Lambda that is gone', async () => {
      await (await create(open())).lease.handOver()
      await (await open().spendAccount(v0, 1))?.reserve(0.9)
      const mine = await open().spendAccount(v0)
      expect(await mine?.waitForOthers?.(0.5)).toBe(true)
      clock.now += 6 * minute
      expect(await mine?.waitForOthers?.(0.5)).toBe(false)
    })
  })

  describe('progress', () => {
    test('counts add up over beats and steps; a cost that is not known makes the sum unknown', async () => {
      const store = open()
      await (await create(store)).lease.handOver()
      const progress = store.progress(v0)
      await progress.planned(1, { items: 10, process: 8, carry: 1, skip: 1 })
      clock.now += 1000
      const spent = { input_tokens: 10, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4, cost_usd: 0.1 }
      await progress.beat(1, 1, delta({ answered: 2, ...spent }))
      await progress.beat(1, 1, delta({ answered: 1, failed: 1, kept: 1, ...spent, cost_usd: 0.2 }))
      await progress.beat(1, 2, delta({ answered: 1, cost_usd: null }))
      await store.spendAccount(v0, 5, 0.25)
      const zero = { items: 0, process: 0, carry: 0, skip: 0, failed: 0, kept: 0, ...nothingSpent }
      expect(await open().progress(v0).read()).toEqual({
        ...{ epoch: 1, alive: true, started: noon, seen: clock.now, stop: null },
        account: { limit_usd: 5, spent_usd: 0.25 },
        steps: [
          {
            ...{ step: 1, items: 10, process: 8, carry: 1, skip: 1, answered: 3, failed: 1, kept: 1 },
            ...{ input_tokens: 20, output_tokens: 4, cache_read_tokens: 6, cache_write_tokens: 8, cost_usd: 0.3 },
          },
          { ...zero, step: 2, answered: 1, cost_usd: null },
        ],
      })
    })

    test('a step that is planned again counts its items anew, and what it cost goes on', async () => {
      const store = open()
      await (await create(store)).lease.handOver()
      const progress = store.progress(v0)
      await progress.beat(1, 1, delta({ answered: 2, failed: 1, cost_usd: 0.5 }))
      await progress.planned(1, { items: 3, process: 3, carry: 0, skip: 0 })
      const [step] = (await progress.read())?.steps ?? []
      expect([step?.items, step?.answered, step?.failed, step?.cost_usd]).toEqual([3, 0, 0, 0.5])
    })

    test('a beat brings word of a stop and of a newer epoch; the first reason to stop stands', async () => {
      const store = open()
      await (await create(store)).lease.handOver()
      const progress = store.progress(v0)
      expect(await progress.beat(1, 1, delta({ answered: 1 }))).toEqual({ epoch: 1, stop: null })
      const first = { by: 'error', error: 'ModelUnavailable', message: 'The key is wrong.' } as const
      await progress.stop(first)
      await progress.stop({ by: 'person', error: 'RunInterrupted', message: 'Stopped.' })
      expect(await progress.beat(1, 1, delta({}))).toEqual({ epoch: 1, stop: first })
      clock.now += 6 * minute
      const next = await open().lease(v0)
      expect(await progress.beat(1, 1, delta({}))).toEqual({ epoch: 2, stop: null })
      await next.release()
    })

    test('a Lambda of an older run stops nobody of the newer one', async () => {
      await (await create(open())).lease.handOver()
      const stage = open({ writer: { ref: v0, epoch: 1 } })
      clock.now += 6 * minute
      const next = await open().lease(v0)
      await stage.progress(v0).stop({ by: 'error', error: 'RunFailed', message: 'late' })
      expect((await open().progress(v0).read())?.stop).toBeNull()
      await next.release()
    })
  })

  test('latest moves only forward, however many publish at once and in whatever order', async () => {
    const stores = Array.from({ length: 12 }, () => open())
    for (const store of stores) await (await create(store)).lease.handOver()
    const seen: number[] = []
    await Promise.all(
      stores.map(async (store, at) => {
        await store.updateVersion({ pipeline: 'poems', version: `v${(at * 5) % 12}` }, { status: 'completed' })
        await store.moveLatest('poems')
        seen.push(Number((await store.latest('poems'))?.slice(1)))
      }),
    )
    expect([
      await open().latest('poems'),
      seen.every((number, at) => at === 0 || number >= (seen[at - 1] ?? 0)),
    ]).toEqual(['v11', true])
    await open().updateVersion({ pipeline: 'poems', version: 'v11' }, { status: 'failed' })
    expect(await open().moveLatest('poems')).toBe('v11')
  })

  test('the copy of a record in the bucket is the record, its fields in order, after changes at once', async () => {
    const store = open()
    await (await create(store)).lease.handOver()
    const changes = Array.from({ length: 8 }, (_, at) => ({ notes: `n${at}`, duration_seconds: at }))
    await Promise.all(changes.map((change) => open().updateVersion(v0, change)))
    const text = Buffer.concat(await Array.fromAsync(store.read('outputs/poems/v0/metadata.json'))).toString()
    expect(text).toBe(`${JSON.stringify((await store.version(v0))?.metadata, null, 2)}\n`)
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(newVersion('v0').metadata))
  })

  test('a log that would not fit into a record is cut, and the record says by how much', async () => {
    const store = open()
    await (await create(store)).lease.handOver()
    const entry = { time: '2026-03-02T09:15:00', level: 'error' as const, message: 'x'.repeat(10_000) }
    const more = { time: entry.time, level: 'info' as const, message: '7 more in the ledger' }
    const { logs } = await store.updateVersion(v0, { logs: [...Array.from({ length: 100 }, () => entry), more] })
    expect([logs.length, logs.at(-1)?.message]).toEqual([30, '78 more in the ledger'])
  })
})
