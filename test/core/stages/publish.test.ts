import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogEntry, PlanLine } from '../../../core/documents.ts'
import { fail } from '../../../core/stages/fail.ts'
import type { RunClock } from '../../../core/stages/final-record.ts'
import { publish } from '../../../core/stages/publish.ts'
import { stepFiles } from '../../../core/store.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { type FolderVersion, WorkspaceFolder } from '../../version-folder.ts'
import { planLine } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'poems', version: 'v1' }
const answered: FolderVersion['steps'] = [{ prompt_name: 'write', items: [{ id: '7', answer: '{"id": 7}' }] }]

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
  workspace.version({ ...ref, version: 'v0' }, { steps: answered })
  workspace.version(ref, { metadata: { status: 'running', duration_seconds: 2 }, steps: answered })
})
afterEach(() => workspace.remove())

const start = new Date(2026, 2, 2, 9, 15).getTime()
const clock: RunClock = { workedMs: () => 15_240, now: () => start + 15_240 }
const entry = (message: string): LogEntry => ({ time: '2026-03-02T09:15:00', level: 'info', message })

/** The journal and the plan of a step as a run leaves them that did not come to its end. */
async function keepOne(planned: PlanLine[], answer: string | null): Promise<void> {
  workspace.write(stepFiles(ref, 1).plan, planned.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const keeper = await store.keeper(ref, 1)
  const [line] = planned
  const { item_index, item_id, root_id, segment, output_id, decision, reason } = line!
  await keeper.keep({
    line: {
      ...{ item_id, root_id, item_index, output_id, segment, decision, reason, state: 'answered' },
      ...{ answer_version: 'v1', answer_bytes: null, fingerprint: 'f', model: 'm', cost_usd: 0.25 },
      ...{ input_tokens: 10, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0 },
      ...{ milliseconds: 5, attempts: 1, request_id: null, error: null },
    },
    answer,
    reply: null,
  })
  await keeper.close()
}

test('publishing completes the record, moves latest and removes what only an unfinished version needs', async () => {
  workspace.write('outputs/poems/v1/work/01.jsonl', '')
  const done = await publish(store, ref, clock)
  expect(done).toMatchObject({
    ...{ version: 'v1', status: 'completed', duration_seconds: 17.2 },
    stats: { items: 1, processed: 1, failed: 0, input_tokens: 1000, cost_usd: 0.001 },
  })
  expect((await store.version(ref))?.metadata).toEqual(done)
  expect(await store.latest('poems')).toBe('v1')
  expect(await store.list('outputs/poems/v1')).not.toContain('work/')
})

test('a duration is never negative, and takes nothing from an earlier one', async () => {
  const done = await publish(store, ref, { workedMs: () => -3_587_000, now: () => start })
  expect(done.duration_seconds).toBe(2)
})

test('publishing twice is publishing once', async () => {
  await store.log(ref, entry('an item was asked for twice'))
  const once = await publish(store, ref, clock)
  const later: RunClock = { workedMs: () => 99_000, now: () => start + 99_000 }
  expect(await publish(store, ref, later)).toEqual(once)
  expect((await store.version(ref))?.metadata).toEqual(once)
})

test('publishing again finishes what a kill left: latest and work/', async () => {
  workspace.version(ref, { metadata: { status: 'completed' }, steps: answered })
  workspace.latest({ ...ref, version: 'v0' })
  workspace.write('outputs/poems/v1/work/01.jsonl', '')
  await publish(store, ref, clock)
  expect(await store.latest('poems')).toBe('v1')
  expect(await store.list('outputs/poems/v1')).not.toContain('work/')
})

test('publishing an older version does not move latest back', async () => {
  workspace.version({ ...ref, version: 'v2' }, { steps: answered })
  await publish(store, ref, clock)
  expect(await store.latest('poems')).toBe('v2')
})

test('a one-off run has no latest', async () => {
  const oneOff = { pipeline: '_runs', version: '01KJ0000000000000000000000' }
  workspace.version(oneOff, { metadata: { status: 'running' }, steps: answered })
  expect(await publish(store, oneOff, clock)).toMatchObject({ status: 'completed' })
  expect(await store.list('outputs/_runs')).toEqual([`${oneOff.version}/`])
})

test('labels and notes that were changed by hand during the run stay', async () => {
  await store.updateVersion(ref, { pipeline_status: 'beta', notes: 'mine' })
  expect(await publish(store, ref, clock)).toMatchObject({ pipeline_status: 'beta', notes: 'mine' })
})

test('the first 200 log entries stand in the record, then how many more there are', async () => {
  for (let at = 1; at <= 203; at++) await store.log(ref, entry(`entry ${at}`))
  const { logs } = await publish(store, ref, clock)
  expect(logs).toHaveLength(201)
  expect(logs.slice(199)).toEqual([
    entry('entry 200'),
    { time: '2026-03-02T09:15:15', level: 'info', message: '3 more in the ledger' },
  ])
})

test('exactly 200 log entries have no more behind them', async () => {
  for (let at = 1; at <= 200; at++) await store.log(ref, entry(`entry ${at}`))
  const { logs } = await publish(store, ref, clock)
  expect(logs).toEqual(Array.from({ length: 200 }, (_, at) => entry(`entry ${at + 1}`)))
})

test('a version that fails keeps what was paid for, says why, and leaves latest and work/ as they are', async () => {
  workspace.latest({ ...ref, version: 'v0' })
  await keepOne([planLine(1), planLine(2)], '{\n  "id": 4001\n}')
  const failed = await fail(store, ref, { status: 'failed', reason: 'The key is wrong.', clock })
  expect(failed).toMatchObject({
    ...{ status: 'failed', duration_seconds: 17.2 },
    stats: { items: 1, processed: 1, input_tokens: 10, cost_usd: 0.25 },
    logs: [{ time: '2026-03-02T09:15:15', level: 'error', message: 'The key is wrong.' }],
  })
  expect(await store.latest('poems')).toBe('v0')
  expect(await store.list('outputs/poems/v1')).toContain('work/')
  const { kept } = (await (await store.kept(ref, 1)).find({ item_index: 1, segment: '1' })) ?? {}
  expect(kept?.answer).toBe('{\n  "id": 4001\n}')
})

test('a version that was stopped is aborted', async () => {
  expect(await fail(store, ref, { status: 'aborted', reason: 'Stopped.', clock })).toMatchObject({
    status: 'aborted',
  })
})

test('failing twice is failing once', async () => {
  const failure = { status: 'failed', reason: 'The key is wrong.', clock } as const
  const once = await fail(store, ref, failure)
  expect(await fail(store, ref, failure)).toEqual(once)
  expect((await store.version(ref))?.metadata).toEqual(once)
})

test('a completed version cannot fail any more', async () => {
  const done = await publish(store, ref, clock)
  expect(await fail(store, ref, { status: 'failed', reason: 'Too late.', clock })).toEqual(done)
})

test('a version that is not there cannot fail', async () => {
  const nowhere = { ...ref, version: 'v9' }
  expect(await fail(store, nowhere, { status: 'failed', reason: 'Nothing.', clock })).toBeUndefined()
})

test('durations of several attempts add up', async () => {
  await fail(store, ref, { status: 'aborted', reason: 'Stopped.', clock })
  await store.updateVersion(ref, { status: 'running' })
  expect(await publish(store, ref, clock)).toMatchObject({ status: 'completed', duration_seconds: 32.4 })
})
