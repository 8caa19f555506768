import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashingRead } from '../../../core/text/hashing-read.ts'
import { sha256 } from '../../../core/text/ids.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

/** A folder that notes which files are read. */
class WatchedStore extends FolderStore {
  readonly reads: string[] = []

  override read(path: string): AsyncGenerator<Uint8Array> {
    this.reads.push(path)
    return super.read(path)
  }
}

let workspace: WorkspaceFolder
let store: WatchedStore
const content = 'é'.repeat(200_000)

beforeEach(() => {
  workspace = new WorkspaceFolder()
  workspace.write('inputs/a.json', content)
  store = new WatchedStore(workspace.root)
})
afterEach(() => workspace.remove())

test('a file that was read to its end has its hash without being read again', async () => {
  const watched = hashingRead(store)
  const chunks = await Array.fromAsync(watched.read('inputs/a.json'))
  expect(Buffer.concat(chunks).toString()).toBe(content)
  expect(await watched.sha256('inputs/a.json')).toBe(sha256(content))
  expect(store.reads).toEqual(['inputs/a.json'])
})

test('a file that was not read, or not to its end, is read for its hash', async () => {
  const watched = hashingRead(store)
  for await (const _chunk of watched.read('inputs/a.json')) break
  expect(await watched.sha256('inputs/a.json')).toBe(sha256(content))
  expect(store.reads).toEqual(['inputs/a.json', 'inputs/a.json'])
})

test('a file that is not there has no hash', async () => {
  await expect(hashingRead(store).sha256('inputs/b.json')).rejects.toThrow('There is no file inputs/b.json')
})
