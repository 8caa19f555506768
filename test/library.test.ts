import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const example = join(import.meta.dirname, 'library-example.ts')
const folder = mkdtempSync(join(tmpdir(), 'itemwise-library-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the guide shows the library example as it is, but for where it imports from', () => {
  const guide = readFileSync(join(root, 'docs/guide/library.md'), 'utf8')
  const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code)
  expect(blocks).toEqual([readFileSync(example, 'utf8').replace("from '../index.ts'", "from 'itemwise'")])
})

test('the library example runs a pipeline and tells of each item', () => {
  const workspace = join(folder, 'my-prompts')
  for (const name of ['inputs', 'prompts']) cpSync(join(root, name), join(workspace, name), { recursive: true })
  writeFileSync(join(workspace, 'inputs/words.jsonl'), '{"word": "candle"}\n{"word": "echo"}\n')
  writeFileSync(join(workspace, 'prompts/write_riddle.md'), 'Write a riddle about {word}.')
  writeFileSync(join(workspace, 'prompts/check_riddle.md'), 'Is this a riddle: {text}')
  const outputs = ['01_write_riddle.json', '02_check_riddle.json'].map((name) =>
    join(realpathSync(workspace), 'outputs/riddles/v0/collated', name),
  )
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
      `2 items, 0 failed: ${outputs.join(', ')}`,
      'step 1, candle: answered',
      'step 1, echo: answered',
      'step 2, candle: answered',
      'step 2, echo: answered',
    ],
  })
})

test('under an older Node the library says in one sentence which one it needs, and blames no file', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const older = `data:text/javascript,Object.defineProperty(process, 'version', { value: 'v20.20.0' })`
  const program = `import { runPipeline } from ${JSON.stringify(pathToFileURL(join(root, 'index.ts')))}
    await runPipeline({ steps: [] }).catch(({ name, message }) => console.log(name + ': ' + message))`
  const { stdout } = spawnSync(process.execPath, ['--import', older, '--input-type=module', '--eval', program], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(stdout).toBe(
    `RequestRefused: itemwise needs Node.js ${engines.node.slice(2)} or newer, and this is v20.20.0. Install it from https://nodejs.org, and run the program again.\n`,
  )
})
