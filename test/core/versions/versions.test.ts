import { afterEach, beforeEach, expect, test } from 'vitest'
import { fullPipelineName, knownPipeline, knownVersion, versionNumber } from '../../../core/versions/versions.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
let store: FolderStore

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

function poems(version: string, status: 'completed' | 'failed', pipeline_status = 'draft'): void {
  workspace.version({ pipeline: 'poems', version }, { metadata: { status, pipeline_status } })
}

test('a full name holds the module and the path where there are any', () => {
  const pipeline_name = 'stories'
  expect([
    fullPipelineName({ pipeline_name }),
    fullPipelineName({ pipeline_name, module_number: 0 }),
    fullPipelineName({ pipeline_name, path_letter: 'b' }),
    fullPipelineName({ pipeline_name, module_number: 4, path_letter: 'b' }),
  ]).toEqual(['stories', 'stories_module_0', 'stories_path_b', 'stories_module_4_path_b'])
})

test('a version has a number', () => {
  expect(['v0', 'v12'].map(versionNumber)).toEqual([0, 12])
})

test('a pipeline is known by its name, also as a path', async () => {
  poems('v0', 'completed')
  expect(await knownPipeline(store, 'poems')).toBe('poems')
  expect(await knownPipeline(store, 'outputs/poems/')).toBe('poems')
})

test('an unknown pipeline is refused with the nearest names, or with those there are', async () => {
  await expect(knownPipeline(store, 'poems')).rejects.toThrow(
    'There is no pipeline poems. There are no pipelines in this workspace yet; `itemwise run` starts one.',
  )
  poems('v0', 'completed')
  await expect(knownPipeline(store, 'peoms')).rejects.toThrow('There is no pipeline peoms. Did you mean poems?')
  await expect(knownPipeline(store, 'worksheets')).rejects.toThrow('There is no pipeline worksheets. Pipelines: poems.')
})

test('a version is known by its name and by its number', async () => {
  for (const version of ['v0', 'v9', 'v10']) poems(version, 'completed')
  expect(await knownVersion(store, 'poems', 'v9')).toBe('v9')
  expect(await knownVersion(store, 'poems', '10')).toBe('v10')
})

test('an unknown version is refused with those there are, oldest first', async () => {
  for (const version of ['v0', 'v9', 'v10']) poems(version, 'completed')
  await expect(knownVersion(store, 'poems', 'v3')).rejects.toThrow('poems has no version v3. Versions: v0, v9, v10.')
})

test('latest is the version that latest points at', async () => {
  poems('v0', 'completed')
  poems('v1', 'failed')
  expect(await knownVersion(store, 'poems', 'latest')).toBe('v0')
})

test('without a completed version there is no latest', async () => {
  poems('v0', 'failed')
  await expect(knownVersion(store, 'poems', 'latest')).rejects.toThrow(
    'poems has no completed version yet, so no latest. `itemwise list poems --all` shows what there is.',
  )
})

test('@label is the newest completed version with that label', async () => {
  poems('v0', 'completed', 'final')
  poems('v1', 'completed', 'final')
  poems('v2', 'failed', 'final')
  poems('v3', 'completed', 'beta')
  expect(await knownVersion(store, 'poems', '@final')).toBe('v1')
})

test('a label that no completed version has is refused with those there are', async () => {
  poems('v0', 'failed', 'final')
  await expect(knownVersion(store, 'poems', '@final')).rejects.toThrow(
    'poems has no completed version labelled final. It has no completed version.',
  )
  poems('v1', 'completed', 'beta')
  await expect(knownVersion(store, 'poems', '@bata')).rejects.toThrow(
    'poems has no completed version labelled bata. Labels of its completed versions: beta. Did you mean beta?',
  )
})
