import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerLine, ResolvedStep } from '../../../core/documents.ts'
import { statsOf } from '../../../core/versions/stats.ts'
import { readRun } from '../../../core/versions/version-documents.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { type FolderItem, WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
beforeEach(() => {
  workspace = new WorkspaceFolder()
})
afterEach(() => workspace.remove())

const ref = { pipeline: 'poems', version: 'v1' }

async function stats(...steps: { items: FolderItem[]; step?: Partial<ResolvedStep> }[]) {
  workspace.version(ref, { steps: steps.map((step, at) => ({ prompt_name: `step${at + 1}`, ...step })) })
  const store = new FolderStore(workspace.root)
  return statsOf(store, ref, await readRun(store, ref))
}

const answered = (id: string, line: Partial<LedgerLine> = {}): FolderItem => ({ id, answer: '{}', line })
const carried = (id: string, line: Partial<LedgerLine> = {}): FolderItem => ({ id, answer: '{}', from: 'v0', line })
const failed = (id: string, line: Partial<LedgerLine> = {}): FolderItem => ({ id, line })
const skipped = (id: string, line: Partial<LedgerLine> = {}): FolderItem => ({
  id,
  from: 'v0',
  line: { decision: 'skip', state: 'skipped', error: null, answer_version: null, ...line },
})

test('a step counts its lines by what was decided and by how they stand', async () => {
  const { steps } = await stats({ items: [answered('1'), carried('2'), failed('3'), skipped('4')] })
  expect(steps).toEqual([
    {
      ...{ step: 1, prompt_name: 'step1', model: 'claude-haiku-5-5', template_sha256: expect.any(String) },
      ...{ items: 4, processed: 2, carried_over: 1, skipped: 1, failed: 1, answers: 2 },
      ...{ input_tokens: 2000, output_tokens: 100, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd: 0.002 },
      failed_by_kind: { invalid_json: 1 },
      // Two answers of two bytes: [, a line each with its comma, ].
      output_bytes: 15,
    },
  ])
})

test('failures are counted by kind, those that stand from the base too; without any there is no such field', async () => {
  const { steps } = await stats(
    {
      items: [
        failed('1'),
        failed('2', { error: { kind: 'refusal', message: 'No.' } }),
        failed('3', { decision: 'carry' }),
      ],
    },
    { items: [answered('4')] },
  )
  expect(steps.map(({ failed_by_kind }) => failed_by_kind)).toEqual([{ invalid_json: 2, refusal: 1 }, undefined])
})

test('a run counts its items by the root item: one that two steps processed counts once', async () => {
  const counts = await stats(
    { items: [answered('1'), answered('2'), failed('3'), skipped('4')] },
    { items: [answered('1'), failed('2', { item_index: 2 })] },
  )
  expect(counts).toMatchObject({
    ...{ items: 4, processed: 3, carried_over: 0, skipped: 1, failed: 2 },
    ...{ input_tokens: 5000, output_tokens: 250, cost_usd: 0.005 },
  })
})

test('an item that only a later step processed is processed by the run', async () => {
  const counts = await stats({ items: [carried('1'), carried('2')] }, { items: [carried('1'), answered('2')] })
  expect(counts).toMatchObject({ items: 2, processed: 1, carried_over: 1, skipped: 0, failed: 0 })
})

test('processed, carried over and skipped are all items', async () => {
  const counts = await stats(
    { items: [answered('1'), carried('2'), skipped('3'), carried('4')] },
    { items: [skipped('1'), skipped('2', { item_index: 2 }), answered('4', { item_index: 4 })] },
  )
  expect(counts.processed + counts.carried_over + counts.skipped).toBe(counts.items)
})

test('a step that reads another file has items of its own', async () => {
  const input = { from: 'file' as const, path: 'inputs/b.json', resolved: 'inputs/b.json', pointer: '', sha256: '' }
  const counts = await stats({ items: [answered('1'), answered('2')] }, { items: [answered('1')], step: { input } })
  expect(counts).toMatchObject({ items: 3, processed: 3 })
})

test('a single call is no item where there are items', async () => {
  const counts = await stats({ items: [answered('1')] }, { items: [answered('(input)')], step: { batch_mode: false } })
  expect(counts).toMatchObject({ items: 1, processed: 1, input_tokens: 2000 })
})

test('items behind a single call count where no others do, and the call itself where there are none', async () => {
  const call = { items: [answered('(input)')], step: { batch_mode: false } }
  expect(await stats(call, { items: [answered('1'), answered('2')] })).toMatchObject({ items: 2 })
  expect(await stats(call)).toMatchObject({ items: 1, processed: 1 })
})

test('a cost that is not known makes the cost of the step and of the run unknown', async () => {
  const counts = await stats({ items: [answered('1', { cost_usd: null }), answered('2')] }, { items: [answered('1')] })
  expect([counts.cost_usd, ...counts.steps.map(({ cost_usd }) => cost_usd)]).toEqual([null, null, 0.001])
})

test('a step that the run did not come to counts nothing', async () => {
  workspace.version(ref, {
    steps: [
      { prompt_name: 'a', items: [answered('1')] },
      { prompt_name: 'b', items: [] },
    ],
  })
  const store = new FolderStore(workspace.root)
  await store.remove('outputs/poems/v1/02_ledger.jsonl')
  const { steps } = await statsOf(store, ref, await readRun(store, ref))
  expect(steps.map(({ items, cost_usd }) => ({ items, cost_usd }))).toEqual([
    { items: 1, cost_usd: 0.001 },
    { items: 0, cost_usd: 0 },
  ])
})
