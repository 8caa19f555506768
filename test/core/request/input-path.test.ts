import { symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findInput } from '../../../core/request/input-path.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder

beforeEach(() => {
  workspace = new WorkspaceFolder()
  for (const name of ['problems.json', 'people.csv']) workspace.write(`inputs/${name}`, '[]')
  const answer = { prompt_name: 'write', items: [{ id: '7', answer: '{}' }] }
  const version = (name: string, pipeline_status: string) =>
    workspace.version({ pipeline: 'poems', version: name }, { metadata: { pipeline_status }, steps: [answer] })
  version('v0', 'final')
  version('v1', 'draft')
})
afterEach(() => workspace.remove())

const find = (written: string) => findInput(new FolderStore(workspace.root), written)

test('a file is found by its path, and its pointer is set aside', async () => {
  expect(await find('inputs/problems.json')).toEqual({
    path: 'inputs/problems.json',
    resolved: 'inputs/problems.json',
    pointer: '',
  })
  expect(await find('inputs/problems.json#/data/items')).toEqual({
    path: 'inputs/problems.json#/data/items',
    resolved: 'inputs/problems.json',
    pointer: '/data/items',
  })
})

test('a path is the same however it is written', async () => {
  const spellings = [
    './inputs/problems.json',
    'inputs//problems.json',
    'inputs\\problems.json',
    '././inputs/problems.json',
  ]
  expect(await Promise.all(spellings.map(async (path) => (await find(path)).resolved))).toEqual(
    spellings.map(() => 'inputs/problems.json'),
  )
})

test.each([
  ['latest/', 'outputs/poems/latest/collated/01_write.json', 'outputs/poems/v1/collated/01_write.json'],
  ['@label/', 'outputs/poems/@final/collated/01_write.json', 'outputs/poems/v0/collated/01_write.json'],
  ['a pinned version', 'outputs/poems/v0/collated/01_write.json', 'outputs/poems/v0/collated/01_write.json'],
])('%s leads into the version that it means today', async (_what, path, resolved) => {
  expect(await find(path)).toEqual({ path, resolved, pointer: '' })
})

test('what a path came to keeps its pointer', async () => {
  expect(await find('outputs/poems/@final/metadata.json#/logs')).toEqual({
    path: 'outputs/poems/@final/metadata.json#/logs',
    resolved: 'outputs/poems/v0/metadata.json',
    pointer: '/logs',
  })
})

test.each([
  [
    'a file near to one there is',
    'inputs/problms.json',
    'There is no file inputs/problms.json in the workspace. Did you mean problems.json?',
  ],
  [
    'a file near to none',
    'inputs/worksheets.jsonl',
    'There is no file inputs/worksheets.jsonl in the workspace. inputs has: people.csv, problems.json.',
  ],
  [
    'a folder that is not there',
    'input/a.json',
    'There is no file input/a.json in the workspace. input has no files. Did you mean inputs/?',
  ],
  [
    'a file in a folder whose name is mistyped',
    'input/problems.json',
    'There is no file input/problems.json in the workspace. input has no files. Did you mean inputs/problems.json?',
  ],
  ['a file without a folder', 'a.json', 'There is no file a.json in the workspace. The workspace has no files.'],
  ['a version that is not there', 'outputs/poems/v7/a.json', 'poems has no version v7. Versions: v0, v1.'],
  [
    'a label that nobody has',
    'outputs/poems/@beta/a.json',
    'poems has no completed version labelled beta. Labels of its completed versions: draft, final.',
  ],
  ['a pipeline that is not there', 'outputs/peoms/latest/a.json', 'There is no pipeline peoms. Did you mean poems?'],
  [
    'a file that a version does not have',
    'outputs/poems/latest/collated/01_wrote.json',
    'There is no file outputs/poems/v1/collated/01_wrote.json in the workspace. Did you mean 01_write.json?',
  ],
])('%s is refused', async (_what, path, message) => {
  await expect(find(path)).rejects.toThrow(message)
})

test('a path out of the workspace is refused, also through a link', async () => {
  symlinkSync(tmpdir(), join(workspace.root, 'inputs/elsewhere'))
  for (const path of ['../a.json', '/etc/hosts', 'inputs/elsewhere/a.json']) {
    await expect(find(path)).rejects.toThrow(`${path} leads out of the workspace.`)
  }
})

test('a folder is no input', async () => {
  await expect(find('inputs')).rejects.toThrow('There is no file inputs in the workspace.')
})
