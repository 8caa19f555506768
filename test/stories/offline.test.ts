/** What was made up offline and what a model answered never stand in one array, and one-off runs are found by their id. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Story } from './story.ts'

const steps = '\nsteps:\n  - { prompt_name: tell, input_file: inputs/a.json'

let story: Story

beforeAll(async () => {
  story = await Story.begin({
    'inputs/a.json': [{ id: 1 }, { id: 2 }],
    'prompts/tell.md': 'Tell {id}.',
    'pipelines/made-up.yaml': `pipeline_name: made_up${steps} }\n`,
    'pipelines/asked.yaml': `pipeline_name: asked${steps} }\n`,
    'pipelines/more.yaml': `pipeline_name: made_up${steps}, batch_skip_existing: true }\n`,
    'pipelines/once.yaml': `${steps} }\n`,
  })
  await story.run('run', 'pipelines/made-up.yaml', '--offline')
  await story.run('run', 'pipelines/asked.yaml')
  story.asked()
})

afterAll(() => story[Symbol.asyncDispose]())

test('a rerun with a model does not stand on made-up answers', async () => {
  expect(await story.run('rerun', 'made_up', '1')).toEqual({
    code: 2,
    out: '',
    err: 'itemwise: v0 of made_up was answered by the offline stand-in, and answers of both kinds would be mixed. Add --offline, or start a new run.\n',
  })
  expect([story.asked(), story.names('outputs/made_up')]).toEqual([[], ['latest', 'v0']])
})

test('an offline rerun does not stand on answers of a model', async () => {
  expect(await story.run('rerun', 'asked', '1', '--offline')).toEqual({
    code: 2,
    out: '',
    err: 'itemwise: v0 of asked was answered by the real model, and answers of both kinds would be mixed. Leave --offline out, or start a new run.\n',
  })
  expect(story.names('outputs/asked')).toEqual(['latest', 'v0'])
})

test('batch_skip_existing does not fill made-up answers up with those of a model', async () => {
  expect(await story.run('run', 'pipelines/more.yaml')).toEqual({
    code: 2,
    out: '',
    err: 'itemwise: v0 of made_up was answered by the offline stand-in, and answers of both kinds would be mixed. Add --offline, or remove batch_skip_existing to start a separate run.\n',
  })
  expect([story.asked(), story.names('outputs/made_up')]).toEqual([[], ['latest', 'v0']])
})

test('the id of a one-off run stands for pipeline and version, also before an item', async () => {
  await story.run('run', 'pipelines/once.yaml')
  const [id = ''] = story.names('outputs/_runs')
  const short = await story.run('show', id, '2')
  expect(short.code).toBe(0)
  expect(short.out).toContain(`Item 2\n\nStep 1 (tell)\n${'-'.repeat(70)}\n\nPrompt, sent by ${id}:\nTell 2.\n`)
  expect(await story.run('show', '_runs', id, '2')).toEqual(short)
})
