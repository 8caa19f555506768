import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const example = join(import.meta.dirname, 'library-example.ts')
const folder = mkdtempSync(join(tmpdir(), 'itemwise-library-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the guide shows the library example as it is, but for where it imports from', () => {
  const guide = readFileSync(join(root, 'docs/guide.md'), 'utf8')
  const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code)
  expect(blocks).toEqual([readFileSync(example, 'utf8').replace("from '../index.ts'", "from 'itemwise'")])
})

test('the library example runs a pipeline and tells of each item', () => {
  const workspace = join(folder, 'my-prompts')
  for (const name of ['inputs', 'prompts']) cpSync(join(root, name), join(workspace, name), { recursive: true })
  writeFileSync(join(workspace, 'inputs/words.jsonl'), '{"word": "candle"}\n{"word": "echo"}\n')
  writeFileSync(join(workspace, 'prompts/write_riddle.md'), 'Write a riddle about {word}.')
  writeFileSync(join(workspace, 'prompts/check_riddle.md'), 'Is this a riddle: {text}')
  const { status, stdout, stderr } = spawnSync(process.execPath, [example], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  })
  expect({ status, stderr, lines: stdout.split('\n').sort() }).toEqual({
    status: 0,
    stderr: '',
    lines: [
      '',
      '2 items, 0 failed: outputs/riddles/v0/collated/01_write_riddle.json, outputs/riddles/v0/collated/02_check_riddle.json',
      'step 1, candle: answered',
      'step 1, echo: answered',
      'step 2, candle: answered',
      'step 2, echo: answered',
    ],
  })
})
