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
    expect.stringMatching(
      /^words v1 was removed\. Its answers had cost \$[\d.]+\. Its number will not be used again\.\n$/,
    ),
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
  expect([list.code, list.out]).toEqual([
    0,
    expect.stringMatching(/^=+\nPIPELINE: words\n.*\n\nRemoved from words: v1 \(cost \$[\d.]+\)\.\n$/s),
  ])
  const [{ latest, versions, removed }] = JSON.parse((await story.run('list', 'words', '--all', '--json')).out)
  expect([latest, versions.length, removed[0].version]).toEqual(['v0', 1, 'v1'])
  expect((await story.run('doctor')).out).toContain('Nothing')
})

test('the latest completed version goes with --force only; then latest is the one before it', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  expect(await remove(story, 'words', 'latest')).toEqual([
    2,
    'itemwise: words v1 was not removed, because it is the latest completed version: reruns start from it, and paths with latest/ lead to it. --force removes it anyway; then latest is v0.\n',
  ])
  expect((await remove(story, 'words', 'latest', '--force'))[0]).toBe(0)
  await story.run('rerun', 'words', '12')
  expect(story.names('outputs/words')).toEqual(['latest', 'removed', 'v0', 'v2'])
  expect(story.metadata('words/v2').base_version).toBe('v0')
})

test('a pipeline whose last version was removed is still known', async () => {
  await using story = await begun()
  expect(await remove(story, 'words', 'v0')).toEqual([
    2,
    expect.stringContaining('; then words has no completed version left.'),
  ])
  expect((await remove(story, 'words', 'v0', '--force'))[0]).toBe(0)
  for (const words of [
    ['list', '--all'],
    ['list', 'words', '--all'],
  ])
    expect((await story.run(...words)).out).toMatch(/^words: no versions\. Removed: v0 \(cost \$[\d.]+\)\.\n$/)
  expect(JSON.parse((await story.run('list', '--all', '--json')).out)).toMatchObject([
    { pipeline: 'words', latest: null, versions: [], removed: [{ version: 'v0' }] },
  ])
  for (const words of [
    ['show', 'words'],
    ['show', 'words', 'v0'],
    ['resume', 'words'],
    ['list', 'words'],
    ['remove', 'words', 'v0'],
  ])
    expect(await story.run(...words).then(({ code, err }) => [code, err])).toEqual([
      2,
      'itemwise: words v0 was removed. There are no other versions.\n',
    ])
  expect((await story.run('list')).out).not.toContain('words')
  await story.run('run', 'words')
  expect(story.names('outputs/words')).toEqual(['latest', 'removed', 'v1'])
})

test('a damaged tombstone is named by list and by the doctor, and keeps nobody from the rest', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  await remove(story, 'words', 'v1', '--force')
  story.write('outputs/words/removed/v1.json', '{"version": "v')
  const { code, out, err } = await story.run('list', '--all')
  expect([code, out, err]).toEqual([
    1,
    expect.stringContaining('PIPELINE: words\nVersions: 1\nLatest: v0\n'),
    expect.stringMatching(/^Not listed: outputs\/words\/removed\/v1\.json cannot be read/),
  ])
  const told = await story.run('doctor')
  expect([told.code, told.out]).toEqual([
    3,
    expect.stringMatching(/^outputs\/words\/removed\/v1\.json\n {2}Found: {2}It cannot be read/),
  ])
  expect((await story.run('rerun', 'words', '11')).err).toContain('outputs/words/removed/v1.json cannot be read')
  await remove(story, 'words', 'v0', '--force')
  expect((await story.run('doctor')).out).toContain('outputs/words/removed/v1.json\n')
})

