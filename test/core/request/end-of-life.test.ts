import { expect, test } from 'vitest'
import { endOfLifeWarnings } from '../../../core/request/end-of-life.ts'
import { prospectOf } from '../../../core/request/opening.ts'
import { claude } from '../../../models/claude/claude.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { stepWith } from '../steps.ts'

const warned = (model: string, day: string) =>
  endOfLifeWarnings(stepWith({ model }), { provider: claude, now: Date.parse(day) })

test('a model is warned of from the day of its end of life, under a dated id too', () => {
  expect(warned('claude-sonnet-4-5', '2026-11-29T23:59:59Z')).toEqual([])
  expect(warned('claude-sonnet-4-5-20250929', '2026-11-30')).toEqual([
    'Step 1 (write): claude-sonnet-4-5-20250929 reached its end of life on 2026-11-30 (table of 2026-11-22), so calls will probably fail. Use another model; `itemwise models` lists them.',
  ])
})

test('a model without a known end is not warned of', () => {
  expect([warned('claude-haiku-5-5', '2099-01-01'), warned('my-model', '2099-01-01')]).toEqual([[], []])
})

test('a check of a run says so by its own clock', async () => {
  const workspace = new WorkspaceFolder()
  workspace.write('prompts/write.md', 'Say {text}.')
  workspace.write('inputs/a.json', '[{"id": 1, "text": "hello"}]')
  const request = { steps: [{ prompt_name: 'write', input_file: 'inputs/a.json', model: 'claude-sonnet-4-5' }] }
  const warningsOn = async (day: string) => {
    const store = new FolderStore(workspace.root)
    const tools = {
      store,
      provider: claude,
      standIn: false,
      batches: false,
      now: () => Date.parse(day),
      newId: () => 'id',
    }
    const { forecast } = await prospectOf(tools, { kind: 'run', request })
    return forecast.steps.flatMap(({ warnings }) => warnings)
  }
  expect([await warningsOn('2026-11-29'), await warningsOn('2026-12-01')]).toEqual([
    [],
    [expect.stringMatching(/^Step 1 \(write\): claude-sonnet-4-5 reached its end of life on 2026-11-30/)],
  ])
  workspace.remove()
})
