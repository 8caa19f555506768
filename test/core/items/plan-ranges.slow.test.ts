import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerLine, PlanLine, ResolvedStep } from '../../../core/documents.ts'
import { planLines, type StepView } from '../../../core/items/plan-lines.ts'
import { planRanges } from '../../../core/items/plan-ranges.ts'
import { writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { parseTemplate } from '../../../core/templates/template.ts'
import type { PlanRange } from '../../../core/versions/carried-range.ts'
import { bareLine } from '../../../core/versions/ledger.ts'
import { planItems } from '../../../core/versions/planned-items.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { WatchedStore } from '../../watched-store.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: WatchedStore
const base = { pipeline: 'p', version: 'v0' }
const { plan } = stepFiles({ pipeline: 'p', version: 'v1' }, 1)

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new WatchedStore(workspace.root)
})
afterEach(() => workspace.remove())

interface BaseItem {
  id: string
  state: LedgerLine['state']
  /** The positions that are left out before it. */
  gap: number
  hasOutputId: boolean
}

async function writeBase(items: readonly BaseItem[]): Promise<void> {
  let item_index = 0
  async function* entries() {
    for (const { id, state, gap, hasOutputId } of items) {
      item_index += 1 + gap
      const output_id = hasOutputId ? 900 + item_index : null
      const bare = bareLine(planLine(item_index, { item_id: id, segment: `s${item_index}`, output_id }))
      const answered = state === 'answered' ? { answer_version: 'v0', fingerprint: 'f', model: 'm' } : {}
      const error = state === 'failed' ? { kind: 'refusal' as const, message: '"state":"answered",' } : null
      const line: LedgerLine = { ...bare, ...answered, state, error }
      yield { line, answer: state === 'answered' ? JSON.stringify({ id }) : null, error: null }
    }
  }
  await writeStep(store, base, { step: stepWith(), entries: entries() })
}

interface Choice {
  ids: string[] | null
  failed: boolean
  changed: boolean
}

function viewOf(step: ResolvedStep, choice: Choice, leftOut: string[]): StepView & { base: typeof base } {
  return {
    ...{ store, read: (path: string) => store.read(path), step, base, source: { kind: 'file' }, roots: null },
    ...{
      template: parseTemplate('{text}', 'write'),
      fields: [],
      run: { mode: 'rerun', rerun: { ...choice, first_step: 1 } },
    },
    onLeftOut: (id) => leftOut.push(id),
  }
}

/** The items of a plan, without the content of those that are carried over, or why there is none. */
async function itemsOf(lines: AsyncIterable<PlanLine | PlanRange>): Promise<PlanLine[] | string> {
  try {
    const written = await Array.fromAsync(lines)
    workspace.write(plan, written.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const read = await Array.fromAsync(planItems(store, plan))
    return read.map((line) => (line.decision === 'carry' && line.reason !== 'gone' ? { ...line, item: null } : line))
  } catch (error) {
    return (error as Error).message
  }
}

const names = ['1', '2', '3', '4', '5', '6', '7', 'a"b', 'a\\', 'é🦉', '"state":"answered",']

test('a plan in ranges has the items of one that is made item by item, whatever base, input and choice are', async () => {
  const item = fc.record({
    id: fc.constantFrom(...names),
    state: fc.constantFrom('answered', 'answered', 'answered', 'answered', 'failed', 'skipped'),
    gap: fc.constantFrom(0, 0, 0, 3),
    hasOutputId: fc.boolean(),
  })
  const history = fc.record({
    items: fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: names.length }),
    input: fc.oneof(
      fc.constant(names),
      fc.shuffledSubarray(names),
      fc.array(fc.constantFrom(...names), { maxLength: 14 }),
    ),
    ids: fc.option(fc.subarray(names, { maxLength: 3 })),
    failed: fc.boolean(),
    changed: fc.boolean(),
    outputIds: fc.boolean(),
  })
  const property = fc.asyncProperty(history, async ({ items, input, outputIds, ...choice }) => {
    await writeBase(items)
    workspace.write('inputs/a.json', JSON.stringify(input.map((id) => ({ id, text: `of ${id}` }))))
    const step = stepWith({ output_id_field: outputIds ? 'nr' : null, next_index: 50 })
    const leftOut: string[][] = [[], []]
    const expected = await itemsOf(planLines(viewOf(step, choice, leftOut[0]!)))
    expect(await itemsOf(planRanges(viewOf(step, choice, leftOut[1]!)))).toEqual(expected)
    expect(leftOut[1]).toEqual(leftOut[0])
  })
  await fc.assert(property, { numRuns: 150 })
})

