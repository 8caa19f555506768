import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnwritable } from '../../../core/errors.ts'
import { KeptCopies, PackReader } from '../../../core/versions/pack-reader.ts'
import { PackWriter } from '../../../core/versions/pack-writer.ts'
import {
  PackDamaged,
  type PackedItem,
  packEntries,
  packedEntry,
  packPath,
  packStep,
} from '../../../core/versions/packs.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
let store: FolderStore
beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

const ref = { pipeline: 'p', version: 'v0' }
const place = { ref, step: 1, kind: 'items' } as const

function entryOf(item_index: number, answer = `{"n": ${item_index}}`): PackedItem {
  const id = String(4000 + item_index)
  return { item_index, item_id: id, segment: id, answer, reply: null }
}

async function write(entries: PackedItem[]): Promise<void> {
  const writer = new PackWriter(store, place)
  for (const entry of entries) await writer.add(entry)
  await writer.end()
}

const pathOf = (item_index: number) => packPath(ref, 1, { kind: 'items', item_index })
const fileOf = (item_index: number) => join(workspace.root, pathOf(item_index))

test('a pack has a thousand positions, and its name says which', async () => {
  expect([1, 1000, 1001, 2_345_678].map(pathOf)).toEqual([
    'outputs/p/v0/items/01_0000001-0001000.jsonl.zst',
    'outputs/p/v0/items/01_0000001-0001000.jsonl.zst',
    'outputs/p/v0/items/01_0001001-0002000.jsonl.zst',
    'outputs/p/v0/items/01_2345001-2346000.jsonl.zst',
  ])
  expect([pathOf(1), 'outputs/p/v0/items/4001/01_output.json'].map(packStep)).toEqual([1, undefined])
})

test('what is packed is found, one by one and in order, and nothing else', async () => {
  const indexes = [1, 2, 7, 999, 1000, 1001, 5000]
  await write(indexes.map((index) => entryOf(index, JSON.stringify('é\n\u2028'.repeat(index)))))
  expect(await store.list('outputs/p/v0/items')).toHaveLength(3)
  const reader = new PackReader(store, place)
  for (const index of indexes) {
    const entry = entryOf(index, JSON.stringify('é\n\u2028'.repeat(index)))
    expect(await packedEntry(store, place, entry)).toEqual(entry)
    expect(await reader.find(entry)).toEqual(entry)
  }
  await reader.close()
  expect(reader.damaged.size).toBe(0)
  for (const nobody of [entryOf(3), entryOf(9000), { ...entryOf(2), segment: 'other' }])
    expect(await packedEntry(store, place, nobody)).toBeUndefined()
})

test('whichever byte of a pack is flipped, what is found is what was written, or nothing', async () => {
  const entries = [1, 2, 3].map((index) => entryOf(index, JSON.stringify({ text: `answer ${index} `.repeat(9) })))
  await write(entries)
  const whole = readFileSync(fileOf(1))
  let found = 0
  for (let at = 0; at < whole.length * 8; at++) {
    const bytes = Buffer.from(whole)
    bytes[at >> 3]! ^= 1 << (at & 7)
    writeFileSync(fileOf(1), bytes)
    const read = await Array.fromAsync(packEntries(store, { kind: 'items', path: pathOf(1) })).catch((error) => error)
    if (read instanceof PackDamaged) found += 1
    else expect(read).toEqual(entries)
    expect([undefined, JSON.stringify(entries[1])]).toContain(
      JSON.stringify(await packedEntry(store, place, entries[1]!)),
    )
  }
  // A few bits of a frame say nothing: what they leave is what was written.
  expect(found).toBeGreaterThan(whole.length * 8 * 0.95)
})

test('a pack that is cut off anywhere is damaged', async () => {
  await write([entryOf(1), entryOf(2)])
  const whole = readFileSync(fileOf(1))
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(fileOf(1), whole.subarray(0, length))
    await expect(Array.fromAsync(packEntries(store, { kind: 'items', path: pathOf(1) }))).rejects.toThrow(PackDamaged)
    const reader = new PackReader(store, place)
    await reader.find(entryOf(1))
    await reader.close()
    expect([...reader.damaged]).toEqual([pathOf(1)])
  }
})

test('whatever the texts are, they come back as they went in', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 }).map((one) => one.toWellFormed())
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, fc.option(text)), { minLength: 1, maxLength: 20 }), async (texts) => {
      const entries = texts.map(([answer, reply], at) => ({ ...entryOf(at + 1, answer), reply }))
      await write(entries)
      expect(await Array.fromAsync(packEntries(store, { kind: 'items', path: pathOf(1) }))).toEqual(entries)
    }),
    { numRuns: 50 },
  )
})

test('copies of two versions are read side by side', async () => {
  await write([entryOf(1), entryOf(2)])
  const other = new PackWriter(store, { ...place, ref: { ...ref, version: 'v1' } })
  await other.add(entryOf(2, '"new"'))
  await other.end()
  const copies = new KeptCopies(store, { pipeline: 'p', step: 1, kind: 'items' })
  const found = [
    await copies.find('v0', entryOf(1)),
    await copies.find('v1', entryOf(2)),
    await copies.find('v0', entryOf(2)),
  ]
  expect(found.map((one) => one?.answer)).toEqual(['{"n": 1}', '"new"', '{"n": 2}'])
  await copies.close()
})

test('a pack that cannot be written is an error, and the one before stays', async () => {
  await write([entryOf(1)])
  const broken = new FolderStore(workspace.root, {
    fault: (point) => {
      if (point === 'write:temp-written') throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    },
  })
  const writer = new PackWriter(broken, place)
  await writer.add(entryOf(1, '"other"'))
  await expect(writer.end()).rejects.toThrow(StoreUnwritable)
  expect((await packedEntry(store, place, entryOf(1)))?.answer).toBe('{"n": 1}')
})

test('a pack is filled while the one before goes to the disk, and no further one', async () => {
  const first = Promise.withResolvers<void>()
  const slow = {
    write: async (...[path, content]: Parameters<FolderStore['write']>) => {
      await store.write(path, content)
      if (path === pathOf(1)) await first.promise
    },
  }
  const writer = new PackWriter(slow, place)
  await writer.add(entryOf(1))
  await writer.add(entryOf(1001))
  await writer.add(entryOf(1002))
  let isThird = false
  const third = writer.add(entryOf(2001)).then(() => {
    isThird = true
  })
  await expect.poll(() => existsSync(fileOf(1001))).toBe(true)
  expect(isThird).toBe(false)
  first.resolve()
  await third
  await writer.end()
  for (const index of [1, 1001, 1002, 2001]) expect(await packedEntry(store, place, entryOf(index))).toBeDefined()
})

test('an error of a pack is told, at the latest at the end, also if others came after it', async () => {
  const broken = {
    write: async (...[path, content]: Parameters<FolderStore['write']>) => {
      if (path === pathOf(1)) throw new StoreUnwritable(`${path} is full.`)
      await store.write(path, content)
    },
  }
  const writer = new PackWriter(broken, place)
  const all = async () => {
    await writer.add(entryOf(1))
    await writer.add(entryOf(1001))
    await writer.end()
  }
  await expect(all()).rejects.toThrow(StoreUnwritable)
  await writer.fail(new Error('over'))
})
