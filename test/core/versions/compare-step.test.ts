import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerLine } from '../../../core/documents.ts'
import { type Entry, writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { jsonText } from '../../../core/text/json.ts'
import { type AnswerDifference, compareStep } from '../../../core/versions/compare-step.ts'
import { bareLine } from '../../../core/versions/ledger.ts'
import { ledgerPairs } from '../../../core/versions/ledger-pairs.ts'
import { processedItems } from '../../../core/versions/processed-items.ts'
import { answerPlace } from '../../../core/versions/step-answers.ts'
import { readRun, stepOf } from '../../../core/versions/version-documents.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const v0 = { pipeline: 'poems', version: 'v0' }
const v1 = { pipeline: 'poems', version: 'v1' }

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

interface Item {
  id: string
  text: string
  failed?: true
}

const items = (change: Record<number, Partial<Item>> = {}): Item[] =>
  Array.from({ length: 2600 }, (_, at) => ({
    id: at % 13 === 0 ? `a"b ${at}` : `id-${at}`,
    text: `poem ${at}`,
    ...change[at],
  }))

async function written(ref: typeof v0, all: readonly (Item | null)[]): Promise<void> {
  workspace.version(ref, { steps: [{ prompt_name: 'write', items: [] }] })
  async function* entries(): AsyncGenerator<Entry> {
    for (const [at, item] of all.entries()) {
      if (item === null) continue
      const bare = bareLine(planLine(at + 1, { item_id: item.id, root_id: item.id }))
      const decision = ref === v1 && at !== 7 ? ('carry' as const) : ('process' as const)
      const error = item.failed ? { kind: 'refusal' as const, message: 'No.' } : null
      const line: LedgerLine = { ...bare, decision, state: error ? 'failed' : 'answered', answer_version: 'v0', error }
      yield { line, answer: error ? null : jsonText({ id: item.id, text: item.text }, 2), error: null }
    }
  }
  await writeStep(store, ref, { step: stepOf(await readRun(store, ref), 1), entries: entries() })
}

const places = async () =>
  [answerPlace(v0, stepOf(await readRun(store, v0), 1)), answerPlace(v1, stepOf(await readRun(store, v1), 1))] as const

/** What differs, and how many answers are the same. */
async function compared(only: ReadonlySet<string> | null = null): Promise<{ same: number; other: AnswerDifference[] }> {
  const all = await Array.fromAsync(compareStep(store, await places(), only))
  const other = all.filter(({ kind }) => kind !== 'same')
  return { same: all.length - other.length, other: other.toSorted((a, b) => (a.item_id < b.item_id ? -1 : 1)) }
}

async function withoutIndex(): Promise<void> {
  for (const ref of [v0, v1]) await store.remove(stepFiles(ref, 1).index)
}

const changed = (item_id: string, before: string, after: string) => ({
  ...{ kind: 'changed', item_id, root_id: item_id },
  before: jsonText({ id: item_id, text: before }, 2),
  after: jsonText({ id: item_id, text: after }, 2),
})

test.each<[string, (Item | null)[], { same: number; other: object[] }]>([
  ['nothing', items(), { same: 2600, other: [] }],
  [
    'an answer that is longer',
    items({ 1500: { text: 'a longer poem' } }),
    { same: 2599, other: [changed('id-1500', 'poem 1500', 'a longer poem')] },
  ],
  [
    'an answer of the same length',
    items({ 2599: { text: 'poem 9952' } }),
    { same: 2599, other: [changed('id-2599', 'poem 2599', 'poem 9952')] },
  ],
  [
    'a failure',
    items({ 5: { failed: true } }),
    { same: 2599, other: [{ kind: 'removed', item_id: 'id-5', root_id: 'id-5', before: null, after: null }] },
  ],
  [
    'an item that is gone',
    items().map((item, at) => (at === 1200 ? null : item)),
    { same: 2599, other: [{ kind: 'removed', item_id: 'id-1200', root_id: 'id-1200', before: null, after: null }] },
  ],
  ['two items that stand the other way round', swapped(items(), 20, 2200), { same: 2600, other: [] }],
])('block by block the same is found as line by line: %s', async (_, other, expected) => {
  await written(v0, items())
  await written(v1, other)
  expect(await compared()).toEqual(expected)
  await withoutIndex()
  expect(await compared()).toEqual(expected)
})

function swapped(all: Item[], a: number, b: number): Item[] {
  return all.map((item, at) => (at === a ? all[b]! : at === b ? all[a]! : item))
}

test('answers are compared as they stand in the files', async () => {
  await written(v0, items())
  await written(v1, items())
  const path = join(workspace.root, stepFiles(v1, 1).collated('write.json'))
  const whole = readFileSync(path, 'utf8')
  workspace.write(stepFiles(v1, 1).collated('write.json'), whole.replace('poem 1700"', 'mine 1700"'))
  const expected = { same: 2599, other: [changed('id-1700', 'poem 1700', 'mine 1700')] }
  expect(await compared()).toEqual(expected)
  workspace.write(stepFiles(v1, 1).collated('write.json'), whole.slice(0, whole.indexOf('"id": "id-2500"')))
  expect((await compared()).other.map(({ kind }) => kind)).toContain('removed')
})

test('of some root ids only their items are compared', async () => {
  await written(v0, items())
  await written(v1, items({ 1500: { text: 'another poem' }, 1501: { text: 'one more' } }))
  expect(await compared(new Set(['id-1500', 'id-3']))).toEqual({
    same: 1,
    other: [changed('id-1500', 'poem 1500', 'another poem')],
  })
})

test('of two versions that differ in one answer, one block is read line by line', async () => {
  await written(v0, items())
  await written(v1, items({ 1500: { text: 'another poem' } }))
  const pairs = await Array.fromAsync(ledgerPairs(store, await places(), null))
  expect(pairs.filter((pair) => 'same' in pair).map((pair) => 'same' in pair && pair.same.length)).toEqual([1000, 600])
  expect(pairs).toHaveLength(1002)
})

test('the items that a version asked for itself are found in blocks and in lines', async () => {
  await written(v0, items())
  await written(v1, items())
  for (const remove of [async () => {}, withoutIndex]) {
    await remove()
    expect([...(await processedItems(store, v0))]).toEqual(items().map(({ id }) => id))
    expect([...(await processedItems(store, v1))]).toEqual(['id-7'])
  }
})
