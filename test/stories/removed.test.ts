import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Tombstone } from '../../core/versions/tombstone.ts'
import { Story } from './story.ts'
import { step1, wordFiles, words } from './words.ts'

/** v0 of three words. */
async function begun(): Promise<Story> {
  const story = await Story.begin(wordFiles(3, [{ ...step1, batch_skip_existing: true }]))
  expect((await story.run('run', 'words')).code).toBe(0)
  return story
}

/** Removes a version and returns the exit code and the first line that says why. */
async function remove(story: Story, ...args: string[]): Promise<[number | null, string]> {
  const { code, out, err } = await story.run('remove', ...args)
  return [code, out + err]
}

test('a version that nothing needs is removed; what is left says what it was', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  await story.run('rerun', 'words', '12', '--base', 'v0')
  const { cost_usd } = story.metadata('words/v1').stats
  expect(await remove(story, 'words', 'v1')).toEqual([
    0,
    expect.stringMatching(/^words v1 is removed\. Its answers cost \$[\d.]+\. Its number is not given again\.\n$/),
  ])
  expect(story.names('outputs/words')).toEqual(['latest', 'removed', 'v0', 'v2'])
  expect(story.json<Tombstone>('outputs/words/removed/v1.json')).toEqual({
    version: 'v1',
    removed: expect.stringMatching(/^\d{4}-.*Z$/),
    status: 'completed',
    base_version: 'v0',
    cost_usd,
    steps: [{ step: 1, highest_item_index: 3 }],
  })
})

test('commands say of a removed version that it was removed', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  await remove(story, 'words', 'v1', '--force')
  for (const words of [
    ['show', 'words', 'v1'],
    ['compare', 'words', 'v0', 'v1'],
    ['remove', 'words', '1'],
  ]) {
    const { code, err } = await story.run(...words)
    expect([code, err]).toEqual([2, 'itemwise: words v1 was removed. Versions: v0.\n'])
  }
  const list = await story.run('list', 'words', '--all')
  expect([list.code, list.err]).toEqual([0, expect.stringMatching(/^Removed of words: v1 \(\$[\d.]+\)\.\n$/)])
  const [{ latest, versions, removed }] = JSON.parse((await story.run('list', 'words', '--all', '--json')).out)
  expect([latest, versions.length, removed[0].version]).toEqual(['v0', 1, 'v1'])
  expect((await story.run('doctor')).out).toContain('Nothing')
})

test('the latest completed version goes with --force only; then latest is the one before it', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  expect(await remove(story, 'words', 'latest')).toEqual([
    2,
    expect.stringContaining('words v1 was not removed, because it is the latest completed version'),
  ])
  expect((await remove(story, 'words', 'latest', '--force'))[0]).toBe(0)
  await story.run('rerun', 'words', '12')
  expect(story.names('outputs/words')).toEqual(['latest', 'removed', 'v0', 'v2'])
  expect(story.metadata('words/v2').base_version).toBe('v0')
})

test('sequential ids of a removed version are not given again', async () => {
  await using story = await begun()
  const withNew = (id: number) => story.write('inputs/words.json', [...words(3), { id, word: `new${id}` }])
  withNew(14)
  await story.run('run', 'words')
  await remove(story, 'words', 'v1', '--force')
  withNew(15)
  await story.run('run', 'words')
  const { item_index, output_id } = story.ledger('words/v2', 1).at(-1)!
  expect([item_index, output_id]).toEqual([5, 5])
  expect(story.json<Tombstone>('outputs/words/removed/v1.json').steps).toEqual([{ step: 1, highest_item_index: 4 }])
})

test('a version that is a base is needed', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  expect(await remove(story, 'words', 'v0', '--force')).toEqual([
    2,
    'itemwise: words v0 was not removed, because it is needed. v1 is based on v0. Remove or finish these first.\n',
  ])
})

test('a version whose answers a ledger names is needed, whatever the base of that says', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  story.write('outputs/words/v1/metadata.json', { ...story.metadata('words/v1'), base_version: null })
  expect(await remove(story, 'words', 'v0')).toEqual([
    2,
    expect.stringContaining('The ledger of step 1 of v1 names answers of v0.'),
  ])
})

test('a version that an unfinished run reads is needed, of whatever pipeline, until that has ended', async () => {
  await using story = await begun()
  story.write('prompts/again.md', 'Again {answer}.')
  const steps = [
    { prompt_name: 'again', input_file: 'outputs/words/latest/collated/01_define.json', batch_id_field: 'nr' },
  ]
  story.write('pipelines/other.json', { pipeline_name: 'other', steps })
  story.api.answer = () => ({ status: 401, type: 'authentication_error' })
  await story.run('run', 'other')
  expect(await remove(story, 'words', 'v0', '--force')).toEqual([
    2,
    expect.stringContaining('other v0 is not completed (failed) and reads outputs/words/v0.'),
  ])
  story.api.answer = undefined
  expect((await story.run('resume', 'other')).code).toBe(0)
  expect((await remove(story, 'words', 'v0', '--force'))[0]).toBe(0)
  expect((await story.run('list', '--all')).out).not.toContain('words')
  expect((await story.run('run', 'words')).code).toBe(0)
  expect(story.names('outputs/words')).toContain('v1')
})

test('an unfinished version is removed with what is known of its cost and its items', async () => {
  await using story = await begun()
  story.api.answer = ({ prompt }) =>
    prompt.includes('new') ? { status: 401, type: 'authentication_error' } : undefined
  story.write('inputs/words.json', [...words(3), { id: 14, word: 'new' }])
  await story.run('run', 'words')
  expect((await remove(story, 'words', 'v1'))[0]).toBe(0)
  const { status, cost_usd, steps } = story.json<Tombstone>('outputs/words/removed/v1.json')
  expect([status, cost_usd, steps]).toEqual(['failed', 0, [{ step: 1, highest_item_index: 4 }]])
})

test('a running version is not removed', async () => {
  await using story = await begun()
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  story.api.answer = () => ({ after: over })
  const run = story.start('rerun', 'words', '11')
  await expect.poll(() => story.sent.length, { timeout: 30_000 }).toBe(4)
  expect(await remove(story, 'words', 'v1')).toEqual([2, expect.stringContaining('words v1 is running.')])
  end()
  expect((await run.ended).code).toBe(0)
})

test('a removal that was killed is named by the doctor, and ended by removing again', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  await story.run('rerun', 'words', '12', '--base', 'v0')
  story.write('outputs/words/removed/v1.json', '{}')
  const { out } = await story.run('doctor', 'words')
  expect(out).toContain('Its removal was begun and never ended.')
  expect(out).toContain('itemwise remove words v1')
  expect((await remove(story, 'words', 'v1'))[0]).toBe(0)
  expect(story.names('outputs/words')).toEqual(['latest', 'removed', 'v0', 'v2'])
})

test('a one-off run is removed by its id, and has no number to keep', async () => {
  await using story = await begun()
  await story.run('run', 'words', '--first', '1')
  const [id = ''] = story.names('outputs/_runs')
  expect(await remove(story, '_runs', id)).toEqual([0, expect.stringMatching(/^_runs .* is removed\./)])
  expect(story.names('outputs/_runs')).toEqual([])
})

test('what is left of a removed version does not make a folder of versions of what is none', async () => {
  await using story = await begun()
  mkdirSync(join(story.root, 'outputs/empty/removed'), { recursive: true })
  expect((await story.run('list', '--all')).out).not.toContain('empty')
  rmSync(join(story.root, 'outputs/empty'), { recursive: true })
})
