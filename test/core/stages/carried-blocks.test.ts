import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerLine, PlanLine } from '../../../core/documents.ts'
import { collate } from '../../../core/stages/collate.ts'
import { type Entry, writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { jsonText } from '../../../core/text/json.ts'
import { CarriedBlocks } from '../../../core/versions/carried-blocks.ts'
import { CarriedFold } from '../../../core/versions/carried-range.ts'
import { bareLine, readLedger } from '../../../core/versions/ledger.ts'
import { processedItems } from '../../../core/versions/processed-items.ts'
import { rebuiltIndex } from '../../../core/versions/rebuilt-index.ts'
import { statsOf } from '../../../core/versions/stats.ts'
import { answerPlace } from '../../../core/versions/step-answers.ts'
import { readRun, stepOf } from '../../../core/versions/version-documents.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { WatchedStore } from '../../watched-store.ts'
import { planLine } from '../steps.ts'

let workspace: WorkspaceFolder
let store: WatchedStore
const base = { pipeline: 'poems', version: 'v0' }
const ref = { pipeline: 'poems', version: 'v1' }
const files = stepFiles(ref, 1)
const baseFiles = stepFiles(base, 1)

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new WatchedStore(workspace.root)
})
afterEach(() => workspace.remove())

/** Odd ids and texts, and lines as other versions have them. */
function baseEntry(at: number, failed: boolean): Entry {
  const item_id = at % 11 === 0 ? `"decision":"process",{${at}}\\` : String(4000 + at)
  const spent = { input_tokens: at, output_tokens: 7, cost_usd: at % 5 === 0 ? null : 0.001 * at, milliseconds: 40 }
  const asked = { fingerprint: `f${at}`, model: 'm "1"', request_id: at % 3 === 0 ? null : `req_"${at}`, attempts: 2 }
  const ids = { item_id, root_id: item_id, segment: `s${at}`, output_id: at % 2 === 0 ? at : null }
  const decision = at % 4 === 0 ? ('carry' as const) : ('process' as const)
  const line: LedgerLine = { ...bareLine(planLine(at)), ...ids, ...spent, ...asked, decision, state: 'answered' }
  if (at % 6 === 1) line.prompt_sha256 = 'ab'.repeat(32)
  if (!failed) {
    const answer = jsonText({ id: item_id, text: `é🦉 ${'x'.repeat(at % 90)}\n` }, 2)
    return { line: { ...line, answer_version: 'v0' }, answer, error: null }
  }
  const error = { kind: 'invalid_json' as const, message: 'It was no JSON.' }
  const row = {
    item_id,
    item_index: at,
    error: error.message,
    step: 1,
    kind: error.kind,
    attempts: 2,
    request_id: null,
  }
  return { line: { ...line, state: 'failed', error }, answer: null, error: row }
}

