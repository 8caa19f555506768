/** Exit code 2 never comes after a call, and every unfinished version has a way to its end. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { numbers, prompts, step1, step2, wordFiles } from './words.ts'

const run = ['run', 'pipelines/words.json']

test.for([
  ['an output_file with NUL', { output_file: 'a\0b.json' }, 'has a control character (U+0000)'],
  ['an output_file with a line break', { output_file: 'a\nb.json' }, 'has a control character (U+000A)'],
  ['an output_file of 300 characters', { output_file: `${'a'.repeat(295)}.json` }, 'has 303 bytes'],
  ['an output_file of 90 CJK characters', { output_file: `${'語'.repeat(90)}.json` }, 'has 278 bytes'],
  ['a prompt name of 83 CJK characters', { prompt_name: '語'.repeat(83) }, 'Set a shorter output_file.'],
] as const)('%s is refused before the first call', async ([, change, words]) => {
  await using story = await Story.begin(wordFiles(2, [{ ...step1, ...change }]))
  if ('prompt_name' in change) story.write(`prompts/${change.prompt_name}.md`, 'Define {word}.')
  const { code, err } = await story.run(...run)
  expect({ code, err, sent: story.sent.length, begun: story.has('outputs') }).toEqual({
    code: 2,
    err: expect.stringContaining(words),
    sent: 0,
    begun: false,
  })
})

test('a prompt name of 83 CJK characters with an output_file of its own runs', async () => {
  const prompt_name = '語'.repeat(83)
  await using story = await Story.begin(wordFiles(2, [{ ...step1, prompt_name, output_file: 'words.json' }]))
  story.write(`prompts/${prompt_name}.md`, 'Define {word}.')
  expect((await story.run(...run)).code).toBe(0)
})

test('a pipeline name whose folder would be too long is refused', async () => {
  await using story = await Story.begin(wordFiles(1, [step1], { pipeline_name: '語'.repeat(90) }))
  const { code, err } = await story.run(...run)
  expect({ code, err, sent: story.sent.length }).toEqual({
    code: 2,
    err: expect.stringContaining('has 270 bytes, and a file name may have at most 255. Choose another pipeline_name.'),
    sent: 0,
  })
})

/** A run of 12 words in two steps of which four are answered and four under way. */
async function halfWay() {
  const story = await Story.begin(wordFiles(12, [{ ...step1, max_concurrency: 4 }, step2]))
  const answers = Promise.withResolvers<void>()
  story.api.answer = ({ nth }) => (nth <= 4 ? undefined : { after: answers.promise })
  const started = story.start(...run)
  await until(() => story.sent.length === 8)
  return { story, started, answers }
}

const file = (story: Story, name: string) => join(story.root, 'outputs/words/v0', name)

test('a run whose run.json is deleted goes on to its end, and has it again', async () => {
  const { story, started, answers } = await halfWay()
  await using _ = story
  const before = story.read('outputs/words/v0/run.json')
  rmSync(file(story, 'run.json'))
  answers.resolve()
  expect((await started.ended).code).toBe(0)
  expect([story.read('outputs/words/v0/run.json'), story.has('outputs/words/v0/work')]).toEqual([before, false])
})

test('what is deleted of a version that is run fails the run with 1, never with 2, and doctor and resume bring it to its end', async () => {
  const { story, started, answers } = await halfWay()
  await using _ = story
  rmSync(file(story, 'templates/02_rate.md'))
  answers.resolve()
  const { code, err } = await started.ended
  expect({ code, err: err.slice(err.indexOf('itemwise: ')) }).toEqual({
    code: 1,
    err: 'itemwise: There is no file outputs/words/v0/templates/02_rate.md in the workspace. It was there when the run began. `itemwise doctor --fix` puts back what can be put back; then resume the run.\n',
  })
  expect(story.metadata('words/v0').status).toBe('failed')
  const refused = await story.run('resume', 'words')
  expect({ code: refused.code, err: refused.err }).toEqual({
    code: 2,
    err: 'itemwise: v0 of words cannot be resumed: templates/02_rate.md, which it uses, is gone. `itemwise doctor words --fix` writes it again if the template in prompts/ has not changed since; else run its request with batch_skip_existing: true, which keeps its answers.\n',
  })
  expect((await story.run('doctor', 'words', '--fix')).code).toBe(0)
  story.asked()
  expect({ code: (await story.run('resume', 'words')).code, asked: story.asked() }).toEqual({
    code: 0,
    asked: prompts('Rate', ...numbers(12)),
  })
})

test.for([
  ['gone', (path: string) => rmSync(path)],
  ['damaged', (path: string) => writeFileSync(path, '{"run_id"')],
] as const)('a killed run whose run.json is %s is resumed, or mended by the doctor', async ([, harm]) => {
  const { story, started } = await halfWay()
  await using _ = story
  started.signal('SIGKILL')
  await started.ended
  const before = story.read('outputs/words/v0/run.json')
  harm(file(story, 'run.json'))
  expect((await story.run('doctor', 'words', '--fix')).code).toBe(0)
  expect(story.read('outputs/words/v0/run.json')).toBe(before)
  harm(file(story, 'run.json'))
  story.asked()
  story.api.answer = undefined
  const { code } = await story.run('resume', 'words')
  expect({ code, asked: story.asked().length, run: story.read('outputs/words/v0/run.json') }).toEqual({
    code: 0,
    asked: 20,
    run: before,
  })
})

test('without run.json and its copy, as in a version made before there was one, it is said what is left to do', async () => {
  const { story, started } = await halfWay()
  await using _ = story
  started.signal('SIGKILL')
  await started.ended
  for (const name of ['run.json', 'work/run.json']) rmSync(file(story, name))
  const refused = await story.run('resume', 'words')
  expect({ code: refused.code, err: refused.err }).toEqual({
    code: 2,
    err: 'itemwise: v0 of words cannot be resumed: its run.json is gone, so it is unknown what it was to ask. Put the file back from a copy; else `itemwise doctor words --fix` ends the version as failed, its answers stay in items/, and a new run takes its place.\n',
  })
  await story.run('doctor', 'words', '--fix')
  expect(story.metadata('words/v0').status).toBe('failed')
  story.api.answer = undefined
  expect((await story.run(...run)).code).toBe(0)
  expect(story.metadata('words/v1').status).toBe('completed')
})

test('a killed run without its record is sent to the doctor, and resumed after it', async () => {
  const { story, started } = await halfWay()
  await using _ = story
  started.signal('SIGKILL')
  await started.ended
  rmSync(file(story, 'metadata.json'))
  const refused = await story.run('resume', 'words', 'v0')
  expect({ code: refused.code, err: refused.err }).toEqual({
    code: 2,
    err: 'itemwise: v0 of words no longer has a record (metadata.json). `itemwise doctor words --fix` makes it anew; then resume it.\n',
  })
  await story.run('doctor', 'words', '--fix')
  story.api.answer = undefined
  expect((await story.run('resume', 'words', 'v0')).code).toBe(0)
})
