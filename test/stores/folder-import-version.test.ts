import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PathOutside, RequestRefused } from '../../core/errors.ts'
import { type IncomingFile, importVersion } from '../../stores/folder/import-version.ts'
import { metadataOf } from './samples.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'itemwise-import-'))
})
afterEach(() => rmSync(root, { recursive: true }))

async function* files(contents: Record<string, string>): AsyncGenerator<IncomingFile> {
  for (const [name, text] of Object.entries(contents)) yield { name, read: () => pieces(text) }
}

async function* pieces(text: string): AsyncGenerator<string> {
  if (text === 'broken') throw new Error('The line is cut.')
  yield text
}

const completed = (version: string) => JSON.stringify(metadataOf(version, { status: 'completed' }))
const ref = (version: string) => ({ pipeline: 'words', version })

test('a version appears whole, and latest is the highest completed one, in whatever order they come', async () => {
  await importVersion(root, ref('v2'), files({ 'metadata.json': completed('v2'), 'items/1/01_output.json': '{}' }))
  await importVersion(root, ref('v0'), files({ 'metadata.json': completed('v0') }))
  expect(readdirSync(join(root, 'outputs/words')).sort()).toEqual(['latest', 'v0', 'v2'])
  expect(readlinkSync(join(root, 'outputs/words/latest'))).toBe('v2')
  expect(readFileSync(join(root, 'outputs/words/v2/items/1/01_output.json'), 'utf8')).toBe('{}')
})

test('a version that is there is not overwritten', async () => {
  await importVersion(root, ref('v0'), files({ 'metadata.json': completed('v0'), a: 'first' }))
  await expect(importVersion(root, ref('v0'), files({ a: 'second' }))).rejects.toThrow(RequestRefused)
  expect(readFileSync(join(root, 'outputs/words/v0/a'), 'utf8')).toBe('first')
  expect(readdirSync(join(root, 'outputs/words')).sort()).toEqual(['latest', 'v0'])
})

test('what breaks off leaves nothing behind', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`items/${at}`, at === 250 ? 'broken' : 'x']))
  await expect(importVersion(root, ref('v0'), files(many))).rejects.toThrow('The line is cut.')
  await expect(importVersion(root, ref('v0'), files({ '../x': '' }))).rejects.toThrow(PathOutside)
  expect(readdirSync(join(root, 'outputs/words'))).toEqual([])
})
