import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import * as library from '../../index.ts'
import { jsonSchema, openWorkspace, RequestRefused, type Workspace } from '../../index.ts'
import { Story } from '../stories/story.ts'
import { wordFiles } from '../stories/words.ts'
import { opened } from './opened.ts'

async function completed(story: Story, workspace: Workspace, ids: string[] = []): Promise<void> {
  const run =
    ids.length === 0
      ? await workspace.run({
          pipeline_name: 'words',
          steps: [{ prompt_name: 'define', input_file: 'inputs/words.json', answer_format: 'text' }],
        })
      : await workspace.rerun({ pipeline: 'words', ids })
  await run.done
  story.asked()
}

test('an item has its prompt, its answer and its ledger line, and paths open as they are', async () => {
  await using story = await Story.begin(wordFiles(3))
  const workspace = opened(story)
  await completed(story, workspace)
  const version = await workspace.version('words')
  const [step] = await version.item(12)
  expect(step).toMatchObject({
    ...{ step: 1, prompt_name: 'define', prompt: 'Define w2.', reply: null },
    ledger: { item_id: '12', state: 'answered', answer_version: 'v0' },
    answer: { id: 12, text: expect.any(String) },
  })
  expect(readFileSync(step!.prompt_path, 'utf8')).toBe('Define w2.')
  expect(version.folder).toBe(join(story.root, 'outputs/words/v0'))
  await expect(version.item('w2')).rejects.toThrow('words v0 has no item "w2".')
})

test('versions are listed with their counts, found by name and label, labelled, exported and removed', async () => {
  await using story = await Story.begin(wordFiles(2))
  const workspace = opened(story)
  await completed(story, workspace)
  await completed(story, workspace, ['11'])
  const v0 = await workspace.version('words', 'v0')
  expect((await v0.label({ status: 'final', notes: 'good' })).pipeline_status).toBe('final')
  expect((await workspace.version('words', '@final')).version).toBe('v0')
  await expect(v0.label({ status: 'v1' })).rejects.toThrow('cannot be a label')
  const [listed] = await workspace.list()
  expect(listed).toMatchObject({ pipeline: 'words', latest: 'v1' })
  expect(
    listed?.versions.map(({ version, alive, stats }) => [version, alive, 'processed' in stats && stats.processed]),
  ).toEqual([
    ['v0', false, 2],
    ['v1', false, 1],
  ])
  const file = await v0.export(join(story.root, 'words.csv'))
  expect(readFileSync(file, 'utf8').split('\n', 1)[0]).toMatch(/^id,text/)
  await expect(v0.export(join(story.root, 'words.doc'))).rejects.toThrow('has an ending of another format')
  await expect(v0.remove({ force: true })).rejects.toThrow('v1 is a rerun of it')
  await (await workspace.version('words', 'v1')).remove({ force: true })
  expect(existsSync(join(story.root, 'outputs/words/v1'))).toBe(false)
  expect((await workspace.version('words')).version).toBe('v0')
})

test('the answers of a version whose array was edited say so', async () => {
  await using story = await Story.begin(wordFiles(2))
  const workspace = opened(story)
  await completed(story, workspace)
  const path = 'outputs/words/v0/collated/01_define.json'
  const [first, second] = story.json<{ id: number; text: string }[]>(path)
  story.write(path, [first, { ...second, text: 'Mine.' }])
  const answers = await Array.fromAsync((await workspace.version('words')).answers())
  expect(answers).toEqual([
    { id: '11', answer: first },
    { id: '12', answer: { ...second, text: 'Mine.' }, edited: true },
  ])
})

test('what is refused is said in the words of a program', async () => {
  await using story = await Story.begin(wordFiles(2))
  const workspace = opened(story)
  await completed(story, workspace)
  const version = await workspace.version('words')
  const refused = async (asked: Promise<unknown>) => {
    const error = await asked.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RequestRefused)
    return (error as RequestRefused).message
  }
  expect(await refused(version.label({}))).toBe(
    'There is nothing to change. Expected status <label>, notes <text> or both.',
  )
  expect(await refused(version.export(join(story.root, 'a.xlsx'), { excel: true }))).toBe(
    'excel and separator are for CSV, but the format is xlsx. Leave them out.',
  )
  expect(await refused(version.remove())).toContain('. force removes it anyway; then')
  expect(await refused(version.approve([11], { by: ' ' }))).toContain('by names nobody.')
  expect(await refused(version.edit(11, undefined, { by: 'Ada' }))).toBe(
    'The answer cannot be written as JSON: it is undefined. Expected a text, a number, an object or an array. Nothing was noted.',
  )
  const round: { itself?: unknown } = {}
  round.itself = round
  expect(await refused(version.edit(11, round, { by: 'Ada' }))).toContain('circular structure')
  expect(await Array.fromAsync(version.reviews())).toMatchObject([{ state: 'unreviewed' }, { state: 'unreviewed' }])
})

