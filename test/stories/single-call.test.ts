import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { prompts, step1, wordFiles, words } from './words.ts'

const define = { prompt_name: 'define', batch_id_field: 'id', answer_format: 'json' }

/** A pipeline of words with prompts that make one call of a whole array. */
function files(steps: object[]): Record<string, unknown> {
  return {
    ...wordFiles(3, steps),
    'prompts/collect.md': 'Collect: {input}',
    'prompts/judge.md': 'Judge {word}: {note}',
    'prompts/sheet.md': 'Sheet: {input}',
  }
}

/** What the single call answers: the words, each with a note, `changed` with another one. */
function collection(changed?: number): string {
  return JSON.stringify(words(3).map((item) => ({ ...item, note: item.id === changed ? 'other' : 'plain' })))
}

test('a single call before a batch step is carried, and a rerun of an item asks for that item alone', async () => {
  await using story = await Story.begin(
    files([{ prompt_name: 'collect', input_file: 'inputs/words.json', batch_mode: false }, define]),
  )
  story.api.answer = ({ prompt }) => (prompt.startsWith('Collect') ? collection() : undefined)
  const { code } = await story.run('run', 'pipelines/words.json')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Collect', ...prompts('Define', 1, 2, 3)] })
  expect(story.json('outputs/words/v0/collated/01_collect.json')).toEqual(JSON.parse(collection()))
  expect(story.read('outputs/words/v0/prompts/01_prompt.md')).toMatch(/^Collect: \[\{"id": 11, "word": "w1"\}, /)
  const rerun = await story.run('rerun', 'words', '12')
  expect({ code: rerun.code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w2'] })
  expect(story.read('outputs/words/v1/collated/01_collect.json')).toBe(
    story.read('outputs/words/v0/collated/01_collect.json'),
  )
  expect(story.collated('words/v1', '02_define.json').map(({ id }) => id)).toEqual([11, 12, 13])
})

test('a single call between batch steps is made again when its input changed, and behind it what its answer changed', async () => {
  const judge = { prompt_name: 'judge', batch_id_field: 'id', answer_format: 'json' }
  await using story = await Story.begin(files([step1, { prompt_name: 'collect', batch_mode: false }, judge]))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Collect') ? collection() : undefined)
  await story.run('run', 'pipelines/words.json')
  expect(story.asked()).toEqual(['Collect', ...prompts('Define', 1, 2, 3), ...prompts('Judge', 1, 2, 3)])
  story.write('prompts/define.md', 'Define {word}. Be brief.')
  story.api.answer = ({ prompt }) => (prompt.startsWith('Collect') ? collection(13) : undefined)
  const { code } = await story.run('rerun', 'words', '12')
  // Item 12 is named, and 13 is what the single call answered differently.
  expect({ code, asked: story.asked() }).toEqual({
    code: 0,
    asked: ['Collect', 'Define w2', ...prompts('Judge', 2, 3)],
  })
  expect(story.ledger('words/v1', 3).map(({ item_id, answer_version }) => [item_id, answer_version])).toEqual([
    ['11', 'v0'],
    ['12', 'v1'],
    ['13', 'v1'],
  ])
})

test('a single call behind a batch step is made again when an answer changed, and its text is kept as text', async () => {
  await using story = await Story.begin(
    files([step1, { prompt_name: 'sheet', batch_mode: false, output_file: 'sheet.md' }]),
  )
  story.api.answer = ({ prompt, nthForPrompt }) =>
    prompt.startsWith('Sheet') ? `# Sheet ${nthForPrompt}\n\n${prompt.length} characters` : undefined
  await story.run('run', 'pipelines/words.json')
  expect(story.asked()).toEqual([...prompts('Define', 1, 2, 3), 'Sheet'])
  expect(story.read('outputs/words/v0/collated/02_sheet.md')).toMatch(/^# Sheet 1\n\n\d+ characters\n$/)
  story.write('prompts/define.md', 'Define {word}. Be brief.')
  const { code } = await story.run('rerun', 'words', '12')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w2', 'Sheet'] })
  expect(story.metadata('words/v1').stats).toMatchObject({ items: 3, processed: 1, carried_over: 2 })
})

test('a single call that fails counts as a failure of the run, and rerun --failed asks for it alone', async () => {
  const steps = [step1, { prompt_name: 'sheet', batch_mode: false, output_file: 'sheet.md' }]
  await using story = await Story.begin(files(steps))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Sheet') ? { refusal: true } : undefined)
  const { code } = await story.run('run', 'pipelines/words.json')
  expect({ code, asked: story.asked() }).toEqual({ code: 3, asked: [...prompts('Define', 1, 2, 3), 'Sheet'] })
  expect(story.errors('words/v0', 2)).toMatchObject([{ item_id: '(input)', kind: 'refusal' }])
  story.api.answer = undefined
  const again = await story.run('rerun', 'words', '--failed')
  expect({ code: again.code, asked: story.asked() }).toEqual({ code: 0, asked: ['Sheet'] })
})

test.each([
  ['a batch step', { prompt_name: 'define', batch_id_field: 'id' }],
  ['another single call', { prompt_name: 'sheet', batch_mode: false }],
])('%s behind a single call that failed ends the run with the cause, and the run can be resumed', async (_, behind) => {
  const collect = { prompt_name: 'collect', input_file: 'inputs/words.json', batch_mode: false }
  await using story = await Story.begin(files([collect, behind]))
  story.api.answer = () => ({ refusal: true })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect({ code, asked: story.asked(), message: err.split('\n').at(-2) }).toEqual({
    code: 1,
    asked: ['Collect'],
    message: `itemwise: Step 2 (${behind.prompt_name}) takes the answer of step 1 (collect), but there is none: The model refused to answer. Its words are in the reply file; change the prompt or the item. Resume the run to ask for it again.`,
  })
  story.api.answer = ({ prompt }) => (prompt.startsWith('Collect') ? collection() : undefined)
  const resumed = await story.run('resume', 'words')
  expect({ code: resumed.code, first: story.asked()[0] }).toEqual({ code: 0, first: 'Collect' })
})
