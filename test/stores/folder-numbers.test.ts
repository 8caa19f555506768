/** A number is given once, even if a version of it is removed at the moment at which another process looks for the next one. */
import { execFileSync } from 'node:child_process'
import fs, { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tombstonePath } from '../../core/store.ts'
import { FolderStore } from '../../stores/folder.ts'
import { newVersion } from './samples.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'itemwise-numbers-'))
})
afterEach(() => rm(root, { recursive: true }))

const v1 = { pipeline: 'poems', version: 'v1' }

async function create(store = new FolderStore(root)): Promise<string> {
  const { ref, lease } = await store.createVersion('poems', (version) => newVersion(version))
  await lease.release()
  return ref.version
}

/** Does something after the nth folder from here on was read; returns what takes it back. */
function afterReading(nth: number, act: () => void): () => void {
  const { readdirSync } = fs
  const back = () => {
    fs.readdirSync = readdirSync
    syncBuiltinESMExports()
  }
  let read = 0
  fs.readdirSync = ((...args: Parameters<typeof readdirSync>) => {
    read += 1
    const isNow = read === nth
    if (isNow) back()
    try {
      return readdirSync(...args)
    } finally {
      if (isNow) act()
    }
  }) as typeof readdirSync
  syncBuiltinESMExports()
  return back
}

const removal = `
  import { tombstonePath } from '${new URL('../../core/store.ts', import.meta.url)}'
  import { FolderStore } from '${new URL('../../stores/folder.ts', import.meta.url)}'
  const other = new FolderStore(process.argv[1])
  const v1 = { pipeline: 'poems', version: 'v1' }
  await other.write(tombstonePath(v1), '{}')
  await other.removeVersion(v1)`

test.each([1, 2])(
  'the highest version is removed after folder %i was read: its number is not given again',
  async (nth) => {
    await create()
    await create()
    let done = false
    const back = afterReading(nth, () => {
      execFileSync(process.execPath, ['--input-type=module', '-e', removal, root])
      done = true
    })
    try {
      expect([await create(), done]).toEqual(['v2', true])
    } finally {
      back()
    }
  },
)

test('a number that was given and removed while its next version was built is not given again', async () => {
  await create()
  let built = 0
  const fault = (point: string) => {
    if (point !== 'version:built' || built++ > 0) return
    mkdirSync(join(root, 'outputs/poems/removed'))
    writeFileSync(join(root, tombstonePath(v1)), '{}')
  }
  expect([await create(new FolderStore(root, { fault })), built]).toEqual(['v2', 2])
})