test('one item among three thousand is planned in three lines, and the others are shown to whoever asks for them', async () => {
  const ids = Array.from({ length: 3000 }, (_, at) => String(at + 1))
  await writeBase(ids.map((id) => ({ id, state: 'answered', gap: 0, hasOutputId: false })))
  workspace.write('inputs/a.json', JSON.stringify(ids.map((id) => ({ id, text: `of ${id}` }))))
  let shown = 0
  const view = viewOf(stepWith(), { ids: ['1777'], failed: false, changed: false }, [])
  const { ledger } = stepFiles(base, 1)
  const size = await store.size(ledger)
  store.forget()
  const lines = await Array.fromAsync(planRanges({ ...view, onCarried: () => (shown += 1) }))
  expect(lines.map((line) => ('carried' in line ? [line.carried.from, line.carried.to] : line.item_id))).toEqual([
    [1, 1776],
    '1777',
    [1778, 3000],
  ])
  expect(shown).toBe(2999)
  // Only the block that has the item is read, and the last line.
  expect(store.bytesOf(ledger)).toBeLessThan(size! / 2)
})

/** What may have become of the input since the base of three thousand items was made, each in its second thousand. */
const inputs: Record<string, (ids: string[]) => string[]> = {
  'as it was': (ids) => ids,
  'one is gone': (ids) => ids.toSpliced(1500, 1),
  'one more': (ids) => ids.toSpliced(1500, 0, 'new'),
  'two have changed places': (ids) => ids.with(1500, ids[1700]!).with(1700, ids[1500]!),
  'one has come from far': (ids) => ids.toSpliced(1500, 0, ids[2500]!).toSpliced(2501, 1),
  'one has another id': (ids) => ids.with(1500, '1501x'),
  'cut off': (ids) => ids.slice(0, 1500),
  'one stands twice': (ids) => ids.with(1500, '2'),
  'more at the end': (ids) => [...ids, 'new', 'newer'],
}

test.each(Object.entries(inputs))(
  'a base of several blocks is planned item by item and in blocks alike: %s',
  async (_, change) => {
    const ids = Array.from({ length: 3000 }, (_, at) => String(at + 1))
    for (const hasOutputId of [false, true]) {
      await writeBase(ids.map((id) => ({ id, state: 'answered', gap: 0, hasOutputId })))
      workspace.write('inputs/a.json', JSON.stringify(change(ids).map((id) => ({ id, text: `of ${id}` }))))
      const step = stepWith({ output_id_field: hasOutputId ? 'nr' : null, next_index: 3001 })
      for (const chosen of [['2100'], ['new', 'newer', '7']]) {
        const view = () => viewOf(step, { ids: chosen, failed: false, changed: false }, [])
        expect(await itemsOf(planRanges(view()))).toEqual(await itemsOf(planLines(view())))
      }
    }
  },
)

test('a base whose ledger was changed, or has no index, is planned as it can be read', async () => {
  const ids = Array.from({ length: 2500 }, (_, at) => String(at + 1))
  await writeBase(ids.map((id) => ({ id, state: 'answered', gap: 0, hasOutputId: false })))
  workspace.write('inputs/a.json', JSON.stringify(ids.map((id) => ({ id, text: `of ${id}` }))))
  const made = () => itemsOf(planRanges(viewOf(stepWith(), { ids: ['1777'], failed: false, changed: false }, [])))
  const right = await made()
  const { ledger, index } = stepFiles(base, 1)
  const text = Buffer.concat(await Array.fromAsync(store.read(ledger))).toString()
  workspace.write(ledger, text.replace('"item_id":"1200"', '"item_id":"1201"'))
  expect(await made()).toContain('A ledger line was changed by hand')
  workspace.write(ledger, text)
  await store.remove(index)
  expect(await made()).toEqual(right)
})