/** A base of so many items, and a version on it that carries over all but the chosen ones. */
async function based(items: number, { failed = [] as number[], chosen = [] as number[] } = {}): Promise<void> {
  workspace.version(base, { steps: [{ prompt_name: 'write', items: [] }] })
  const step = stepOf(await readRun(store, base), 1)
  async function* entries() {
    for (let at = 1; at <= items; at++) yield baseEntry(at, failed.includes(at))
  }
  await writeStep(store, base, { step, entries: entries() })
  workspace.version(ref, {
    metadata: { status: 'running', base_version: 'v0' },
    steps: [{ prompt_name: 'write', items: [] }],
  })
  const fold = new CarriedFold(base)
  const planned: object[] = []
  const keeper = await store.keeper(ref, 1)
  for await (const line of readLedger(store, base, 1)) {
    const { item_index, item_id, root_id, segment, output_id } = line
    const isChosen = chosen.includes(item_index)
    const one: PlanLine = {
      ...{ ...planLine(item_index), item_id, root_id, segment, output_id, item: '{}', root: null, base: line },
      ...(isChosen ? { decision: 'process', reason: 'chosen' } : { decision: 'carry', reason: 'not_chosen' }),
    }
    planned.push(...fold.add(one))
    const answer = jsonText({ id: item_id, text: 'a new one, and longer than before' }, 2)
    const kept = { ...bareLine(one), state: 'answered' as const, answer_version: 'v1', fingerprint: 'n', model: 'm' }
    if (isChosen) await keeper.keep({ line: kept, answer, reply: null })
  }
  await keeper.close()
  planned.push(...fold.end())
  workspace.write(files.plan, planned.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

async function collated(): Promise<Record<string, string>> {
  const counts = await collate(store, ref, { step: 1 })
  const paths = [files.ledger, files.collated('write.json'), files.errors, files.index]
  const texts = await Promise.all(
    paths.map(async (path) =>
      (await store.size(path)) === undefined ? 'none' : readFileSync(join(workspace.root, path)).toString('latin1'),
    ),
  )
  return { counts: JSON.stringify(counts), ...Object.fromEntries(paths.map((path, at) => [path, texts[at]!])) }
}

const cases = {
  'nothing is new': {},
  'one is new': { chosen: [777] },
  'the first, the last and one on an edge are new': { chosen: [1, 1000, 2500] },
  'a block has a failure': { chosen: [2001], failed: [1500] },
  'every block has something new': { chosen: [5, 1005, 2005], failed: [6] },
}

test.each(Object.entries(cases))(
  'blocks that are copied come to the same bytes as single items: %s',
  async (_, what) => {
    await based(2500, what)
    const inBlocks = await collated()
    const stats = await statsOf(store, ref, await readRun(store, ref))
    await store.remove(baseFiles.index)
    expect(await collated()).toEqual(inBlocks)
    await store.remove(files.index)
    expect(await statsOf(store, ref, await readRun(store, ref))).toEqual(stats)
    // All lines can be read as they were written.
    expect(await Array.fromAsync(readLedger(store, ref, 1))).toHaveLength(2500)
  },
)

test('blocks of carried items are counted and left out by what the index says of them, unless it is that of another ledger', async () => {
  await based(2500, { chosen: [777] })
  await collated()
  const stats = async () => statsOf(store, ref, await readRun(store, ref))
  store.forget()
  expect(await stats()).toMatchObject({ items: 2500, processed: 1, carried_over: 2499 })
  const size = (await store.size(files.ledger)) ?? 0
  expect(store.bytesOf(files.ledger)).toBeLessThan(size / 2)
  expect([...(await processedItems(store, ref))]).toEqual(['4777'])
  const ledger = readFileSync(join(workspace.root, files.ledger), 'utf8')
  workspace.write(files.ledger, ledger.slice(0, ledger.lastIndexOf('{')))
  expect(await stats()).toMatchObject({ items: 2499, processed: 1, carried_over: 2498 })
})

test('a base with an index in the layout of earlier versions is carried over in blocks, too', async () => {
  await based(2500, { chosen: [777] })
  const right = await collated()
  const place = answerPlace(base, stepOf(await readRun(store, base), 1))
  const index = Buffer.concat([...(await rebuiltIndex(store, place))!.content(1)!])
  workspace.write(baseFiles.index, index as never)
  const blocks = new CarriedBlocks(store, place)
  expect((await blocks.within(778, 2500))?.block.items).toEqual([1001, 2000])
  await blocks.close()
  expect(await collated()).toEqual(right)
})

test('whole blocks are found between what is new', async () => {
  await based(2500, { chosen: [777] })
  const blocks = new CarriedBlocks(store, answerPlace(base, stepOf(await readRun(store, base), 1)))
  expect(await blocks.within(1, 776)).toBeUndefined()
  expect((await blocks.within(778, 2500))?.block.items).toEqual([1001, 2000])
  expect((await blocks.within(2001, 2500))?.block.items).toEqual([2001, 2500])
  expect(await blocks.within(2501, 2500)).toBeUndefined()
  await blocks.close()
})

test('no flipped byte of the base is taken over', async () => {
  await based(1200, { chosen: [1100] })
  const array = baseFiles.collated('write.json')
  const whole = readFileSync(join(workspace.root, array))
  const right = await collated()
  for (const at of [10, 40_000, 70_001]) {
    const flipped = Buffer.from(whole)
    flipped[at] = flipped[at]! ^ 1
    workspace.write(array, flipped as never)
    await expect(collated(), `byte ${at}`).rejects.toThrow('was changed by hand')
  }
  workspace.write(array, whole as never)
  const ledger = readFileSync(join(workspace.root, baseFiles.ledger), 'utf8')
  workspace.write(baseFiles.ledger, ledger.replace('"item_id":"4007"', '"item_id":"4070"'))
  await expect(collated()).rejects.toThrow('A ledger line was changed by hand')
  workspace.write(baseFiles.ledger, ledger)
  expect(await collated()).toEqual(right)
})

test('a base whose array was laid out anew is carried over item by item', async () => {
  await based(1200, { chosen: [1100] })
  const right = await collated()
  const array = baseFiles.collated('write.json')
  workspace.write(array, JSON.stringify(JSON.parse(readFileSync(join(workspace.root, array), 'utf8'))))
  expect(await collated()).toEqual(right)
})
