import { expect, test } from 'vitest'
import type { Review } from '../../core/review.ts'
import { ofLines, Story } from './story.ts'
import { prompts, step1, step2, wordFiles } from './words.ts'

const acts = (story: Story) => ofLines<Review>(story.read('outputs/words/reviews.jsonl'))

async function begun(steps: object[] = [step1, step2]): Promise<Story> {
  const story = await Story.begin(wordFiles(5, steps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  return story
}

function change(story: Story, path: string, at: number | null, fields: object): void {
  const written = story.json<Record<string, unknown>[]>(path)
  story.write(path, at === null ? { ...written, ...fields } : written.with(at, { ...written[at]!, ...fields }))
}

test('adopt makes edits of what was written into arrays and files of items, and apply puts them in place', async () => {
  await using story = await begun()
  const rates = 'outputs/words/v0/collated/02_rate.json'
  const before = story.collated('words/v0', '02_rate.json')
  change(story, rates, 0, { answer: 'My one' })
  change(story, 'outputs/words/v0/items/13/01_output.json', null, { answer: 'My three' })
  change(story, 'outputs/words/v0/items/11/02_output.json', null, { answer: 'Otherwise' })
  const refused = await story.run('rerun', 'words', '12')
  expect(refused.err).toContain('make edits of it: `itemwise adopt words v0`, then `itemwise apply words`.')
  expect((await story.run('approve', 'words', '11', '--by', 'Maria')).err).toContain(
    '`itemwise adopt words v0` makes an edit of it.',
  )
  const adopted = await story.run('adopt', 'words', '--by', 'Maria')
  expect([adopted.err, adopted.out]).toEqual([
    '',
    [
      'Edited by hand in v0 of words, by Maria:',
      '  13, step 1 (define): outputs/words/v0/items/13/01_output.json',
      `  11, step 2 (rate): ${rates} (outputs/words/v0/items/11/02_output.json: another one, which was not taken)`,
      '`itemwise apply words` puts what waits in place.',
      '',
    ].join('\n'),
  ])
  expect(acts(story).map(({ step, root_id, answer_sha256 }) => [step, root_id, answer_sha256])).toEqual([
    [1, '13', story.ledger('words/v0', 1)[2]?.answer_sha256],
    [2, '11', story.ledger('words/v0', 2)[0]?.answer_sha256],
  ])
  // Once more, there is nothing new.
  expect((await story.run('adopt', 'words', 'v0', '--by', 'Maria')).out).toContain('Nothing new in v0 of words:')
  expect(acts(story)).toHaveLength(2)
  const applied = await story.run('apply', 'words')
  expect([applied.code, story.asked()]).toEqual([0, prompts('Rate', 3)])
  const after = story.collated('words/v1', '02_rate.json')
  expect(after.with(2, before[2]!)).toEqual(before.with(0, { ...before[0], answer: 'My one' }))
  expect(story.collated('words/v1', '01_define.json')[2]).toMatchObject({ answer: 'My three' })
  expect((await story.run('rerun', 'words', '12')).code).toBe(0)
  expect((await story.run('adopt', 'words', 'v1')).out).toBe(
    'The files of v1 of words have no answer that was written by hand.\n',
  )
})

test('adopt finds what the doctor has set aside, and refuses what cannot stand there', async () => {
  const properties = { answer: { type: 'string' }, score: { type: 'integer' } }
  const schema = { type: 'object', properties, required: ['answer', 'score'], additionalProperties: false }
  await using story = await begun([step1, { prompt_name: 'rate', output_schema: schema }])
  const rates = 'outputs/words/v0/collated/02_rate.json'
  change(story, rates, 1, { answer: 'My two' })
  change(story, rates, 3, { score: 'high' })
  await story.run('doctor', 'words', '--fix')
  expect(story.has(`${rates}.edited-1`)).toBe(true)
  const refused = await story.run('adopt', 'words', '--by', 'Maria')
  expect([refused.code, refused.err, story.has('outputs/words/reviews.jsonl')]).toEqual([
    2,
    expect.stringContaining(
      'The answer for item 14 in step 2 (rate) does not meet the output_schema: /score must be integer',
    ),
    false,
  ])
  change(story, `${rates}.edited-1`, 3, { score: 3, answer: 'My four' })
  await story.run('adopt', 'words', '--by', 'Maria')
  await story.run('apply', 'words')
  expect(story.collated('words/v1', '02_rate.json').map(({ answer }) => /^My/.test(String(answer)))).toEqual([
    ...[false, true, false, true, false],
  ])
  expect((await story.run('doctor', 'words')).out).toBe('Nothing is wrong with 2 versions.\n')
})

test('adopt takes the text of a single call', async () => {
  await using story = await Story.begin({
    ...wordFiles(2, [step1, { prompt_name: 'whole', batch_mode: false, output_file: 'whole.md' }]),
    'prompts/whole.md': 'Whole. {input}',
  })
  await story.run('run', 'pipelines/words.json')
  story.write('outputs/words/v0/collated/02_whole.md', 'My own words.\n')
  expect((await story.run('adopt', 'words', '--by', 'Maria')).out).toContain('(input), step 2 (whole)')
  expect((await story.run('apply', 'words')).code).toBe(0)
  expect(story.read('outputs/words/v1/collated/02_whole.md')).toBe('My own words.\n')
})
