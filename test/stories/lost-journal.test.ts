/** Work that somebody deletes, while a run goes on or after it was killed: no answer is paid for twice. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { numbers, prompts, step1, step2, wordFiles } from './words.ts'

const fourAtOnce = [{ ...step1, max_concurrency: 4 }, step2]
const all = prompts('Define', ...numbers(12))
const journal = 'outputs/words/v0/work/01_journal.jsonl'

/** A run of 12 words of which four are answered and four under way. */
async function halfWay() {
  const story = await Story.begin(wordFiles(12, fourAtOnce))
  const answers = Promise.withResolvers<void>()
  story.api.answer = ({ nth }) => (nth <= 4 ? undefined : { after: answers.promise })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 8 && story.read(journal).split('{"kept":').length === 5)
  return { story, started, answers }
}

test('a journal that is deleted while the run goes on costs nothing', async () => {
  const { story, started, answers } = await halfWay()
  await using _ = story
  rmSync(join(story.root, journal))
  answers.resolve()
  const { code } = await started.ended
  expect({ code, sent: story.sent.length, answered: story.metadata('words/v0').stats.steps[0]?.processed }).toEqual({
    code: 0,
    sent: 24,
    answered: 12,
  })
})

test.for([
  ['the journal', [journal]],
  ['the journal and the plan', [journal, 'outputs/words/v0/work/01.jsonl']],
  ['all of work/', ['outputs/words/v0/work']],
] as const)(
  'of a killed run from which %s is deleted, the doctor saves the answers before anything is asked again',
  async ([, paths]) => {
    const { story, started } = await halfWay()
    await using _ = story
    started.signal('SIGKILL')
    await started.ended
    for (const path of paths) rmSync(join(story.root, path), { recursive: true })
    story.asked()
    story.api.answer = undefined
    const refused = await story.run('resume', 'words')
    expect(refused).toEqual({
      code: 2,
      out: '',
      err: 'itemwise: v0 of words has answers in items/, but work/01_journal.jsonl is gone, by which they are found: they would be asked for and paid for again. `itemwise doctor words --fix` writes them down anew; then resume it.\n',
    })
    expect((await story.run('doctor', 'words', '--fix')).out).toContain('Kept again: 4 answers.')
    const resumed = await story.run('resume', 'words')
    const asked = story.asked()
    expect({ code: resumed.code, asked: asked.filter((prompt) => prompt.startsWith('Define')) }).toEqual({
      code: 0,
      asked: all.slice(4),
    })
    expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual(numbers(12))
    // What the four had cost is not known any more.
    expect(story.metadata('words/v0').stats.cost_usd).toBeNull()
    expect((await story.run('doctor', 'words')).code).toBe(0)
  },
)

test('answers in items/ that are of no use do not keep a killed run from its end', async () => {
  const { story, started } = await halfWay()
  await using _ = story
  started.signal('SIGKILL')
  await started.ended
  rmSync(join(story.root, journal))
  for (const item of story.names('outputs/words/v0/items'))
    if (story.has(`outputs/words/v0/items/${item}/01_output.json`))
      story.write(`outputs/words/v0/items/${item}/01_output.json`, '{"nr": 1')
  story.asked()
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(2)
  expect((await story.run('doctor', 'words', '--fix')).code).toBe(0)
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.asked().filter((prompt) => prompt.startsWith('Define'))).toEqual(all)
})
