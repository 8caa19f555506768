import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prune } from '../../cli/prune.ts'
import { WorkspaceFolder } from '../version-folder.ts'
import { fakeTerminal } from './fake-terminal.ts'

let workspace: WorkspaceFolder

beforeEach(() => {
  workspace = new WorkspaceFolder()
  const steps = [{ prompt_name: 'write', items: [{ id: 'a', answer: '{}' }] }]
  for (const version of ['v0', 'v1']) workspace.version({ pipeline: 'poems', version }, { steps })
})
afterEach(() => workspace.remove())

const prompt = () => existsSync(join(workspace.root, 'outputs/poems/v0/prompts/01_prompt_a.md'))

/** Answers the question, and keeps what was said before it. */
async function pruned(answer: string) {
  let [out, err] = ['', '']
  const terminal = fakeTerminal({
    out: (text) => {
      out += text
    },
    note: (text) => {
      err += text
    },
    ask: async (question) => {
      err += question
      return answer
    },
    cwd: workspace.root,
  })
  const code = await prune([], {}, terminal).catch(({ message }: Error) => message)
  return { code, out, err }
}

test.each(['', 'n', 'no', 'yesterday'])('%j to the question removes nothing', async (answer) => {
  const { code, err } = await pruned(answer)
  expect([code, prompt()]).toEqual(['Not confirmed, so nothing was removed.', true])
  expect(err).toMatch(/^Prompts and unusable replies of old versions[\s\S]*poems v0[\s\S]*Remove all that\? \[y\/N\] $/)
})

test.each(['y', 'Yes '])('%j removes what was shown', async (answer) => {
  expect(await pruned(answer)).toMatchObject({ code: 0, out: expect.stringMatching(/^Removed: /) })
  expect(prompt()).toBe(false)
})
