import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { highestIndex } from '../../../core/items/highest-index.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { type FolderItem, WorkspaceFolder } from '../../version-folder.ts'
import { planLine } from '../steps.ts'

let workspace: WorkspaceFolder
beforeEach(() => {
  workspace = new WorkspaceFolder()
})
afterEach(() => workspace.remove())

const highest = (step = 1) => highestIndex(new FolderStore(workspace.root), 'poems', step)

function version(name: string, ...steps: FolderItem[][]): void {
  workspace.version(
    { pipeline: 'poems', version: name },
    { steps: steps.map((items, at) => ({ prompt_name: `step${at}`, items })) },
  )
}

const at = (item_index: number): FolderItem => ({ id: String(item_index), answer: '{}', line: { item_index } })

test('a pipeline without versions gave no position', async () => {
  expect(await highest()).toBe(0)
})

test('the highest position counts, in whichever version it was given', async () => {
  version('v0', [at(1), at(2)])
  version('v1', [at(1), at(2), at(9)])
  version('v2', [at(1), at(3)])
  expect(await highest()).toBe(9)
})

test('a ledger that is cut off is named with what mends it', async () => {
  version('v0', [at(1), at(2)])
  const ledger = join(workspace.root, 'outputs/poems/v0/01_ledger.jsonl')
  writeFileSync(ledger, readFileSync(ledger, 'utf8').slice(0, -20))
  await expect(highest()).rejects.toThrow(
    'outputs/poems/v0/01_ledger.jsonl ends in a line that is cut off, so it is not known which positions were given to items. `itemwise doctor poems --fix` mends it.',
  )
})

test('each step counts for itself', async () => {
  version('v0', [at(1), at(7)], [at(1)])
  expect([await highest(1), await highest(2), await highest(3)]).toEqual([7, 1, 0])
})

test('a step without items gave no position', async () => {
  version('v0', [])
  expect(await highest()).toBe(0)
})

test('a position that only the plan of an unfinished version gave counts too', async () => {
  version('v0', [at(1), at(2)])
  const planned = [planLine(3), planLine(8)].map((line) => JSON.stringify(line))
  workspace.write('outputs/poems/v0/work/01.jsonl', `${planned.join('\n')}\n`)
  expect(await highest()).toBe(8)
})

test('the last line is read whole, however long it is', async () => {
  const failed = (item_index: number, length: number): FolderItem => ({
    id: String(item_index),
    line: { item_index, error: { kind: 'invalid_json', message: 'é'.repeat(length) } },
  })
  version('v0', [failed(1, 10), failed(2, 300_000)])
  expect(await highest()).toBe(2)
  version('v0', [failed(1, 300_000), failed(3, 10)])
  expect(await highest()).toBe(3)
  version('v0', [failed(4, 300_000)])
  expect(await highest()).toBe(4)
})
