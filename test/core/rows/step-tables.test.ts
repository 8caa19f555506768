import { afterEach, beforeEach, expect, test } from 'vitest'
import { StepTables } from '../../../core/rows/step-tables.ts'
import { writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { bareLine } from '../../../core/versions/ledger.ts'
import type { VersionStep } from '../../../core/versions/version-steps.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { WatchedStore } from '../../watched-store.ts'
import { planLine, stepWith } from '../steps.ts'

const ref = { pipeline: 'p', version: 'v0' }
const resolved = stepWith()
const { ledger, collated } = stepFiles(ref, 1)
const step: VersionStep = {
  ...{ step: 1, prompt_name: 'write', collated: collated('write.json'), template: null },
  ...{ rooted: true, batch_mode: true, resolved },
}

let workspace: WorkspaceFolder
beforeEach(() => {
  workspace = new WorkspaceFolder()
})
afterEach(() => workspace.remove())

/** Writes a step with answers to so many items. */
async function write(count: number): Promise<void> {
  async function* entries() {
    for (let at = 1; at <= count; at++)
      yield { line: { ...bareLine(planLine(at)), state: 'answered' as const }, answer: `{"id":${at}}`, error: null }
  }
  await writeStep(new FolderStore(workspace.root), ref, { step: resolved, entries: entries() })
}

test('first rows are there before the table is read, also if both are asked for at once', async () => {
  await write(5000)
  const store = new WatchedStore(workspace.root)
  const size = (await store.size(ledger))!
  const tables = new StepTables(store)
  const finding = tables.firstRows(ref, step, { from: 0, limit: 50, mostBytes: 1_000_000 })
  const reading = tables.rowsOf(ref, step)
  const first = await finding
  expect([first?.items, first?.rows.length, first?.rows[49]?.answer]).toEqual([5000, 50, { id: 50 }])
  // A block of a thousand lines.
  expect(store.bytesOf(ledger)).toBeLessThan(size / 4)
  expect((await reading)?.table.length).toBe(5000)
  expect(store.bytesOf(ledger)).toBeGreaterThan(size)
})
