import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerLine } from '../../../core/documents.ts'
import { writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { jsonText } from '../../../core/text/json.ts'
import { IndexBuilder } from '../../../core/versions/index-builder.ts'
import { entriesOfPage } from '../../../core/versions/index-pages.ts'
import { LedgerIndex, linesOfId, linesOfIds } from '../../../core/versions/indexed-ledger.ts'
import { bareLine, ledgerText, readLedger } from '../../../core/versions/ledger.ts'
import { halfSha256 } from '../../../core/versions/ledger-index.ts'
import { isProven } from '../../../core/versions/read-proven-blocks.ts'
import { rebuiltIndex, writeIndex } from '../../../core/versions/rebuilt-index.ts'
import { answerPlace } from '../../../core/versions/step-answers.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { WatchedStore } from '../../watched-store.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: WatchedStore
const ref = { pipeline: 'p', version: 'v0' }
const step = stepWith()
const files = stepFiles(ref, 1)
const collated = files.collated(step.output_file)

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new WatchedStore(workspace.root)
})
afterEach(() => workspace.remove())

type Ids = Pick<LedgerLine, 'item_id' | 'root_id' | 'output_id'>

/** Writes a step with these items, as a run does; every seventh has no answer. */
async function written(items: readonly Ids[]): Promise<LedgerLine[]> {
  async function* entries() {
    for (const [at, ids] of items.entries()) {
      const answer = at % 7 === 6 ? null : jsonText({ id: ids.item_id, at }, 2)
      const state = answer === null ? ('skipped' as const) : ('answered' as const)
      yield { line: { ...bareLine(planLine(at + 1)), ...ids, state }, answer, error: null }
    }
  }
  await writeStep(store, ref, { step, entries: entries() })
  return Array.fromAsync(readLedger(store, ref, 1))
}

const numbered = (count: number): Ids[] =>
  Array.from({ length: count }, (_, at) => ({ item_id: `i${at}`, root_id: `r${at}`, output_id: 5000 + at }))

const bytesOf = (path: string) => readFileSync(join(workspace.root, path))

test('each id of each line leads to its lines, and no other id to any', async () => {
  const id = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }), fc.nat().map(String))
  const ids = fc.record({ item_id: id, root_id: id, output_id: fc.option(fc.integer()) })
  const property = fc.asyncProperty(fc.array(ids, { maxLength: 30 }), id, async (items, other) => {
    const lines = await written(items)
    const index = await LedgerIndex.open(store, ref, 1)
    const asked = [other, ...items.flatMap(({ item_id, root_id, output_id }) => [item_id, root_id, String(output_id)])]
    for (const one of asked) {
      const expected = lines.filter(
        ({ item_id, root_id, output_id }) =>
          item_id === one || root_id === one || (output_id !== null && String(output_id) === one),
      )
      expect(await index?.linesOf(one)).toEqual(expected)
      expect(await linesOfId(store, ref, { step: 1, id: one })).toEqual(expected)
    }
  })
  await fc.assert(property, { numRuns: 30 })
})

test('one of ten thousand items is found by reading a small part of index and ledger', async () => {
  const lines = await written(numbered(10_000))
  store.forget()
  expect(await linesOfId(store, ref, { step: 1, id: 'r7771' })).toEqual([lines[7771]])
  expect(store.bytesOf(files.ledger)).toBeLessThan(2000)
  expect(store.bytesOf(files.index)).toBeLessThan(64 * 1024 + 4000)
  expect(bytesOf(files.index).length).toBeLessThan(10_000 * 45)
})

test('many lines of one id fill several pages', async () => {
  const lines = await written(numbered(3 * entriesOfPage).map((ids) => ({ ...ids, root_id: 'all' })))
  const byPlace = (found: LedgerLine[] = []) => found.toSorted((a, b) => a.item_index - b.item_index)
  expect(byPlace(await (await LedgerIndex.open(store, ref, 1))?.linesOf('all'))).toEqual(lines)
})

