import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { FailureKind } from '../../core/errors.ts'
import type { Fault } from '../anthropic-server.ts'
import { Story } from './story.ts'
import { numbers, wordFiles } from './words.ts'

/** Each fault with the kind of failure that it truly is. */
const faults: [Fault, FailureKind][] = [
  [{ status: 429 }, 'rate_limited'],
  [{ status: 529 }, 'overloaded'],
  [{ status: 500 }, 'server_error'],
  [{ drop: 'before' }, 'connection'],
  [{ drop: 'middle' }, 'connection'],
  [{ garbled: true }, 'bad_response'],
  [{ truncated: true }, 'max_tokens'],
]

/** The same fault for the same call in every run; undefined for seven calls of ten. Two items never get an answer. */
function faultOf(prompt: string, nth: number): [Fault, FailureKind] | undefined {
  if (prompt === 'Define w100.') return [{ status: 500 }, 'server_error']
  if (prompt === 'Define w200.') return [{ garbled: true }, 'bad_response']
  const [chance = 0, which = 0] = hash('sha256', `${prompt}#${nth}`, 'buffer')
  return chance < 0.3 * 256 ? faults[which % faults.length] : undefined
}

test('with three answers of ten going wrong every item is answered or stands in the errors with its true cause', async () => {
  const last = new Map<string, FailureKind | 'answered'>()
  await using story = await Story.begin({ ...wordFiles(300), 'itemwise.yaml': 'answer_timeout_seconds: 5\n' })
  story.api.answer = ({ prompt, nthForPrompt }) => {
    const fault = faultOf(prompt, nthForPrompt)
    last.set(prompt, fault?.[1] ?? 'answered')
    return fault?.[0]
  }
  const { code, out } = await story.run('run', 'pipelines/words.json')
  const errors = story.errors('words/v0', 1)
  const answers = story.collated<{ source_id: number; nr: number; answer: string }>('words/v0', '01_define.json')
  const ends = numbers(300).map((number) => last.get(`Define w${number}.`))

  const promptOf = (id: number) => `Define w${id - 10}.`
  expect(errors.map(({ item_id, kind }) => [item_id, kind])).toEqual(
    ends.flatMap((end, at) => (end === 'answered' ? [] : [[String(at + 11), end]])),
  )
  expect(answers.map(({ source_id }) => source_id)).toEqual(
    ends.flatMap((end, at) => (end === 'answered' ? [at + 11] : [])),
  )
  expect(answers.filter(({ nr, source_id }) => nr !== source_id - 10)).toEqual([])
  expect(
    answers.filter(({ answer, source_id }) => answer !== `answer ${hash('sha256', promptOf(source_id)).slice(0, 12)}`),
  ).toEqual([])

  const { stats, status } = story.metadata('words/v0')
  expect({ code, status, items: stats.items, processed: stats.processed, failed: stats.failed }).toEqual({
    code: 3,
    status: 'completed',
    items: 300,
    processed: 300,
    failed: errors.length,
  })
  expect(out).toContain(`v0 of words is completed: 300 items, 300 processed, ${errors.length} failed, `)
  const attempts = story.ledger('words/v0', 1).reduce((sum, line) => sum + line.attempts, 0)
  expect(attempts).toBe(story.sent.length)
  expect(errors.find(({ item_id }) => item_id === '110')).toMatchObject({
    error: expect.stringMatching(/^The API failed \(500: as the test asked\)\. Only \S+ s are left for this answer/),
  })
})

test.each([
  [
    'an unknown model',
    { status: 404, type: 'not_found_error', message: 'model: claude-haiku-5-5' },
    'The API does not know the model claude-haiku-5-5 (404: model: claude-haiku-5-5).',
  ],
  [
    'a key that is not known',
    { status: 401, message: 'invalid bearer token' },
    'The API does not accept the key (401: invalid bearer token).',
  ],
  [
    'a spend limit',
    { status: 429, code: 'enforced_spend_limit_reached', message: 'limit' },
    'The spend limit of this account is reached (429: limit).',
  ],
])(
  '%s ends the run at once as failed, keeps what was answered, and the run can be resumed',
  async (_, fault, message) => {
    await using story = await Story.begin(wordFiles(40))
    story.api.answer = ({ nth }) => (nth <= 5 ? undefined : fault)
    const { code, err } = await story.run('run', 'pipelines/words.json', '--concurrency', '4')
    expect(err).toContain(`itemwise: ${message}`)
    const { status, stats } = story.metadata('words/v0')
    expect({ code, status, processed: stats.processed, most: story.sent.length <= 5 + 4 }).toEqual({
      code: 1,
      status: 'failed',
      processed: 5,
      most: true,
    })
    const before = new Set(story.ledger('words/v0', 1).map(({ item_id }) => `Define w${Number(item_id) - 10}`))
    story.asked()
    story.api.answer = undefined
    const resumed = await story.run('resume', 'words')
    expect({ code: resumed.code, again: story.asked().filter((prompt) => before.has(prompt)) }).toEqual({
      code: 0,
      again: [],
    })
    expect(story.collated('words/v0', '01_define.json')).toHaveLength(40)
  },
)

test('a run in which the API cannot be reached at all fails, leaves latest where it is, and is resumed', async () => {
  await using story = await Story.begin({
    ...wordFiles(3),
    'itemwise.yaml': 'answer_timeout_seconds: 1\ngive_up_after_minutes: 0\n',
  })
  await story.run('run', 'pipelines/words.json')
  story.api.answer = () => ({ drop: 'before' })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(err).toContain(
    'itemwise: The API has not answered: The connection to the API failed (UND_ERR_SOCKET: other side closed).',
  )
  expect(err).toContain('Resume it: itemwise resume words v1')
  expect([code, story.metadata('words/v1').status]).toEqual([1, 'failed'])
  expect((await story.run('list', '--all')).out).toContain('Latest: v0')
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.collated('words/v1', '01_define.json')).toHaveLength(3)
})

test('an address that is none is refused before a version is made', async () => {
  await using story = await Story.begin(wordFiles(3))
  story.environment = { ANTHROPIC_BASE_URL: '127.0.0.1' }
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(err).toBe(
    "itemwise: ANTHROPIC_BASE_URL is 127.0.0.1. Expected the address of the API, beginning with https:// or http://. Correct it, or leave it out for Anthropic's own.\n",
  )
  expect([code, story.has('outputs')]).toEqual([2, false])
})