test('a version whose label a path may name goes with --force only', async () => {
  await using story = await begun()
  await story.run('label', 'words', 'v0', '--status', 'final')
  story.write('pipelines/again.json', {
    ...story.json<object>('pipelines/words.json'),
    steps: [{ ...step1, batch_skip_existing: false }],
  })
  await story.run('run', 'again')
  expect(story.names('outputs/words')).toEqual(['latest', 'v0', 'v1'])
  expect(await remove(story, 'words', 'v0')).toEqual([
    2,
    'itemwise: words v0 was not removed, because it is labelled final, and paths with @final/ lead to it. --force removes it anyway.\n',
  ])
  await story.run('label', 'words', 'v1', '--status', 'final')
  expect((await remove(story, 'words', 'v1'))[1]).toContain('paths with latest/ and @final/ lead to it')
  // The path leads to v1 by now.
  expect((await remove(story, 'words', 'v0'))[0]).toBe(0)
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
    'itemwise: words v0 was not removed, because other versions need it: v1 is a rerun of it. Remove v1 first.\n',
  ])
})

test('a version whose answers a ledger names is needed, whatever the base of that says', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  await story.run('rerun', 'words', '12', '--base', 'v0')
  story.write('outputs/words/v2/metadata.json', { ...story.metadata('words/v2'), base_version: null })
  expect(await remove(story, 'words', 'v0')).toEqual([
    2,
    'itemwise: words v0 was not removed, because other versions need it: v1 is a rerun of it; v2 still has answers from it (step 1). Remove those first, newest first: v2, v1.\n',
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
    'itemwise: words v0 was not removed, because an unfinished run needs it: other v0 reads it and is unfinished (failed). Finish or remove other v0 first.\n',
  ])
  story.api.answer = undefined
  expect((await story.run('resume', 'other')).code).toBe(0)
  expect((await remove(story, 'words', 'v0', '--force'))[0]).toBe(0)
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

test('an unfinished version with answers that a resume would keep goes with --force only', async () => {
  await using story = await Story.begin(wordFiles(3, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = () => (story.sent.length > 2 ? { status: 401, type: 'authentication_error' } : undefined)
  await story.run('run', 'words')
  expect(await remove(story, 'words', 'v0')).toEqual([
    2,
    'itemwise: words v0 was not removed, because it is unfinished and has 2 answers that `itemwise resume words v0` would keep. --force removes it anyway.\n',
  ])
  expect((await remove(story, 'words', 'v0', '--force'))[0]).toBe(0)
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
  // The record was gone, and not yet all of its files.
  story.write('outputs/words/v1/01_ledger.jsonl', '')
  expect(await remove(story, 'words', '1')).toEqual([0, 'The removal of words v1, begun earlier, is now complete.\n'])
})

test('a one-off run is removed by its id, and has no number to keep', async () => {
  await using story = await begun()
  await story.run('run', 'words', '--first', '1')
  const [id = ''] = story.names('outputs/_runs')
  expect(await remove(story, id)).toEqual([
    0,
    expect.stringMatching(/^The one-off run \w{26} was removed\. Its answers had cost \$[\d.]+\.\n$/),
  ])
  expect(story.names('outputs/_runs')).toEqual(['removed'])
  const removed = `itemwise: The one-off run ${id} was removed.\n`
  for (const words of [[id], ['_runs', id], [`outputs/_runs/${id}`]])
    expect(await remove(story, ...words)).toEqual([2, removed])
  expect((await story.run('show', id)).err).toBe(removed)
  expect((await story.run('doctor')).out).toBe('Nothing is wrong with 1 version.\n')
})

test('a version is removed by its path, too, and never without its name', async () => {
  await using story = await begun()
  await story.run('rerun', 'words', '11')
  expect(await remove(story, 'words', '--force')).toEqual([
    2,
    'itemwise: Which version of words? Expected `itemwise remove words <version>`. Versions: v0, v1.\n',
  ])
  expect(await remove(story, 'outputs/words/v1/', '--force')).toEqual([
    0,
    expect.stringContaining('words v1 was removed.'),
  ])
})

test('what is left of a removed version does not make a folder of versions of what is none', async () => {
  await using story = await begun()
  mkdirSync(join(story.root, 'outputs/empty/removed'), { recursive: true })
  expect((await story.run('list', '--all')).out).not.toContain('empty')
  rmSync(join(story.root, 'outputs/empty'), { recursive: true })
})
