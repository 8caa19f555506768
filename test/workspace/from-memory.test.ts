/** A version that a program made from memory, through all that may be done with it. */
import { expect, test } from 'vitest'
import { makeProgrammersFolder } from '../programmers-folder.ts'
import { Story, until } from '../stories/story.ts'
import { prompts, words } from '../stories/words.ts'
import { opened } from './opened.ts'

const program = `import { openWorkspace } from 'itemwise'
const items = ${JSON.stringify(words(5))}
const steps = [{ prompt: 'Sort {word}.', items, answer_format: 'text', max_concurrency: 2 }]
const run = await openWorkspace('.').run({ pipeline_name: 'words', steps })
await run.done
`

test('it is killed, resumed, rerun with two new items, compared, reviewed from the command line, edited and exported', async () => {
  await using story = await Story.begin({ 'program.ts': program })
  makeProgrammersFolder(story.root)
  story.api.answer = ({ prompt }) => (/w[45]/.test(prompt) ? { after: new Promise(() => {}) } : 'Fine.')
  const killed = story.startProgram({ file: 'program.ts', env: {} })
  const workspace = opened(story)
  await until(() => story.sent.length === 5)
  // What is kept can be read while it is being run.
  await expect
    .poll(async () => (await workspace.version('words')).metadata.stats, { timeout: 60_000 })
    .toMatchObject({
      processed: 3,
    })
  killed.signal('SIGKILL')
  await killed.ended
  story.api.answer = undefined
  story.asked()
  await (await workspace.resume('words')).done
  expect(story.asked()).toEqual(prompts('Sort', 4, 5))
  // The command line knows its items, too.
  expect((await story.run('rerun', 'words', '12')).code).toBe(0)
  expect(story.asked()).toEqual(prompts('Sort', 2))

  const again = await workspace.rerun({ pipeline: 'words', ids: [16, 17], items: words(7) })
  expect((await Array.fromAsync(again.answers())).map(({ id }) => Number(id))).toEqual(words(7).map(({ id }) => id))
  expect(story.asked()).toEqual(prompts('Sort', 6, 7))
  const version = await workspace.version('words', 'v2')
  expect(await Array.fromAsync((await version.compare('v1')).differences())).toMatchObject([
    { step: 1, id: '16', kind: 'removed' },
    { step: 1, id: '17', kind: 'removed' },
  ])
  expect((await story.run('compare', 'words', 'v1', 'v2')).out).toContain('2 added')
  expect((await story.run('show', 'words', 'v2', '17')).out).toContain('Sort w7.')

  expect((await story.run('approve', 'words', '11', '13', '--by', 'Ada')).out).toContain('Approved 11, 13 in step 1')
  await version.flag([12], { by: 'Ada', comment: 'Too short.' })
  const reviews = await Array.fromAsync(version.reviews())
  expect(reviews.map(({ root_id, state }) => [root_id, state]).slice(0, 4)).toEqual([
    ['11', 'approved'],
    ['12', 'flagged'],
    ['13', 'approved'],
    ['14', 'unreviewed'],
  ])
  expect(reviews[1]).toMatchObject({ by: 'Ada', comment: 'Too short.', version: 'v2', stale: false })
  expect((await story.run('reviews', 'words')).out).toContain('2 approved, 1 flagged, 4 unreviewed')
  expect(JSON.parse((await story.run('reviews', 'words', '--json')).out)).toEqual(reviews)
  const file = await version.export(`${story.root}/good.jsonl`, { approved: true })
  expect(story.read(file.slice(story.root.length + 1)).match(/"id":\d+/g)).toEqual(['"id":11', '"id":13'])
  await version.clear(['13'], { by: 'Ada' })
  await expect(version.approve([99], { by: 'Ada' })).rejects.toThrow('v2 of words has no item 99.')

  story.asked()
  await version.edit(12, 'Mine.', { by: 'Ada' })
  const applied = await workspace.apply({ pipeline: 'words' })
  const texts = (await Array.fromAsync(applied.answers())).map(({ answer }) => answer)
  expect(texts[1]).toEqual({ id: 12, text: 'Mine.' })
  expect(story.asked()).toEqual([])
})
