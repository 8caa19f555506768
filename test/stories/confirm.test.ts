import { describe, expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

// A try-out says that a word costs $0.0000099, so that the run of 100 is likely to cost $0.001.
async function triedOut(settings: object): Promise<Story> {
  const story = await Story.begin({ ...wordFiles(100), 'itemwise.yaml': settings })
  await story.run('run', 'pipelines/words.json', '--first', '2', '--yes')
  return story
}

const asked = (story: Story) => story.sent.filter(({ path }) => path === '/v1/messages').length

describe('without a terminal, a run that is likely to cost more than confirm_above_usd', () => {
  test('is refused before anything is paid for', async () => {
    await using story = await triedOut({ confirm_above_usd: 0.0005 })
    const { code, out, err } = await story.run('run', 'pipelines/words.json')
    expect({ code, out, err, asked: asked(story), versions: story.names('outputs') }).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(
        /^itemwise: This run will cost about \$0\.0010.*\. That is above confirm_above_usd in itemwise\.yaml \(\$0\.0005\), and there is no terminal to confirm it on, so nothing was started\. Add --yes to start it\.\n$/,
      ),
      asked: 2,
      versions: ['_runs', '_spending'],
    })
  })

  test('begins with --yes, and a rerun too', async () => {
    await using story = await triedOut({ confirm_above_usd: 0 })
    const run = await story.run('run', 'pipelines/words.json', '--yes')
    const refused = await story.run('rerun', 'words', '11')
    const rerun = await story.run('rerun', 'words', '11', '--yes')
    expect({ codes: [run.code, refused.code, rerun.code], asked: asked(story) }).toEqual({
      codes: [0, 2, 0],
      asked: 103,
    })
  })

  test('is refused where its price is not known', async () => {
    await using story = await triedOut({ confirm_above_usd: 100 })
    const { code, err } = await story.run('run', 'pipelines/words.json', '--model', 'claude-next')
    expect({ code, err, asked: asked(story) }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /^itemwise: What claude-next costs is not known: .* It cannot be compared with confirm_above_usd/,
      ),
      asked: 2,
    })
  })
})

describe('a run begins without being confirmed', () => {
  test('where it is likely to cost less', async () => {
    await using story = await triedOut({ confirm_above_usd: 0.1 })
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(0)
  })

  test('where the stand-in answers', async () => {
    await using story = await Story.begin({ ...wordFiles(3), 'itemwise.yaml': { confirm_above_usd: 0 } })
    expect((await story.run('run', 'pipelines/words.json', '--offline')).code).toBe(0)
  })

  test('where nothing says that it must be, and then no tokens are counted', async () => {
    await using story = await Story.begin(wordFiles(3))
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(0)
    expect(story.sent.map(({ path }) => path)).toEqual(Array.from({ length: 3 }, () => '/v1/messages'))
  })
})

test('a rerun with nothing to do is not to be confirmed', async () => {
  await using story = await Story.begin({ ...wordFiles(3, [step1]) })
  await story.run('run', 'pipelines/words.json')
  story.write('itemwise.yaml', { confirm_above_usd: 0 })
  expect(await story.run('rerun', 'words', '--changed')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Nothing to do: /),
  })
})
