import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordSpending } from '../../../core/versions/record-spending.ts'
import { readRun } from '../../../core/versions/version-documents.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'poems', version: 'v0' }
const now = Date.UTC(2026, 2, 5)

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
  workspace.version(ref, { steps: [{ prompt_name: 'write', items: [] }] })
})
afterEach(() => workspace.remove())

const spent = (cost_usd: number | null) => ({
  ...{ input_tokens: 100, output_tokens: 10, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd },
})
const counts = { items: 1, processed: 1, carried_over: 0, skipped: 0, failed: 0 }
const recordingOf = (cost_usd: number | null) => {
  const step = { step: 1, prompt_name: 'write', model: 'm', template_sha256: '', ...counts, ...spent(cost_usd) }
  const stats = { ...counts, ...spent(cost_usd), steps: [step] }
  return { metadata: { pipeline_status: 'draft' }, stats, now }
}
const log = async (month = '2026-03') => (await store.spendLog(month)).entries

test('what the log lacks is added, once, and under the run that began the version', async () => {
  const { run_id } = await readRun(store, ref)
  // A stage on AWS hands over its execution, which has an id of its own if it resumed the version.
  const pointer = { ...ref, run_id: 'another', epoch: 2 }
  for (let time = 0; time < 2; time++) await recordSpending(store, pointer, recordingOf(0.25))
  await recordSpending(store, ref, recordingOf(0.75))
  expect(await log()).toMatchObject([
    { kind: 'spent', run_id, pipeline: 'poems', version: 'v0', label: 'draft', counted_usd: 0.25 },
    { run_id, counted_usd: 0.5, models: [{ model: 'm', input_tokens: 0, cost_usd: 0.5 }] },
  ])
})

test('it ends what the run had reserved, in the month of that, even if nothing was spent', async () => {
  const { run_id } = await readRun(store, ref)
  const reserved = { kind: 'reserved' as const, time: '', run_id, pipeline: 'poems', usd: 1 }
  await store.addSpend('2026-03', 0, reserved)
  const later = { ...recordingOf(0.25), now: Date.UTC(2026, 3, 1) }
  await recordSpending(store, ref, later)
  expect((await log()).map(({ kind }) => kind)).toEqual(['reserved', 'spent'])
  expect(await log('2026-04')).toEqual([])
  await store.addSpend('2026-04', 0, reserved)
  await recordSpending(store, ref, later)
  expect((await log('2026-04')).map(({ kind }) => kind)).toEqual(['reserved', 'spent'])
})

test('what a limit had to count as its most is taken back when it has turned out to be less', async () => {
  const account = await store.spendAccount(ref, 5)
  await account!.reserve(2)
  await recordSpending(store, ref, recordingOf(0.25))
  await account!.settle(2, 0.5)
  await recordSpending(store, ref, recordingOf(0.5))
  await account!.close()
  expect((await log()).map((entry) => 'counted_usd' in entry && entry.counted_usd)).toEqual([2, -1.5])
})

test('an unknown cost is kept as unknown', async () => {
  await recordSpending(store, ref, recordingOf(null))
  expect(await log()).toMatchObject([{ counted_usd: 0, models: [{ cost_usd: null }] }])
})
