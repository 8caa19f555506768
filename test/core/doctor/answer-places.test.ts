import { afterEach, beforeEach, expect, test } from 'vitest'
import { AnswerPlaces } from '../../../core/doctor/answer-places.ts'
import { writeStep } from '../../../core/stages/collation.ts'
import { bareLine, readLedger } from '../../../core/versions/ledger.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'p', version: 'v0' }

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

test('each answer of a ledger stands where its line says, and nowhere else', async () => {
  async function* entries() {
    for (let at = 1; at <= 1500; at++)
      yield { line: bareLine(planLine(at)), answer: at % 5 === 0 ? null : `"${at}"`, error: null }
  }
  await writeStep(store, ref, { step: stepWith(), entries: entries() })
  const places = await AnswerPlaces.of(store, ref, 1)
  for await (const { item_id, answer_bytes } of readLedger(store, ref, 1)) {
    expect(places.isElsewhere({ item_id, answer_bytes })).toBe(false)
    const [start, end] = answer_bytes ?? [2, 5]
    expect(places.isElsewhere({ item_id, answer_bytes: [start + 1, end] })).toBe(true)
    expect(places.isElsewhere({ item_id, answer_bytes: [start, end + 1] })).toBe(true)
    expect(places.isElsewhere({ item_id, answer_bytes: null })).toBe(answer_bytes !== null)
  }
  expect(places.isElsewhere({ item_id: 'another', answer_bytes: [1, 2] })).toBe(false)
})

test('without a base nothing stands elsewhere', async () => {
  const places = await AnswerPlaces.of(store, null, 1)
  expect(places.isElsewhere({ item_id: '4001', answer_bytes: [1, 2] })).toBe(false)
})
