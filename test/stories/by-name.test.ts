import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { prompts, step1, wordFiles } from './words.ts'

test('run takes the name of a pipeline, in full or by its pipeline_name, and the name of a file first', async () => {
  const request = { pipeline_name: 'lexicon', module_number: 2, steps: [step1] }
  await using story = await Story.begin({
    ...wordFiles(2),
    'pipelines/nouns.json': request,
    'pipelines/broken.yaml': 'a: [',
  })
  for (const name of ['lexicon', 'lexicon_module_2']) {
    const { code } = await story.run('run', name)
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 1, 2) })
  }
  expect(story.names('outputs/lexicon_module_2')).toEqual(['latest', 'v0', 'v1'])
  story.write('pipelines/more.json', { ...request, pipeline_name: 'words' })
  expect((await story.run('run', 'words', '--dry-run')).out).toContain('Would make a version of words (initial).')
  story.write('pipelines/verbs.json', request)
  const several = await story.run('run', 'lexicon')
  expect(several).toMatchObject({
    code: 2,
    err: 'itemwise: The pipeline lexicon is made by pipelines/nouns.json and by pipelines/verbs.json. Expected one request. Name the file.\n',
  })
  expect((await story.run('run', 'lexicom')).err).toContain('There is no request file lexicom.')
})

test('init --empty makes the folders and the settings, and nothing that is there is overwritten', async () => {
  await using story = await Story.begin()
  const { code, out } = await story.run('init', '--empty', 'mine')
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('An empty workspace is in mine:\n  inputs/ ') })
  const folder = join(story.root, 'mine')
  expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'inputs', 'itemwise.yaml', 'pipelines', 'prompts'])
  expect(['inputs', 'prompts', 'pipelines'].flatMap((name) => readdirSync(join(folder, name)))).toEqual([])
  expect((await story.run('list', '--workspace', 'mine')).code).toBe(0)
  expect((await story.run('init', '--empty', 'mine')).err).toContain(
    'already has inputs, prompts, pipelines, itemwise.yaml',
  )
  expect(existsSync(join(story.root, 'prompts'))).toBe(false)
})
