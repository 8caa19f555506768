import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLedger } from '../../../core/versions/ledger.ts'
import { processedItems } from '../../../core/versions/processed-items.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
const ref = { pipeline: 'p', version: 'v0' }
const lines = () => Array.fromAsync(readLedger(new FolderStore(workspace.root), ref, 1))
const processed = async () => [...(await processedItems(new FolderStore(workspace.root), ref))]

beforeEach(() => {
  workspace = new WorkspaceFolder()
})
afterEach(() => workspace.remove())

test('a ledger reads as its lines', async () => {
  workspace.version(ref, { steps: [{ prompt_name: 'w', items: [{ id: '7', answer: '{}' }, { id: '8' }] }] })
  expect((await lines()).map(({ item_id, state, answer_bytes }) => ({ item_id, state, answer_bytes }))).toEqual([
    { item_id: '7', state: 'answered', answer_bytes: [4, 6] },
    { item_id: '8', state: 'failed', answer_bytes: null },
  ])
})

test('a torn line and a line that is no ledger line are named with their place', async () => {
  workspace.write('outputs/p/v0/01_ledger.jsonl', '{"item_id": "7", "ro')
  await expect(lines()).rejects.toThrow('A ledger line is torn or is not JSON (outputs/p/v0/01_ledger.jsonl, line 1).')
  workspace.write('outputs/p/v0/01_ledger.jsonl', '\n{"item_id": "7"}\n')
  await expect(lines()).rejects.toThrow(
    'A ledger line lacks what every line has (outputs/p/v0/01_ledger.jsonl, line 2).',
  )
  await expect(Array.fromAsync(readLedger(new FolderStore(workspace.root), ref, 2))).rejects.toThrow('02_ledger.jsonl')
})

test('an item that only a later step processed again is processed by the version', async () => {
  const carried = (id: string) => ({ id, answer: '{}', from: 'v9' })
  const again = { id: '8', answer: '{}', line: { item_id: '108', root_id: '8' } }
  workspace.version(ref, {
    steps: [
      { prompt_name: 'a', items: ['7', '8'].map(carried) },
      { prompt_name: 'b', items: [carried('7'), again] },
    ],
  })
  expect(await processed()).toEqual(['8'])
})

test('a single call counts only where nothing else does', async () => {
  const call = { prompt_name: 'c', items: [{ id: '(input)', answer: '{}' }], step: { batch_mode: false } }
  workspace.version(ref, { steps: [{ prompt_name: 'a', items: [{ id: '7', answer: '{}' }] }, call] })
  expect(await processed()).toEqual(['7'])
  workspace.version(ref, { steps: [call] })
  expect(await processed()).toEqual(['(input)'])
})