test('named ids are found with an index and without one, and are none where there is no ledger', async () => {
  const lines = await written(numbered(50))
  const ids = ['r3', 'r40', 'i5', 'nobody']
  const found = async () =>
    (await linesOfIds(store, ref, { step: 1, ids })).toSorted((a, b) => a.item_index - b.item_index)
  expect(await found()).toEqual([lines[3], lines[40]])
  await store.remove(files.index)
  expect(await found()).toEqual([lines[3], lines[40]])
  await store.remove(files.ledger)
  expect(await found()).toEqual([])
})

test('a block says where its lines and answers are, and what they are', async () => {
  await written(numbered(2500))
  const { blocks } = (await LedgerIndex.open(store, ref, 1))!.head
  expect(blocks.map(({ lines, items }) => [lines, ...items])).toEqual([
    [1000, 1, 1000],
    [1000, 1001, 2000],
    [500, 2001, 2500],
  ])
  for (const { ledger, answers, answered, ledger_sha256, answers_sha256 } of blocks) {
    expect(halfSha256(bytesOf(files.ledger).subarray(...ledger))).toBe(ledger_sha256)
    const slice = bytesOf(collated).subarray(...answers)
    expect(halfSha256(slice)).toBe(answers_sha256)
    expect(JSON.parse(`[${slice.toString()}]`)).toHaveLength(answered)
  }
})

test('any flipped byte of an index is found before it leads to a line', async () => {
  const lines = await written(numbered(12))
  const whole = bytesOf(files.index)
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole)
    flipped[at] = flipped[at]! ^ (1 << (at % 8))
    writeFileSync(join(workspace.root, files.index), flipped)
    const index = await LedgerIndex.open(store, ref, 1)
    expect(await index?.linesOf('r7')).toBeUndefined()
    if (at % 10 === 0) expect(await linesOfId(store, ref, { step: 1, id: 'r7' })).toEqual([lines[7]])
  }
})

test('an index that is cut off, or is something else, counts as none', async () => {
  await written(numbered(40))
  const whole = bytesOf(files.index)
  for (const other of [Buffer.alloc(0), whole.subarray(0, 100), randomBytes(5000), Buffer.alloc(5000)]) {
    writeFileSync(join(workspace.root, files.index), other)
    expect(await LedgerIndex.open(store, ref, 1)).toBeUndefined()
  }
})

test('an index of an earlier ledger is not used, also if the ledger has the same length', async () => {
  await written(numbered(40))
  const index = bytesOf(files.index)
  const lines = await written(numbered(40).toReversed())
  writeFileSync(join(workspace.root, files.index), index)
  expect(await LedgerIndex.open(store, ref, 1)).toBeUndefined()
  expect(await linesOfId(store, ref, { step: 1, id: 'r3' })).toEqual([lines[36]])
})

test('a line that an index leads to is checked, and a changed one ends in an error', async () => {
  await written(numbered(40))
  const ledger = bytesOf(files.ledger).toString()
  workspace.write(files.ledger, ledger.replace('"item_id":"i17"', '"item_id":"i71"'))
  await expect(linesOfId(store, ref, { step: 1, id: 'r17' })).rejects.toThrow('A ledger line was changed by hand')
  expect((await linesOfId(store, ref, { step: 1, id: 'r18' }))[0]?.item_id).toBe('i18')
})

test('an index of a hundred thousand lines holds them all, in order of the hash', () => {
  const builder = new IndexBuilder()
  for (let at = 0; at < 100_000; at++) {
    const line = { ...bareLine(planLine(at + 1)), item_id: `i${at}`, root_id: `i${at}` }
    builder.add(line, ledgerText(line), null)
  }
  const size = builder.content(3).reduce((sum, piece) => sum + piece.length, 0)
  expect(size).toBeLessThan(100_000 * 15)
})

test('an index in the layout of earlier versions leads to its lines and proves its blocks, and is as it was written', async () => {
  const lines = await written(numbered(1200))
  const place = answerPlace(ref, step)
  const index = await rebuiltIndex(store, place)
  writeFileSync(join(workspace.root, files.index), Buffer.concat([...index!.content(1)!]))
  expect(bytesOf(files.index).toString('latin1', 0, 8)).toBe('IWINDEX1')
  expect(await (await LedgerIndex.open(store, ref, 1))?.linesOf('r1100')).toEqual([lines[1100]])
  expect((await LedgerIndex.open(store, ref, 1))?.head.blocks.map(({ about }) => about)).toEqual([null, null])
  expect(await isProven(store, place, 1200)).toBe(true)
  expect(await index?.compared(store, files.index)).toBe('same')
  writeFileSync(join(workspace.root, files.index), Buffer.concat([...index!.content(1)!]).subarray(1))
  expect(await index?.compared(store, files.index)).toBe('other')
})

