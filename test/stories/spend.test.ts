/** What was spent is kept whatever becomes of the versions, and no month costs more than its limit. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SpendEntry, spendEntry } from '../../core/documents.ts'
import { monthOf } from '../../core/money/spend-log.ts'
import { ofLines, Story, until } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

const month = monthOf(Date.now())
/** An answer that does not come. */
const never = new Promise<void>(() => {})
const logOf = (story: Story) =>
  ofLines<SpendEntry>(story.read(`outputs/_spending/${month}.jsonl`)).map((entry) => spendEntry.parse(entry))
const spent = async (story: Story, ...words: string[]) => JSON.parse((await story.run('spend', '--json', ...words)).out)

test('spend shows what all runs cost, by month, pipeline, label and model, and removing a version changes nothing', async () => {
  await using story = await Story.begin(wordFiles(3, [step1, step2]))
  expect((await story.run('spend')).out).toBe('Nothing was spent yet.\n')
  await story.run('run', 'words')
  await story.run('rerun', 'words', '11', '--status', 'beta')
  const [v0, v1] = ['words/v0', 'words/v1'].map((version) => story.metadata(version).stats.cost_usd!)
  const total = v0! + v1!
  const { rows } = await spent(story)
  expect(rows).toEqual([expect.objectContaining({ key: month, runs: 2, cost_usd: expect.closeTo(total, 9) })])
  expect((await spent(story, '--by', 'pipeline')).rows).toMatchObject([{ key: 'words', runs: 2 }])
  expect((await spent(story, '--by', 'label')).rows).toMatchObject([
    { key: 'draft', runs: 1 },
    { key: 'beta', runs: 1 },
  ])
  const [model] = story.metadata('words/v0').stats.steps.map((step) => step.model)
  expect((await spent(story, '--by', 'model')).rows).toMatchObject([{ key: model, runs: 2 }])
  expect((await story.run('remove', 'words', 'v1', '--force')).code).toBe(0)
  await story.run('label', 'words', 'v0', '--status', 'final')
  expect((await spent(story)).total.cost_usd).toBeCloseTo(total, 9)
  expect((await spent(story, '--by', 'label')).rows).toMatchObject([{ key: 'final' }, { key: 'beta' }])
  expect((await story.run('spend')).out).toMatch(
    new RegExp(`^${month}  \\$0\\.\\d+  2 runs  [\\d,]+ tokens in, [\\d,]+ out\nTotal`),
  )
})

test('answers of the stand-in are no spending', async () => {
  await using story = await Story.begin(wordFiles(3))
  await story.run('run', 'words', '--offline')
  expect(story.has('outputs/_spending')).toBe(false)
})

test('a version that was made before there was a log is told apart', async () => {
  await using story = await Story.begin(wordFiles(3))
  await story.run('run', 'words')
  rmSync(join(story.root, 'outputs/_spending'), { recursive: true })
  expect(await spent(story)).toMatchObject({ rows: [], before_log_usd: story.metadata('words/v0').stats.cost_usd })
})

test('what a killed run spent is recorded when it is resumed, or removed', async () => {
  await using story = await Story.begin(wordFiles(6, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = ({ prompt }) => (prompt === 'Define w4.' ? { after: never } : undefined)
  const run = story.start('run', 'words')
  await until(() => story.sent.length === 4)
  run.signal('SIGKILL')
  await run.ended
  expect(story.has('outputs/_spending')).toBe(false)
  expect((await story.run('remove', 'words', 'v0', '--force')).code).toBe(0)
  expect(logOf(story)).toMatchObject([
    { kind: 'spent', pipeline: 'words', version: 'v0', models: [{ output_tokens: expect.any(Number) }] },
  ])
  expect((await spent(story)).total.cost_usd).toBeGreaterThan(0)
})

test('no run passes what is left of the month, and one that has nothing left is not begun', async () => {
  await using story = await Story.begin({ ...wordFiles(40, [{ ...step1, max_concurrency: 1, max_tokens: 100 }]) })
  await story.run('run', 'words', '--first', '2')
  const each = (await spent(story)).total.cost_usd / 2
  const limit = Number((each * 12).toPrecision(3))
  story.write('itemwise.yaml', `max_usd_per_month: ${limit}\n`)
  const run = await story.run('run', 'words')
  expect(run.err).toContain('what max_usd_per_month')
  expect(run.err).toContain('max_usd_per_month in itemwise.yaml left')
  expect(run.code).not.toBe(0)
  const { this_month } = await spent(story)
  expect(this_month.spent_usd).toBeLessThanOrEqual(limit)
  expect(this_month).toMatchObject({ limit_usd: limit, reserved_usd: 0 })
  const sent = story.sent.length
  story.write('itemwise.yaml', `max_usd_per_month: ${this_month.spent_usd}\n`)
  const again = await story.run('run', 'words')
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('nothing is left') })
  expect(story.names('outputs/words')).toEqual(['v0'])
  expect((await story.run('resume', 'words')).code).toBe(2)
  expect(story.sent.length).toBe(sent)
  story.write('itemwise.yaml', `max_usd_per_month: 5\n`)
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(
    logOf(story).filter(({ run_id, kind }) => kind === 'spent' && run_id === story.runDocument('words/v0').run_id),
  ).toHaveLength(2)
  const { total } = await spent(story)
  expect(total.cost_usd).toBeCloseTo(each * 2 + story.metadata('words/v0').stats.cost_usd!, 9)
})

test('a run reserves the smaller of its own limit and what is left; another one finds the rest, and a dead one lets go', async () => {
  await using story = await Story.begin({ ...wordFiles(3), 'itemwise.yaml': 'max_usd_per_month: 1\n' })
  story.api.answer = () => ({ after: never })
  const first = story.start('run', 'words', '--max-cost', '0.4')
  await until(() => story.sent.length > 0)
  expect((await spent(story)).this_month).toMatchObject({ reserved_usd: 0.4, left_usd: 0.6 })
  const second = story.start('run', 'words')
  await until(() => story.sent.length > 3)
  const third = await story.run('run', 'words')
  expect(third).toMatchObject({
    code: 2,
    err: expect.stringContaining('running runs have reserved $0.4 by words, $0.6 by words'),
  })
  for (const run of [first, second]) run.signal('SIGKILL')
  await Promise.all([first.ended, second.ended])
  story.api.answer = undefined
  expect((await story.run('run', 'words')).code).toBe(0)
  expect((await spent(story)).this_month.reserved_usd).toBe(0)
})

test('a model without a price is refused if the month has a limit', async () => {
  await using story = await Story.begin({
    ...wordFiles(3, [{ ...step1, model: 'claude-unheard-of' }]),
    'itemwise.yaml': 'max_usd_per_month: 1\n',
  })
  const run = await story.run('run', 'words')
  expect(run).toMatchObject({
    code: 2,
    err: expect.stringContaining('max_usd_per_month in itemwise.yaml holds only if every call has a price'),
  })
  expect(story.sent).toEqual([])
})
