/** What is told of a run is what was spent and what there is, also of one that was killed. */
import { expect, test } from 'vitest'
import { ofLines, Story, until } from './story.ts'
import { step1, step2, wordFiles, words } from './words.ts'

/** How many answers and failures a journal holds; it has a line for each reply, too. */
function keptIn(story: Story, journal: string): number {
  return ofLines<object>(story.read(journal)).filter((entry) => 'kept' in entry).length
}

test('answers that a failed rerun kept count as answers of the array, in the result and in the record', async () => {
  await using story = await Story.begin(wordFiles(12))
  await story.run('run', 'pipelines/words.json')
  story.api.answer = ({ prompt }) => (/w[35]\.$/.test(prompt) ? { refusal: true } : undefined)
  const { code, out } = await story.run('rerun', 'words', '13', '15')
  expect(code).toBe(3)
  expect(out).toContain('├── collated/01_define.json  12 answers\n├── 01_errors.json           2 failed: 2 refusal\n')
  const [step] = story.metadata('words/v1').stats.steps
  expect({
    answers: step?.answers,
    failed: step?.failed,
    array: story.collated('words/v1', '01_define.json').length,
  }).toEqual({
    answers: 12,
    failed: 2,
    array: 12,
  })
})

test('a run in which every item failed says that latest holds no answer', async () => {
  await using story = await Story.begin(wordFiles(3, [step1, step2]))
  await story.run('run', 'pipelines/words.json')
  story.api.answer = () => ({ refusal: true })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(code).toBe(3)
  expect(err).toContain(
    'Warning: No item has an answer in the last step, and v1 is latest all the same. `itemwise rerun words --failed` asks again; `--base` begins with an earlier version.\n',
  )
  story.api.answer = undefined
  expect((await story.run('rerun', 'words', '--failed')).err).not.toContain('Warning')
  expect(story.collated('words/v2', '02_rate.json')).toHaveLength(3)
})

test('a comparison counts an answer as the same if only its number differs', async () => {
  await using story = await Story.begin(wordFiles(4, [step1, step2]))
  await story.run('run', 'pipelines/words.json')
  story.write('inputs/words.json', words(5).toReversed())
  const numbered = { ...step1, batch_id_start: 100 }
  story.write('pipelines/words.json', { pipeline_name: 'words', steps: [numbered, step2] })
  await story.run('run', 'pipelines/words.json')
  const { out } = await story.run('compare', 'words', 'v0', 'v1')
  expect(out).toContain(`Collated:
  Step 1 (define): 4 same, 0 changed, 1 added, 0 removed
  Step 2 (rate): 4 same, 0 changed, 1 added, 0 removed
`)
  story.write('prompts/rate.md', 'Rate anew {root__word}: {answer}')
  await story.run('rerun', 'words', '12')
  const detail = await story.run('compare', 'words', 'v0', 'v2', '--json', '--detail')
  expect(JSON.parse(detail.out).differences).toMatchObject([
    { step: 1, kind: 'added', item_id: '15' },
    { step: 2, kind: 'changed', item_id: '103' },
    { step: 2, kind: 'added', item_id: '100' },
  ])
})

test('the line of a step counts both replies where an item was asked for twice', async () => {
  await using story = await Story.begin(wordFiles(4))
  let refused = 0
  story.api.answer = ({ prompt }) => {
    if (!prompt.startsWith('Define w2.') || refused > 0) return undefined
    refused += 1
    return 'I would rather not.'
  }
  const { err } = await story.run('run', 'pipelines/words.json')
  const { input_tokens, output_tokens } = story.metadata('words/v0').stats
  expect(story.sent).toHaveLength(5)
  expect(err).toMatch(new RegExp(`4 of 4 answered, .*${input_tokens} tokens in, ${output_tokens} out`))
})

test('of a killed run, list and show tell what is kept of it now, and only files that are there', async () => {
  await using story = await Story.begin(wordFiles(12, [{ ...step1, max_concurrency: 4 }, step2]))
  story.api.answer = ({ prompt, nth }) => {
    if (prompt === 'Define w3.') return { refusal: true }
    return nth <= 5 ? undefined : { delay_ms: 60_000 }
  }
  const journal = 'outputs/words/v0/work/01_journal.jsonl'
  const kept = (count: number) => story.has(journal) && keptIn(story, journal) === count
  const run = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 9 && kept(5))
  run.signal('SIGKILL')
  await run.ended
  const listed = await story.run('list', '--all', '--json')
  expect(JSON.parse(listed.out)[0].versions[0]).toMatchObject({
    status: 'running',
    alive: false,
    items_processed: 5,
    stats: { items: 5, processed: 5, failed: 1, input_tokens: 55 },
  })
  const shown = (await story.run('show', 'words', 'v0')).out
  expect(shown).toContain('5 items: 5 processed, 1 failed')
  expect(shown).toContain('    13 (refusal): The model refused to answer.')
  expect(shown.slice(shown.indexOf('Files:'))).toBe('Files: outputs/words/v0\n')

  // It ends once, so that there are a record, a ledger and errors; then it goes on and is killed again.
  await story.run('doctor', 'words', '--fix')
  expect(story.metadata('words/v0').stats).toMatchObject({ processed: 5, failed: 1 })
  story.api.answer = ({ prompt }) =>
    prompt.startsWith('Define') || /w[1-4]:/.test(prompt) ? undefined : { delay_ms: 60_000 }
  const resumed = story.start('resume', 'words')
  const second = 'outputs/words/v0/work/02_journal.jsonl'
  await until(() => story.has(second) && keptIn(story, second) === 4)
  resumed.signal('SIGKILL')
  await resumed.ended
  const again = (await story.run('show', 'words', 'v0')).out
  expect(again).toContain('12 items: 12 processed\n')
  expect(again).toContain('4 items: 4 processed\n')
  expect(again).not.toContain('refusal')
  const sum = (await story.run('list', '--all')).out
  expect(sum).toContain('  Items: 12\n')
  const before = JSON.parse((await story.run('show', 'words', 'v0', '--json')).out).stats
  await story.run('doctor', 'words', '--fix')
  // The size of its arrays is known only when they are written.
  const { steps, ...stats } = story.metadata('words/v0').stats
  expect({ ...stats, steps: steps.map(({ output_bytes: _, ...step }) => step) }).toEqual(before)
})
