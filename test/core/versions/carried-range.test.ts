import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PlanLine } from '../../../core/documents.ts'
import { writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { baseItems } from '../../../core/versions/base-items.ts'
import { CarriedFold, type PlanRange, RangeItems } from '../../../core/versions/carried-range.ts'
import { bareLine, readLedger } from '../../../core/versions/ledger.ts'
import { itemsToProcess, planItems } from '../../../core/versions/planned-items.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const base = { pipeline: 'p', version: 'v0' }
const { plan } = stepFiles({ pipeline: 'p', version: 'v1' }, 1)

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

/** Writes a base whose items stand at these positions, and returns a plan that carries each of them over. */
async function carried(positions: readonly number[]): Promise<PlanLine[]> {
  async function* entries() {
    for (const at of positions)
      yield {
        line: { ...bareLine(planLine(at)), state: 'answered' as const },
        answer: `{\n  "id": ${at}\n}`,
        error: null,
      }
  }
  await writeStep(store, base, { step: stepWith(), entries: entries() })
  const lines = await Array.fromAsync(readLedger(store, base, 1))
  return lines.map((line) => ({
    ...planLine(line.item_index),
    ...{ decision: 'carry', reason: 'not_chosen', item: '{}', root: null, base: line },
  }))
}

function folded(lines: readonly PlanLine[]): string[] {
  const fold = new CarriedFold(base)
  const written = [...lines.flatMap((line) => fold.add(line)), ...fold.end()]
  return written.map((line) => `${JSON.stringify(line)}\n`)
}

test('a plan with ranges has the same items as one without, but for the content of those that are carried', async () => {
  const gap = fc.constantFrom(1, 1, 1, 1, 2, 5)
  const change = fc.constantFrom('carry', 'carry', 'carry', 'carry', 'process', 'gone', 'reason', 'other id')
  const property = fc.asyncProperty(fc.array(fc.tuple(gap, change), { maxLength: 40 }), async (items) => {
    let at = 0
    const lines = await carried(items.map(([step]) => (at += step)))
    const planned = lines.map((line, nth): PlanLine => {
      const what = items[nth]![1]
      if (what === 'process') return { ...line, decision: 'process', reason: 'chosen' }
      if (what === 'gone') return { ...line, item: null }
      if (what === 'reason') return { ...line, reason: 'unchanged' }
      return what === 'other id' ? { ...line, item_id: 'other' } : line
    })
    workspace.write(plan, folded(planned).join(''))
    const read = await Array.fromAsync(planItems(store, plan))
    const bare = ({ item: _item, id_json: _json, ...line }: PlanLine) => line
    expect(read.map(bare)).toEqual(planned.map(bare))
    const size = (await store.size(plan)) ?? 0
    const toAsk = await Array.fromAsync(itemsToProcess(store, plan, [0, size]))
    expect(toAsk).toEqual(planned.filter(({ decision }) => decision === 'process'))
  })
  await fc.assert(property, { numRuns: 40 })
})

test('one item to ask for among two thousand is a plan of three lines', async () => {
  const lines = await carried(Array.from({ length: 2000 }, (_, at) => at + 1))
  lines[776] = { ...lines[776]!, decision: 'process', reason: 'chosen' }
  expect(folded(lines)).toHaveLength(3)
  expect(folded(lines).join('').length).toBeLessThan(2000)
})

test('what the base no longer has comes without a line of it', async () => {
  const lines = await carried([1, 2, 3, 4, 5, 6])
  const text = folded(lines).join('')
  await carried([1, 2, 3])
  workspace.write(plan, text)
  expect((await Array.fromAsync(planItems(store, plan))).map((line) => line.base?.item_index ?? null)).toEqual([
    ...[1, 2, 3],
    ...[null, null, null],
  ])
})

test('on an unfinished base that took over what is gone nothing is built', async () => {
  const lines = await carried([1, 2, 3, 4, 5, 6])
  workspace.write(plan, folded(lines).join(''))
  const items = () => Array.fromAsync(baseItems(store, { pipeline: 'p', version: 'v1' }, 1))
  expect((await items()).map(({ item_id }) => item_id)).toEqual(lines.map(({ item_id }) => item_id))
  await store.removeVersion(base)
  await expect(items()).rejects.toMatchObject({
    name: 'RunFailed',
    message: expect.stringContaining('takes over answers that its base v0 no longer has (step 1, position 1)'),
  })
})

test('of a long base only the blocks are read that hold what is looked for', async () => {
  await carried(Array.from({ length: 6000 }, (_, at) => at + 1))
  let bytes = 0
  const watched = new (class extends FolderStore {
    override async *read(...args: Parameters<FolderStore['read']>): AsyncGenerator<Uint8Array> {
      for await (const chunk of super.read(...args)) {
        if (args[0] === stepFiles(base, 1).ledger) bytes += chunk.length
        yield chunk
      }
    }
  })(workspace.root)
  const items = new RangeItems(watched, plan)
  const range = (from: number, to: number): PlanRange => ({
    ...{ item_index: to, item_id: '', segment: '', decision: 'carry', reason: 'not_chosen' },
    carried: { base_version: 'v0', from, to },
  })
  const found: number[] = []
  for (const [from, to] of [
    [5, 7],
    [5100, 5101],
  ] as const)
    for await (const line of items.of(range(from, to))) found.push(line.base?.item_index ?? -1)
  await items.close()
  expect(found).toEqual([5, 6, 7, 5100, 5101])
  expect(bytes).toBeLessThan(((await store.size(stepFiles(base, 1).ledger)) ?? 0) * 0.6)
})
