/** Answers that are odd, as a filter with counts: the same that the record of the version names. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { oddChoices } from '../../core/rows/row-filter.ts'
import { Story } from '../stories/story.ts'
import { step1, step2 } from '../stories/words.ts'
import { Served } from './adapters.ts'

let story: Story
let served: Served

const hint = (number: number) => `The hint of word ${number}, which is long enough to be told apart from others`
const usual = (number: number) => `Answer ${number}: ${'a plain sentence about a word. '.repeat(4)}`

function answerTo(number: number): unknown {
  const note = number > 8 ? '' : `Note ${number}`
  if (number === 1) return { text: '', note: '' }
  if (number === 2) return { text: "I'm sorry, but I cannot help with that.", note }
  if (number === 4) return { text: usual(3), note: 'Note 3' }
  if (number === 5) return { text: hint(5), note: 'w5' }
  if (number === 6) return { text: 'A very long text. '.repeat(200), note }
  if (number === 7) return { text: 'Short.', note }
  return { text: usual(number), note }
}

beforeAll(async () => {
  story = await Story.begin({
    'inputs/words.json': Array.from({ length: 26 }, (_, at) => ({
      id: 1 + at,
      word: `w${1 + at}`,
      hint: hint(1 + at),
    })),
    'prompts/define.md': 'Define {word}. {hint}',
    'prompts/rate.md': 'Rate {root__word}: {text}',
    'pipelines/words.json': { pipeline_name: 'words', steps: [step1, step2] },
  })
  story.api.answer = ({ prompt }) => {
    const number = Number(/w(\d+)/.exec(prompt)?.[1])
    // The second step says what came to it.
    if (prompt.startsWith('Rate') && number > 20) return JSON.stringify({ text: usual(number) })
    return JSON.stringify(answerTo(number))
  }
  await story.run('run', 'pipelines/words.json')
  served = await Served.start(story)
}, 60_000)

afterAll(async () => {
  await served.stop()
  await story[Symbol.asyncDispose]()
})

interface Counted {
  kind: string
  field?: string
  count: number
}

const get = async (path: string, query: Record<string, string>) =>
  JSON.parse((await served.send('GET', `/pipelines/words/versions/${path}`, { query })).text)

const counts = async (path: string, query: Record<string, string> = {}): Promise<[string, number][]> => {
  const { oddities } = await get(`${path}/facets`, { ...query, oddities: 'yes' })
  return oddities.map(({ kind, field, count }: Counted) => [field === undefined ? kind : `${kind}:${field}`, count])
}

const taken = async (path: string, odd: string): Promise<string[]> =>
  (await get(`${path}/rows`, { odd, limit: '500' })).rows.map(({ root_id }: { root_id: string }) => root_id)

describe('odd answers', () => {
  test('are counted as the record of the version counts them, in each step', async () => {
    for (const step of [1, 2]) {
      const { oddities = [] } = story.metadata('words/v0').stats.steps[step - 1]!
      const known = oddities.filter(({ kind }) => oddChoices.some((choice) => choice === kind))
      expect(await counts(`v0/steps/${step}`)).toEqual(
        known.map(({ kind, field, count }) => [field === undefined ? kind : `${kind}:${field}`, count]),
      )
    }
    expect((await get('v0/steps/1/facets', {})).oddities).toBeNull()
  })

  test('are the rows that a filter by an oddity takes', async () => {
    const path = 'v0/steps/1'
    expect(await counts(path)).toEqual([
      ['empty', 1],
      ['refusal', 1],
      ['same_as_item', 1],
      ['same_answer', 1],
      ['empty_field:note', 18],
      ['short:text', 1],
      ['long:text', 1],
      ['cost', 1],
    ])
    expect(await taken(path, 'empty')).toEqual(['1'])
    expect(await taken(path, 'refusal')).toEqual(['2'])
    expect(await taken(path, 'same_answer')).toEqual(['4'])
    expect(await taken(path, 'same_as_item')).toEqual(['5'])
    expect(await taken(path, 'long:text')).toEqual(['6'])
    expect(await taken(path, 'short:text')).toEqual(['7'])
    expect(await taken(path, 'empty_field:note')).toHaveLength(18)
    expect(await taken(path, 'cost')).toEqual(['6'])
    expect(await taken(path, 'long:note')).toEqual([])
    // Counts are of what the rest of the filter takes.
    expect(await counts(path, { text: 'sorry', odd: 'empty' })).toContainEqual(['refusal', 1])
    expect(await counts(path, { text: 'sorry', odd: 'empty' })).toContainEqual(['empty', 0])
    expect(await get(`${path}/rows`, { odd: 'dull' })).toMatchObject({
      status: 400,
      detail: expect.stringContaining('odd is dull. Expected one of empty, refusal, same_as_item'),
    })
  })

  test('are looked for among all answers of a rerun, without those that a person wrote', async () => {
    story.api.answer = undefined
    await story.run('edit', 'words', '7', '--step', '1', '--set', 'text=Mine.', '--by', 'Maria')
    await story.run('apply', 'words', '--no-later-steps')
    expect(await taken('v1/steps/1', 'refusal')).toEqual(['2'])
    expect(await taken('v1/steps/1', 'short:text')).toEqual([])
  })
})