test('an index is made again to the letter, and of an edited array none is', async () => {
  await written(numbered(1200))
  const index = bytesOf(files.index)
  await store.remove(files.index)
  expect(await writeIndex(store, answerPlace(ref, step))).toBe(true)
  expect(bytesOf(files.index).equals(index)).toBe(true)
  await store.remove(files.index)
  const array = bytesOf(collated).toString()
  for (const edited of [array.replace('"at": 17', '"at": 71'), `${array} `, array.replace('"at"', '"at" ')]) {
    workspace.write(collated, edited)
    expect(await writeIndex(store, answerPlace(ref, step))).toBe(false)
  }
  workspace.write(collated, array)
  const ledger = bytesOf(files.ledger).toString()
  for (const edited of [ledger.replace('"item_id":"i17"', '"item_id":"i71"'), `\n${ledger}`, ledger.trimEnd()]) {
    workspace.write(files.ledger, edited)
    expect(await writeIndex(store, answerPlace(ref, step))).toBe(false)
  }
  expect(await store.size(files.index)).toBeUndefined()
})

test('the block of a version older than checksums proves nothing of its answers', async () => {
  const lines = await written(numbered(3))
  const older = lines.map(({ answer_sha256: _, ...line }) => `${JSON.stringify(line)}\n`).join('')
  workspace.write(files.ledger, older)
  expect(await writeIndex(store, answerPlace(ref, step))).toBe(true)
  expect((await LedgerIndex.open(store, ref, 1))?.head.blocks[0]?.answers_sha256).toBeNull()
})

test('a long ledger reads the same with an index, without one, and from the place on where a block was changed', async () => {
  const lines = await written(numbered(2500))
  await store.remove(files.index)
  expect(await Array.fromAsync(readLedger(store, ref, 1))).toEqual(lines)
  await writeIndex(store, answerPlace(ref, step))
  const ledger = bytesOf(files.ledger).toString()
  const read = async () => {
    const found: LedgerLine[] = []
    try {
      for await (const line of readLedger(store, ref, 1)) found.push(line)
    } catch (error) {
      return { found, error: (error as Error).message }
    }
    return { found, error: null }
  }
  workspace.write(files.ledger, ledger.replace('"item_id":"i1700"', '"item_id":"i0071"'))
  const changed = await read()
  expect(changed.found).toEqual(lines.slice(0, 1700))
  expect(changed.error).toContain('01_ledger.jsonl, line 1701')
  workspace.write(files.ledger, ledger.replace('"item_id":"i1700"', '"item_id": "i1700"'))
  expect((await read()).found).toEqual(lines)
  workspace.write(files.ledger, ledger.slice(0, ledger.indexOf('"item_id":"i2200"')))
  expect((await read()).error).toContain('is torn')
  workspace.write(files.ledger, `${ledger}{}\n`)
  expect((await read()).error).toContain('line 2501')
})

test('no flipped byte of ledger, array or index is taken for what was written', async () => {
  await written(numbered(9))
  const place = answerPlace(ref, step)
  expect(await isProven(store, place, 9)).toBe(true)
  expect(await isProven(store, place, 10)).toBe(false)
  for (const path of [files.ledger, collated, files.index]) {
    const whole = bytesOf(path)
    const length = path === files.index ? (await LedgerIndex.open(store, ref, 1))!.head.bytes : whole.length
    for (let at = 0; at < length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = flipped[at]! ^ (1 << (at % 8))
      writeFileSync(join(workspace.root, path), flipped)
      expect(await isProven(store, place, 9), `byte ${at} of ${path}`).toBe(false)
    }
    writeFileSync(join(workspace.root, path), whole)
  }
  for (const more of [' ', '\n']) {
    writeFileSync(join(workspace.root, collated), bytesOf(collated) + more)
    expect(await isProven(store, place, 9)).toBe(false)
  }
})
