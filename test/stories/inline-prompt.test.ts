import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { prompts, wordFiles } from './words.ts'

const input_file = 'inputs/words.json'
const steps = [
  { prompt: 'Define {word}.', input_file, answer_format: 'json' },
  { prompt: 'Rate {root__word}: {answer}' },
]

test('a step may have its prompt with it: it is kept, and a rerun takes it from its base', async () => {
  await using story = await Story.begin(wordFiles(3, steps))
  expect((await story.run('run', 'words')).code).toBe(0)
  expect(story.asked()).toEqual([...prompts('Define', 1, 2, 3), ...prompts('Rate', 1, 2, 3)])
  expect(story.names('outputs/words/v0/templates')).toEqual(['01_step_1.md', '02_step_2.md'])
  expect(story.names('outputs/words/v0/collated')).toEqual(['01_step_1.json', '02_step_2.json'])
  story.write('prompts/step_1.md', 'Something else about {word}.')
  expect((await story.run('rerun', 'words', '--changed')).out).toContain('Nothing to do')
  expect((await story.run('rerun', 'words', '12')).code).toBe(0)
  expect(story.asked()).toEqual([...prompts('Define', 2), ...prompts('Rate', 2)])
})

test('a version whose prompt stands in its request is resumed without a warning, and doctor restores a lost template', async () => {
  await using story = await Story.begin(wordFiles(2, [{ ...steps[0], batch_stop_on_error: true, max_concurrency: 1 }]))
  story.api.answer = ({ prompt }) =>
    /w2/.test(prompt) ? { status: 400, type: 'invalid_request_error', message: 'no' } : undefined
  expect((await story.run('run', 'words')).code).toBe(1)
  story.api.answer = undefined
  story.write('outputs/words/v0/templates/01_step_1.md', 'Broken {word}.')
  expect((await story.run('doctor', 'words')).out).toContain('run.json, where it stands')
  await story.run('doctor', 'words', '--fix')
  expect(story.read('outputs/words/v0/templates/01_step_1.md')).toBe('Define {word}.')
  const resumed = await story.run('resume', 'words')
  expect([resumed.code, resumed.err.includes('differs')]).toEqual([0, false])
})

test('what is wrong with such a prompt is said without naming a file', async () => {
  await using story = await Story.begin(wordFiles(2, [{ ...steps[0], prompt: 'Define {wrod}.' }]))
  expect(await story.run('run', 'words')).toMatchObject({
    code: 2,
    err: expect.stringContaining('The prompt of step 1 uses {wrod}, which items 11, 12 lack. Available: id, word.'),
  })
  story.write('pipelines/words.json', { steps: [{ ...steps[0] }, { answer_format: 'text' }] })
  expect((await story.run('run', 'words')).err).toContain('prompt_name of step 2 is missing. Expected a text.')
  expect(story.asked()).toEqual([])
})
