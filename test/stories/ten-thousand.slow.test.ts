import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story } from './story.ts'

const items = 10_000

/** A version v0 of ten thousand items, and v1 in which two of them were asked for again. */
async function rerun(): Promise<Story> {
  const words = Array.from({ length: items }, (_, at) => ({ id: at + 1, word: `word ${at + 1}` }))
  const story = await Story.begin({
    'inputs/words.json': words,
    'prompts/define.md': 'Define {word} as JSON.',
    'pipelines/words.json': {
      pipeline_name: 'words',
      steps: [{ prompt_name: 'define', input_file: 'inputs/words.json', max_concurrency: 64 }],
    },
  })
  const { code, err } = await story.run('run', 'pipelines/words.json', '--offline')
  expect(code, err).toBe(0)
  story.write('prompts/define.md', 'Define {word} as JSON, and in other words.')
  expect((await story.run('rerun', 'words', '4711', '9999', '--offline')).code).toBe(0)
  return story
}

test('two of ten thousand items are rerun: the others stay to the byte, and all commands agree with and without the indexes', async () => {
  await using story = await rerun()
  const array = (version: string) => JSON.parse(story.read(`outputs/words/${version}/collated/01_define.json`))
  const [before, after] = [array('v0'), array('v1')]
  const changed = before.flatMap((one: { id: number }, at: number) =>
    JSON.stringify(one) === JSON.stringify(after[at]) ? [] : [one.id],
  )
  expect({ length: after.length, changed }).toEqual({ length: items, changed: [4711, 9999] })

  const commands = [
    ['show', 'words', 'v1', '4711'],
    ['show', 'words', 'v1', '17', '--json'],
    ['show', 'words', 'v1', '10001'],
    ['show', 'words', 'v1', '--json'],
    ['compare', 'words', 'v0', 'v1', '--detail'],
    ['export', 'words', 'v1', '--format', 'jsonl'],
    ['rerun', 'words', '17', '18', '--dry-run', '--offline'],
    ['rerun', 'words', '10001', '--offline'],
    ['doctor'],
  ]
  const said = async () => {
    const all: unknown[] = []
    for (const words of commands) all.push(await story.run(...words))
    return all
  }
  const withIndexes = await said()
  expect(withIndexes.at(-1)).toMatchObject({ code: 0, out: 'Nothing is wrong with 2 versions.\n' })
  const files = ['v0', 'v1'].map((version) => join(story.root, `outputs/words/${version}/.index/01.bin`))
  const indexes = files.map((file) => readFileSync(file))
  for (const file of files) rmSync(file)
  expect(await said()).toEqual(withIndexes)

  // What the run copied in blocks is what the doctor makes of the files item by item.
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  for (const [at, file] of files.entries()) expect(readFileSync(file).equals(indexes[at]!)).toBe(true)
}, 600_000)