test('what somebody wrote into a file becomes an edit', async () => {
  await using story = await Story.begin(wordFiles(2))
  const workspace = opened(story)
  await completed(story, workspace)
  const version = await workspace.version('words')
  expect(await version.adopt({ by: 'Ada' })).toEqual([])
  const path = 'outputs/words/v0/collated/01_define.json'
  const [first, second] = story.json<{ id: number; text: string }[]>(path)
  story.write(path, [first, { ...second, text: 'Mine.' }])
  expect(await version.adopt({ by: 'Ada', comment: 'Better.' })).toMatchObject([
    { act: 'edit', root_id: '12', by: 'Ada', comment: 'Better.', answer: { id: 12, text: 'Mine.' } },
  ])
  const edited = await workspace.apply<{ text: string }>({ pipeline: 'words' })
  expect((await Array.fromAsync(edited.answers())).map(({ answer }) => answer.text)[1]).toBe('Mine.')
})

test('what two versions differ in comes answer by answer', async () => {
  await using story = await Story.begin(wordFiles(2))
  const workspace = opened(story)
  await completed(story, workspace)
  story.api.answer = () => 'Another one.'
  await completed(story, workspace, ['12'])
  const comparison = await (await workspace.version('words', 'v0')).compare('latest')
  expect({ a: comparison.a, b: comparison.b, stands_on: comparison.stands_on }).toEqual({
    a: 'v0',
    b: 'v1',
    stands_on: 'b_on_a',
  })
  expect(await Array.fromAsync(comparison.differences())).toEqual([
    {
      ...{ step: 1, id: '12', kind: 'changed' },
      before: { id: 12, text: expect.any(String) },
      after: { id: 12, text: 'Another one.' },
    },
  ])
})

test('the guide says of every error what to do', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/library.md'), 'utf8')
  const [, table = ''] = /## Errors\n\n([\s\S]*?)\n\n/.exec(guide) ?? []
  const errors = Object.values(library).filter(
    (one) => typeof one === 'function' && one.prototype instanceof library.ItemwiseError,
  )
  expect(errors.length).toBeGreaterThan(10)
  expect(errors.map(({ name }) => name).filter((name) => !table.includes(`\`${name}\``))).toEqual([])
})

test('a folder that is not there, an unknown pipeline and a missing key are refused', async () => {
  await using story = await Story.begin(wordFiles(1))
  await expect(openWorkspace(join(story.root, 'nowhere')).list()).rejects.toThrow('There is no folder')
  await expect(opened(story).version('wrods')).rejects.toBeInstanceOf(RequestRefused)
  const keyless = openWorkspace(story.root, { apiKey: '' })
  await expect(keyless.run({ steps: [{ prompt: 'A', items: [{ id: 1 }] }] })).rejects.toThrow('set offline: true')
})

test('answers have the type that the last step says', () => {
  const workspace = openWorkspace('.', { offline: true })
  const items = [{ id: 1 }]
  const typed = () => ({
    text: workspace.run({ steps: [{ prompt: 'A', items, answer_format: 'text', batch_only_items: [1] }] }),
    last: workspace.run({
      steps: [
        { prompt: 'A', items, output_schema: z.object({ a: z.number() }) },
        { prompt: 'B', output_schema: z.object({ b: z.string() }) },
      ],
    }),
    value: workspace.run({ steps: [{ prompt: 'A', items, output_schema: z.array(z.string()) }] }),
    single: workspace.run({
      steps: [{ prompt: 'A', input_file: 'a.txt', batch_mode: false, output_schema: z.array(z.string()) }],
    }),
    file: workspace.run({ steps: [{ prompt: 'A', input_file: 'a.txt', batch_mode: false, output_file: 'a.md' }] }),
    none: workspace.run({ steps: [{ prompt_name: 'a', items }] }),
    schema: workspace.run({ steps: [{ prompt: 'A', items, output_schema: { type: 'object' } }] }),
    rerun: workspace.rerun<{ team: string }>({ pipeline: 'a', failed: true }),
    resumed: workspace.resume('a'),
    said: workspace.run({
      steps: [{ prompt: 'A', items, output_schema: jsonSchema<{ team: string }>({ type: 'object' }) }],
    }),
  })
  type Answer<Name extends keyof ReturnType<typeof typed>> =
    Awaited<ReturnType<typeof typed>[Name]> extends { answers(): AsyncGenerator<{ answer: infer Found }> }
      ? Found
      : never
  expectTypeOf<Answer<'text'>>().toEqualTypeOf<{ text: string }>()
  expectTypeOf<Answer<'last'>>().toEqualTypeOf<{ b: string }>()
  expectTypeOf<Answer<'value'>>().toEqualTypeOf<{ value: string[] }>()
  expectTypeOf<Answer<'single'>>().toEqualTypeOf<string[]>()
  expectTypeOf<Answer<'file'>>().toEqualTypeOf<string>()
  expectTypeOf<Answer<'none'>>().toBeUnknown()
  expectTypeOf<Answer<'schema'>>().toBeUnknown()
  expectTypeOf<Answer<'rerun'>>().toEqualTypeOf<{ team: string }>()
  expectTypeOf<Answer<'resumed'>>().toBeUnknown()
  expectTypeOf<Answer<'said'>>().toEqualTypeOf<{ team: string }>()
})
