/** Renames that a scanner or a program that synchronises holds up for a moment. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnwritable } from '../../core/errors.ts'
import { renamePatiently, renamePatientlyNow } from '../../stores/folder/rename.ts'
import { type FaultPoint, FolderStore } from '../../stores/folder.ts'
import { answered, newVersion } from './samples.ts'
import { found, text } from './store-contract.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'itemwise-rename-'))
})
afterEach(() => rm(root, { recursive: true }))

const v0 = { pipeline: 'poems', version: 'v0' }
const held = ['EPERM', 'EBUSY', 'EACCES']
const points: FaultPoint[] = [
  'version:built',
  'keep:item-temp-written',
  'write:temp-written',
  'metadata:temp-written',
  'latest:linked',
]

/** A store in which each of these points fails so often, once with each code in turn. */
function holding(times: number, code: (nth: number) => string, at: readonly FaultPoint[] = points) {
  const passed = new Map<FaultPoint, number>()
  const fault = (point: FaultPoint) => {
    const nth = (passed.get(point) ?? 0) + 1
    passed.set(point, nth)
    if (at.includes(point) && nth <= times) throw Object.assign(new Error('held'), { code: code(nth) })
  }
  return { passed, store: new FolderStore(root, { fault }) }
}

test('whatever is renamed is tried again where it is held for a moment', async () => {
  const { store, passed } = holding(3, (nth) => held[nth - 1]!)
  const { ref, lease } = await store.createVersion('poems', (version) => newVersion(version))
  const keeper = await store.keeper(ref, 1)
  await keeper.keep(answered(1))
  await keeper.close()
  await store.write('outputs/poems/v0/collated/01_a.json', '[]')
  await store.updateVersion(ref, { status: 'completed' })
  await store.moveLatest('poems')
  await lease.release()
  const again = new FolderStore(root)
  expect({
    kept: (await found(again, v0, 1))?.kept,
    item: await text(again, 'outputs/poems/v0/items/4001/01_output.json'),
    array: await text(again, 'outputs/poems/v0/collated/01_a.json'),
    status: (await again.version(v0))?.metadata.status,
    latest: await again.latest('poems'),
    tries: Object.fromEntries(points.map((point) => [point, passed.get(point)])),
  }).toEqual({
    kept: answered(1),
    item: '{"n": 1}\n',
    array: '[]',
    status: 'completed',
    latest: 'v0',
    tries: Object.fromEntries(points.map((point) => [point, 4])),
  })
})

test('what stays held is told after some tries, and the file is as it was', async () => {
  const { store, passed } = holding(Number.POSITIVE_INFINITY, () => 'EBUSY', ['write:temp-written'])
  await writeFile(join(root, 'a.json'), 'old')
  const writing = store.write('a.json', 'new')
  await expect(writing).rejects.toBeInstanceOf(StoreUnwritable)
  expect([await readFile(join(root, 'a.json'), 'utf8'), passed.get('write:temp-written')]).toEqual(['old', 9])
})

test.for(['ENOSPC', 'EIO', 'ENOENT'])('%s is no reason to try again', async (code) => {
  const { store, passed } = holding(1, () => code)
  await expect(store.write('a.json', 'new')).rejects.toThrow(code)
  expect(passed.get('write:temp-written')).toBe(1)
})

test('where the place is taken it is not tried again', async () => {
  let tries = 0
  const before = () => {
    tries += 1
    throw Object.assign(new Error('taken'), { code: 'EPERM' })
  }
  const renaming = { from: join(root, 'a'), to: join(root, 'b'), before, isFinal: () => true }
  await expect(renamePatiently(renaming)).rejects.toThrow('taken')
  expect(() => renamePatientlyNow(renaming)).toThrow('taken')
  expect(tries).toBe(2)
})
