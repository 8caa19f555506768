import { expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { step1, wordFiles } from './words.ts'

const settings = (more = '') => ({ 'itemwise.yaml': `answer_timeout_seconds: 3\n${more}` })
const words = (count: number, more = '') => ({
  ...wordFiles(count, [{ ...step1, max_concurrency: 16 }]),
  ...settings(more),
})
const paused =
  /Paused since \d\d:\d\d: the API was overloaded \(529: as the test asked\); trying again in \d+ s\. Press Ctrl-C to stop; the answers so far are kept\./

test('an outage costs no item: the run pauses, one call looks, and then all go on', async () => {
  await using story = await Story.begin(words(200), { latencyMs: 5 })
  let isAway = false
  story.api.answer = ({ nth }) => {
    isAway ||= nth === 50
    return isAway ? { status: 529 } : undefined
  }
  const run = story.start('run', 'pipelines/words.json')
  await run.says('Paused since')
  const before = story.sent.length
  await until(() => story.sent.length > before)
  const looking = story.sent.length - before
  isAway = false
  story.api.answer = undefined
  const { code, err } = await run.ended
  expect({ code, failed: story.metadata('words/v0').stats.failed, looking }).toEqual({ code: 0, failed: 0, looking: 1 })
  expect(err).toMatch(paused)
  expect(err).toContain('The API answers again; the run continues.')
  expect(story.metadata('words/v0').logs.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warning: Paused: The API was overloaded (529: as the test asked).',
    'info: The API answers again; the run goes on.',
  ])
})

test('an outage that lasts longer than give_up_after_minutes ends the run, which can be resumed', async () => {
  await using story = await Story.begin(words(20, 'give_up_after_minutes: 0.05\n'), { answer: () => ({ status: 529 }) })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  const { status, stats } = story.metadata('words/v0')
  expect({ code, status, failed: stats.failed }).toEqual({ code: 1, status: 'failed', failed: 0 })
  expect(err).toMatch(paused)
  expect(err).toContain(
    'itemwise: The API has not answered: The API was overloaded (529: as the test asked). The run ends here and can be resumed when the API is well again; give_up_after_minutes in itemwise.yaml says how long it waits.',
  )
  expect(err).toContain('itemwise resume words v0')
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.metadata('words/v0').stats).toMatchObject({ failed: 0, processed: 20 })
})

test('Ctrl-C ends a run that is paused at once', async () => {
  await using story = await Story.begin(words(20), { answer: () => ({ status: 529 }) })
  const run = story.start('run', 'pipelines/words.json')
  await run.says('Paused since')
  run.signal('SIGINT')
  const { code } = await run.ended
  expect({ code, status: story.metadata('words/v0').status, failed: story.metadata('words/v0').stats.failed }).toEqual({
    ...{ code: 130, status: 'aborted', failed: 0 },
  })
})

test('a process that stood still keeps what arrived meanwhile', async () => {
  await using story = await Story.begin(words(64), { latencyMs: 400 })
  const run = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length >= 32)
  run.signal('SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, 5000))
  run.signal('SIGCONT')
  const { code } = await run.ended
  expect({ code, calls: story.sent.length, failed: story.metadata('words/v0').stats.failed }).toEqual({
    ...{ code: 0, calls: 64, failed: 0 },
  })
})

test.each([
  ['back', -3_600_000],
  ['forward', 3_600_000],
])('a clock that is set %s an hour changes neither deadlines nor durations', async (_way, jump) => {
  const jumping = `
    const { now } = Date
    let calls = 0
    Date.now = () => now() + (performance.now() > 700 && ++calls % 50 < 25 ? ${jump} : 0)
  `
  await using story = await Story.begin({ ...words(64), 'jumping.mjs': jumping }, { latencyMs: 250 })
  story.environment = { NODE_OPTIONS: `--import=${story.root}/jumping.mjs` }
  const { code } = await story.run('run', 'pipelines/words.json')
  const { duration_seconds, stats } = story.metadata('words/v0')
  const times = story.ledger('words/v0', 1).map(({ milliseconds }) => milliseconds)
  expect({ code, calls: story.sent.length, failed: stats.failed }).toEqual({ code: 0, calls: 64, failed: 0 })
  expect(Math.min(...times)).toBeGreaterThanOrEqual(200)
  expect(Math.max(...times)).toBeLessThan(60_000)
  expect(duration_seconds).toBeGreaterThan(0)
  expect(duration_seconds).toBeLessThan(600)
})
