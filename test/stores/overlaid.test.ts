import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { FileMissing, PathOutside } from '../../core/errors.ts'
import type { Store } from '../../core/store.ts'
import { readText } from '../../core/versions/version-documents.ts'
import { FolderStore } from '../../stores/folder.ts'
import { overlaid, type Sources } from '../../stores/overlaid.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function storeWith(files: Record<string, string>): FolderStore {
  const root = mkdtempSync(join(tmpdir(), 'itemwise-overlaid-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return new FolderStore(root)
}

function both(below: Record<string, string>, above: Record<string, string>): { store: Store; sources: Sources } {
  const sources: Sources = { above: new Set(), below: new Set() }
  return { store: overlaid(storeWith(below), storeWith(above), sources), sources }
}

test('files above hide those below, and what was read from where is known', async () => {
  const { store, sources } = both(
    { 'prompts/a.md': 'old', 'prompts/b.md': 'only there' },
    { 'prompts/a.md': 'new', 'prompts/c.md': '', 'prompts/d.md': 'not read' },
  )
  const texts = ['./prompts/a.md', 'prompts/b.md', 'prompts/c.md'].map((path) => readText(store, path))
  expect(await Promise.all(texts)).toEqual(['new', 'only there', ''])
  expect(await store.list('prompts')).toEqual(['a.md', 'b.md', 'c.md', 'd.md'])
  expect(await store.size('prompts/d.md')).toBe(8)
  expect([...sources.above].sort()).toEqual(['prompts/a.md', 'prompts/c.md'])
  expect([...sources.below]).toEqual(['prompts/b.md'])
})

test('versions are those below, whatever lies in outputs/ above', async () => {
  const { store, sources } = both(
    { 'outputs/a/v0/x.json': 'there' },
    { 'outputs/a/v0/x.json': 'here', 'outputs/b/v0/x': '' },
  )
  expect(await readText(store, 'outputs/a/v0/x.json')).toBe('there')
  expect([await store.pipelines(), await store.list('outputs')]).toEqual([['a'], ['a/']])
  expect([sources.above.size, sources.below.size]).toEqual([0, 0])
})

test('what is missing in both is missing, and nothing leads out', async () => {
  const { store, sources } = both({}, {})
  await expect(readText(store, 'a.md')).rejects.toThrow(FileMissing)
  await expect(readText(store, '../a.md')).rejects.toThrow(PathOutside)
  expect([await store.size('a.md'), sources.above.size, sources.below.size]).toEqual([undefined, 0, 0])
})
