import { afterEach, beforeEach, expect, test } from 'vitest'
import { RequestRefused } from '../../../core/errors.ts'
import { NoModel } from '../../../runners/choose-model.ts'
import { dryRunStart } from '../../../runners/dry-run.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
beforeEach(() => {
  workspace = new WorkspaceFolder()
  workspace.write('prompts/sum.md', 'Sum up {input}.')
  workspace.write('inputs/a.json', '{"a/b": {"c~d": [1, 2]}, "list": [[3]]}')
})
afterEach(() => workspace.remove())

async function firstPrompt(input_file: string): Promise<string | undefined> {
  const tools = { store: new FolderStore(workspace.root), model: new NoModel(true) }
  const request = { steps: [{ prompt_name: 'sum', input_file, batch_mode: false }] }
  const { prospect } = await dryRunStart(tools, { kind: 'run', request })
  return prospect.forecast.firstPrompt?.prompt
}

test('the input of a single call is what its pointer leads to', async () => {
  expect(await firstPrompt('inputs/a.json#/list/0')).toBe('Sum up [3].')
  expect(await firstPrompt('inputs/a.json#/a~1b/c~0d')).toBe('Sum up [1, 2].')
})

test('a pointer of a single call that leads nowhere is refused', async () => {
  await expect(firstPrompt('inputs/a.json#/a/b')).rejects.toThrow('inputs/a.json#/a/b has nothing at #/a/b.')
})

test('one name for two fields in a root item that a later step asks for is refused once, with the item', async () => {
  workspace.write('inputs/b.json', '[{"id": 1, "a__b": 1, "a": {"b": 2}}]')
  workspace.write('prompts/write.md', 'Write {id}.')
  workspace.write('prompts/rate.md', 'Rate {root__id}.')
  const tools = { store: new FolderStore(workspace.root), model: new NoModel(true) }
  const request = { steps: [{ prompt_name: 'write', input_file: 'inputs/b.json' }, { prompt_name: 'rate' }] }
  await expect(dryRunStart(tools, { kind: 'run', request })).rejects.toThrow(
    new RequestRefused(['Item 1: {a__b} could be two fields: the key a__b and a nested one. Rename one of them.']),
  )
})
