/** Answers as a table in the terminal, and where a text stands in them. */
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

/** Answers with a text, a grade and a nested field. */
async function graded(count: number): Promise<Story> {
  const story = await Story.begin(wordFiles(count))
  story.api.answer = ({ prompt }) => {
    const number = Number(/w(\d+)/.exec(prompt)?.[1])
    if (number === 3) return { refusal: true }
    return JSON.stringify({
      text: `The word ${number},\nsaid aloud`,
      grade: number % 5,
      author: { name: `A${number}` },
    })
  }
  await story.run('run', 'words')
  return story
}

test('table shows a row an item and a column a field, without those that only repeat the id', async () => {
  await using story = await graded(4)
  expect((await story.run('table', 'words')).out).toBe(
    [
      'item  ledger.state  answer.nr  answer.text       answer.grade  answer.author.n…',
      '11    answered              1  The word 1, sai…             1  A1',
      '12    answered              2  The word 2, sai…             2  A2',
      '13    failed',
      '14    answered              4  The word 4, sai…             4  A4',
      '',
    ].join('\n'),
  )
})

test('--columns takes fields of the item, the answer and the ledger; --sort orders by any, --where chooses, pages follow', async () => {
  await using story = await graded(9)
  const { out, err } = await story.run(
    ...[
      'table',
      'words',
      'v0',
      '--columns',
      'word',
      'answer.grade',
      'ledger.state',
      '--sort',
      '-answer.grade',
      '--rows',
      '3',
    ],
  )
  expect(out).toBe(
    [
      'item  word  answer.grade  ledger.state',
      '14    w4               4  answered',
      '19    w9               4  answered',
      '18    w8               3  answered',
      '',
    ].join('\n'),
  )
  expect(err).toBe('\nRows 1 to 3 of 9, 3 a page. Next: --page 2.\n')
  const last = await story.run(
    'table',
    'words',
    '--columns',
    'word',
    '--sort',
    'answer.grade',
    '--rows',
    '4',
    '--page',
    '3',
  )
  expect(last.out).toBe('item  word\n13    w3\n')
  const chosen = await story.run('table', 'words', '--where', 'answer.grade = 1', '--columns', 'word', '--json')
  expect(JSON.parse(chosen.out)).toMatchObject({
    version: 'v0',
    rows: 2,
    items: [
      { item: '11', word: 'w1' },
      { item: '16', word: 'w6' },
    ],
  })
  expect(await story.run('table', 'words', '--page', '2')).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no page 2'),
  })
})

test('a field that nothing has is refused with the nearest one', async () => {
  await using story = await graded(4)
  const { code, err } = await story.run('table', 'words', '--columns', 'answer.grad')
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('No item has the field answer.grad. Did you mean answer.grade'),
  ])
})

test('--grep finds a text in the answers of all steps, with its place; nothing found is exit code 1', async () => {
  await using story = await Story.begin(wordFiles(3, [step1, step2]))
  story.api.answer = ({ prompt }) =>
    JSON.stringify({ answer: `Light on ${prompt.slice(0, 9)}, and ${'x'.repeat(200)} a shadow`, list: ['light'] })
  await story.run('run', 'words')
  const found = await story.run('show', 'words', '--grep', 'LIGHT ON.*w2')
  expect(found.out.split('\n')).toEqual([
    expect.stringMatching(/^12 {2}step 1 {2}answer: Light on Define w2, and x+…$/),
    expect.stringMatching(/^12 {2}step 2 {2}answer: Light on Rate w2: , and x+…$/),
    '',
  ])
  const shadows = await story.run('show', 'words', '--grep', 'a shadow', '--step', '1')
  expect(shadows.out.split('\n')[0]).toMatch(/^11 {2}step 1 {2}answer: …x{29} a shadow$/)
  expect(
    JSON.parse(
      (await story.run('show', 'words', '--grep', '\\["light', '--where', 'id = 13', '--step', '1', '--json')).out,
    ).found,
  ).toMatchObject([{ item: '13', step: 1, field: 'list', at: 0 }])
  expect((await story.run('show', 'words', '--grep', 'nowhere')).code).toBe(1)
  expect((await story.run('show', 'words', '--grep', '(')).code).toBe(2)
})
