import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { numbers, prompts, step1, threeSteps, wordFiles, words } from './words.ts'

/** Which item was decided how, and whose answer stands: `11 process chosen answered v1`. */
function decisions(story: Story, version: string, step: number): string[] {
  return story
    .ledger(version, step)
    .map(({ item_id, decision, reason, state, answer_version }) =>
      [item_id, decision, reason, state, answer_version].join(' '),
    )
}

const unasked = (...ids: number[]) => ids.map((id) => `${id} carry not_chosen answered v0`)

test('a rerun of one item sends it through every step and asks for nothing else', async () => {
  await using story = await Story.begin(wordFiles(5, threeSteps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write('prompts/define.md', 'Define {word}. Be brief.')
  const { code, err } = await story.run('rerun', 'words', '13')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w3', 'Rate w3', 'Teach w3'] })
  expect(err).toContain('outputs/words/v1 (rerun on v0)\n')
  expect([1, 2, 3].map((step) => decisions(story, 'words/v1', step))).toEqual([
    [...unasked(11, 12), '13 process chosen answered v1', ...unasked(14, 15)],
    [...unasked(1, 2), '3 process chosen answered v1', ...unasked(4, 5)],
    [...unasked(1, 2), '3 process chosen answered v1', ...unasked(4, 5)],
  ])
  const [before, after] = ['v0', 'v1'].map((version) => story.collated(`words/${version}`, '03_teach.json'))
  expect(after!.map((answer, at) => JSON.stringify(answer) === JSON.stringify(before![at]))).toEqual([
    ...[true, true, false, true, true],
  ])
  expect(after!.map(({ nr }) => nr)).toEqual([1, 2, 3, 4, 5])
  expect(story.metadata('words/v1')).toMatchObject({
    mode: 'rerun',
    base_version: 'v0',
    status: 'completed',
    stats: { items: 5, processed: 1, carried_over: 4, skipped: 0, failed: 0 },
  })
})

test('a rerun of two items of a one-step pipeline sends two requests', async () => {
  await using story = await Story.begin(wordFiles(5))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  await story.run('rerun', 'words', '12', '15')
  expect(story.asked()).toEqual(['Define w2', 'Define w5'])
})

test('rerun --failed begins an item at the step in which it failed', async () => {
  await using story = await Story.begin(wordFiles(4, threeSteps))
  story.api.answer = ({ prompt }) => (/^Rate w[24]:/.test(prompt) ? { refusal: true } : undefined)
  const first = await story.run('run', 'pipelines/words.json')
  expect({ code: first.code, asked: story.asked() }).toEqual({
    code: 3,
    asked: [...prompts('Define', 1, 2, 3, 4), ...prompts('Rate', 1, 2, 3, 4), ...prompts('Teach', 1, 3)],
  })
  story.api.answer = undefined
  const second = await story.run('rerun', 'words', '--failed')
  expect({ code: second.code, asked: story.asked() }).toEqual({
    code: 0,
    asked: [...prompts('Rate', 2, 4), ...prompts('Teach', 2, 4)],
  })
  expect(story.collated('words/v1', '03_teach.json').map(({ nr }) => nr)).toEqual([1, 2, 3, 4])
  expect([1, 2, 3].map((step) => story.errors('words/v1', step))).toEqual([[], [], []])
  const third = await story.run('rerun', 'words', '--failed')
  expect({ ...third, asked: story.asked(), versions: story.names('outputs/words') }).toEqual({
    code: 0,
    out: 'v1 of words has no failed items. Nothing was started.\n',
    err: '',
    asked: [],
    versions: ['latest', 'v0', 'v1'],
  })
})

test('rerun --failed with ids takes those of them that failed', async () => {
  await using story = await Story.begin(wordFiles(4))
  story.api.answer = ({ prompt }) => (/w[24]\./.test(prompt) ? { refusal: true } : undefined)
  await story.run('run', 'pipelines/words.json')
  story.api.answer = undefined
  story.asked()
  const { code } = await story.run('rerun', 'words', '11', '12', '--failed')
  expect({ code, asked: story.asked() }).toEqual({ code: 3, asked: ['Define w2'] })
})

test("a rerun item that fails keeps the base's answer, and a failure that is not rerun is carried", async () => {
  await using story = await Story.begin(wordFiles(4, threeSteps))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Define w4') ? { refusal: true } : undefined)
  await story.run('run', 'pipelines/words.json')
  story.api.answer = ({ prompt }) => (prompt.startsWith('Define w2') ? { refusal: true } : undefined)
  story.asked()
  const { code } = await story.run('rerun', 'words', '12', '13')
  expect({ code, asked: story.asked() }).toEqual({
    code: 3,
    asked: [...prompts('Define', 2, 3), ...prompts('Rate', 2, 3), ...prompts('Teach', 2, 3)],
  })
  expect(story.errors('words/v1', 1)).toEqual([
    {
      item_id: '12',
      item_index: 2,
      error: 'The model refused to answer. Its words are in the reply file; change the prompt or the item.',
      step: 1,
      kind: 'refusal',
      attempts: 1,
      request_id: story.ledger('words/v1', 1)[1]!.request_id,
      kept: 'v0',
    },
    { ...story.errors('words/v0', 1)[0], carried: true },
  ])
  const [before, after] = ['v0', 'v1'].map((version) => story.collated(`words/${version}`, '01_define.json'))
  expect({ kept: after![1], ids: after!.map(({ nr }) => nr) }).toEqual({ kept: before![1], ids: [1, 2, 3] })
  expect(story.metadata('words/v1').stats).toMatchObject({ items: 4, processed: 2, carried_over: 2, failed: 2 })
})

test('rerun --changed asks for the items whose content changed, once a step', async () => {
  await using story = await Story.begin(wordFiles(5, threeSteps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write(
    'inputs/words.json',
    words(5).map((item) => (item.id === 14 ? { ...item, word: 'w4b' } : item)),
  )
  const { code } = await story.run('rerun', 'words', '--changed')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w4b', 'Rate w4b', 'Teach w4b'] })
  const again = await story.run('rerun', 'words', '--changed')
  expect({ ...again, asked: story.asked() }).toEqual({
    code: 0,
    out: 'Nothing to do: nothing that would be sent has changed in v1 of words. No version was made.\n',
    err: '',
    asked: [],
  })
})

test('rerun --changed after a change of a later template asks only from that step on', async () => {
  await using story = await Story.begin(wordFiles(3, threeSteps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write('prompts/teach.md', 'Teach {root__word}: {answer}')
  const { code } = await story.run('rerun', 'words', '--changed')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Teach', 1, 2, 3) })
})

test('an id that was appended to the input gets the next number, and one that is not named stays out with a warning', async () => {
  await using story = await Story.begin(wordFiles(3, threeSteps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write('inputs/words.json', words(5))
  const { code, err } = await story.run('rerun', 'words', '15')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w5', 'Rate w5', 'Teach w5'] })
  expect(err).toContain(
    'Warning: The input has items that v0 does not know (14). A rerun leaves them out unless they are named; `batch_skip_existing` adds them all.\n',
  )
  expect(story.collated('words/v1', '01_define.json').map(({ nr, source_id }) => [nr, source_id])).toEqual([
    [1, 11],
    [2, 12],
    [3, 13],
    [4, 15],
  ])
})

test('an id that is gone from the input stays with its answers, and a warning says so', async () => {
  await using story = await Story.begin(wordFiles(4, threeSteps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write('inputs/words.json', words(4).toSpliced(1, 1))
  const { code, err } = await story.run('rerun', 'words', '13')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w3', 'Rate w3', 'Teach w3'] })
  expect(err).toContain('Warning: The input no longer has 12 (step 1). What v0 has of them stays.\n')
  expect(story.collated('words/v1', '03_teach.json').map(({ nr }) => nr)).toEqual(numbers(4))
})

test('a rerun of an id that is gone or unknown is refused before anything is sent', async () => {
  await using story = await Story.begin(wordFiles(4))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write('inputs/words.json', words(4).toSpliced(1, 1))
  const { code, err } = await story.run('rerun', 'words', '12')
  expect({ code, err, asked: story.asked() }).toEqual({
    code: 2,
    err: 'itemwise: Item 12 cannot be run again: v0 has it, but the input no longer has it. Put it back into the input, or leave the id out.\n',
    asked: [],
  })
  const unknown = await story.run('rerun', 'words', '131')
  expect({ code: unknown.code, asked: story.asked() }).toEqual({ code: 2, asked: [] })
  expect(unknown.err).toContain('The rerun names 131, but there is no such item. Did you mean ')
  const far = await story.run('rerun', 'words', 'nowhere-near')
  expect(far.err).toMatch(
    /The rerun names nowhere-near, but there is no such item\. `itemwise table words v\d` shows the items\.\n/,
  )
})

test('a run with rerun_items makes a rerun on the latest version with its own steps', async () => {
  await using story = await Story.begin(wordFiles(4))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  story.write('pipelines/again.json', { pipeline_name: 'words', steps: [step1], rerun_items: [13] })
  const { code } = await story.run('run', 'pipelines/again.json')
  expect({ code, asked: story.asked(), mode: story.metadata('words/v1').mode }).toEqual({
    code: 0,
    asked: ['Define w3'],
    mode: 'rerun',
  })
})
