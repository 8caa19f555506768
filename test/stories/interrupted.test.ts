import { expect, test } from 'vitest'
import type { KeptItem } from '../../core/store.ts'
import { LiveModel } from '../../models/claude/live.ts'
import { runStart, type StartTools } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import { ofLines, Story, until } from './story.ts'
import { numbers, prompts, step1, wordFiles } from './words.ts'

const fourAtOnce = [{ ...step1, max_concurrency: 4 }]
const all = prompts('Define', ...numbers(12))

/** The ids of the items whose answers are kept while a version is unfinished. */
function keptIds(story: Story, version: string): number[] {
  const lines = ofLines<{ kept?: KeptItem }>(story.read(`outputs/${version}/work/01_journal.jsonl`))
  return lines.flatMap(({ kept }) => (kept === undefined ? [] : [Number(kept.line.item_id)])).sort()
}

const goOn = 'The answers so far are kept in outputs/words/v0. Resume it: itemwise resume words v0\n'

test('Ctrl-C makes no new calls, keeps the answers under way, says how to go on, and the run can be resumed', async () => {
  await using story = await Story.begin(wordFiles(12, fourAtOnce))
  const answers = Promise.withResolvers<void>()
  story.api.answer = ({ nth }) => (nth <= 4 ? undefined : { after: answers.promise })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 8)
  started.signal('SIGINT')
  await started.says('Ctrl-C again to stop now.')
  answers.resolve()
  const { code, out, err } = await started.ended
  expect({ code, out, err }).toEqual({
    code: 130,
    out: '',
    err: `outputs/words/v0 (initial)
Answers: json (answer_format: json).
Stopping: no new calls; waiting for calls in progress. Press Ctrl-C again to stop now.
${goOn}itemwise: The run was stopped.
`,
  })
  expect({ asked: story.asked().length, kept: keptIds(story, 'words/v0') }).toEqual({ asked: 8, kept: numbers(18, 11) })
  expect(story.metadata('words/v0')).toMatchObject({
    status: 'aborted',
    stats: { processed: 8, failed: 0 },
    logs: [{ level: 'error', message: 'The run was stopped.' }],
  })
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual(numbers(8))
  expect({ latest: story.has('outputs/words/latest') }).toEqual({ latest: false })

  story.api.answer = undefined
  const resumed = await story.run('resume', 'words')
  expect({ code: resumed.code, asked: story.asked() }).toEqual({ code: 0, asked: all.slice(8) })
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual(numbers(12))
  expect(story.metadata('words/v0').stats).toMatchObject({ items: 12, processed: 12, failed: 0 })
})

test('a resume warns of a model that has reached its end of life since the run began', async () => {
  await using story = await Story.begin(wordFiles(2, [{ ...step1, model: 'claude-sonnet-4-5' }]))
  story.api.answer = () => ({ status: 401 })
  const begun = await story.run('run', 'pipelines/words.json')
  expect([begun.code, begun.err]).toEqual([1, expect.not.stringContaining('end of life')])
  story.api.answer = undefined
  const { key, url } = story.server
  const told: string[] = []
  const tools: StartTools = {
    store: new FolderStore(story.root),
    model: new LiveModel({ apiKey: key, baseURL: url }),
    now: () => Date.parse('2026-12-01'),
    report: (event) => void (event.type === 'message' && told.push(event.text)),
  }
  await runStart(tools, { kind: 'resume', resume: { pipeline: 'words' } })
  expect(told).toEqual([
    expect.stringMatching(/^Step 1 \(define\): claude-sonnet-4-5 reached its end of life on 2026-11-30/),
  ])
})

test('a resume with --concurrency asks for that many at a time, and so does the next resume', async () => {
  await using story = await Story.begin(wordFiles(20, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = ({ nth }) => (nth <= 2 ? undefined : { status: 401 })
  expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
  expect(story.server.mostAtOnce).toBe(1)
  const answers = Promise.withResolvers<void>()
  story.api.answer = () => ({ after: answers.promise })
  const before = story.sent.length
  const started = story.start('resume', 'words', '--concurrency', '4')
  await until(() => story.sent.length === before + 4)
  started.signal('SIGINT')
  await started.says('Ctrl-C again to stop now.')
  answers.resolve()
  expect((await started.ended).code).toBe(130)
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.server.mostAtOnce).toBe(4)
  expect(JSON.parse(story.read('outputs/words/v0/run.json')).steps).toMatchObject([{ max_concurrency: 4 }])
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual(numbers(20))
})

test('Ctrl-C twice stops at once; only the calls under way are made again', async () => {
  await using story = await Story.begin(wordFiles(12, fourAtOnce))
  story.api.answer = ({ nth }) => (nth <= 5 ? undefined : { delay_ms: 60_000 })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 9)
  started.signal('SIGINT')
  await started.says('Ctrl-C again to stop now.')
  started.signal('SIGINT')
  const { code, err } = await started.ended
  expect({ code, end: err.slice(err.indexOf('Stopping now.')) }).toEqual({
    code: 130,
    end: `Stopping now.
${goOn}itemwise: The run was stopped at once; calls in progress were lost.
`,
  })
  const kept = keptIds(story, 'words/v0').map((id) => `Define w${id - 10}`)
  expect({ kept: kept.length, status: story.metadata('words/v0').status }).toEqual({ kept: 5, status: 'aborted' })
  story.asked()

  story.api.answer = undefined
  const resumed = await story.run('resume', 'words', 'v0')
  expect({ code: resumed.code, asked: story.asked() }).toEqual({
    code: 0,
    asked: all.filter((prompt) => !kept.includes(prompt)),
  })
})

test('a version that is being run cannot be resumed, nor labelled, and one that is completed is not resumed', async () => {
  await using story = await Story.begin(wordFiles(1))
  story.api.answer = () => ({ delay_ms: 60_000 })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 1)
  const resumed = await story.run('resume', 'words')
  const labelled = await story.run('label', 'words', 'v0', '--status', 'beta')
  expect({ resumed, labelled }).toEqual({
    resumed: {
      code: 2,
      out: '',
      err: 'itemwise: v0 of words is being run by another process right now. Wait until it has ended.\n',
    },
    labelled: {
      code: 2,
      out: '',
      err: 'itemwise: words v0 is running. A label can be changed when it has ended. Wait for it, or interrupt it.\n',
    },
  })
  started.signal('SIGKILL')
  await started.ended
  story.api.answer = undefined
  expect((await story.run('list', '--all')).out).toContain('\nv0 (failed)\n')
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(await story.run('resume', 'words', 'v0')).toEqual({
    code: 2,
    out: '',
    err: 'itemwise: v0 of words is completed, so there is nothing to resume. `itemwise rerun words <ids> --base v0` asks again for items of it, as a new version.\n',
  })
})

test("a resumed run goes on with its own template and input and says so where today's differ", async () => {
  await using story = await Story.begin(wordFiles(4, fourAtOnce))
  story.api.answer = ({ prompt }) => (/w[12]\./.test(prompt) ? undefined : { delay_ms: 60_000 })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 4 && keptIds(story, 'words/v0').length === 2)
  started.signal('SIGKILL')
  await started.ended
  story.asked()
  story.write('prompts/define.md', 'Explain {word}.')
  story.write('inputs/words.json', [{ id: 99, word: 'w99' }])
  story.api.answer = undefined
  const { code, err } = await story.run('resume', 'words')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 3, 4) })
  expect(err).toContain(`\
Warning: prompts/define.md differs from the template this version uses (step 1).
Warning: inputs/words.json differs from the input this version uses (step 1).
`)
})

test('batch_stop_on_error ends the run at the first failure, and the run can be resumed', async () => {
  const steps = [{ ...step1, batch_stop_on_error: true, max_concurrency: 1 }]
  await using story = await Story.begin(wordFiles(5, steps))
  story.api.answer = ({ prompt }) => (prompt === 'Define w3.' ? { refusal: true } : undefined)
  const { code, err } = await story.run('run', 'pipelines/words.json')
  const reason =
    'Item 13 failed in step 1 (define), and batch_stop_on_error is set: The model refused to answer. Its words are in the reply file; change the prompt or the item.'
  expect({ code, asked: story.asked(), err }).toEqual({
    code: 1,
    asked: prompts('Define', 1, 2, 3),
    err: `outputs/words/v0 (initial)
Answers: json (answer_format: json).
${goOn}It keeps its own templates and settings. To change those, run the corrected request with batch_skip_existing: true, which keeps the answers.
itemwise: ${reason}
`,
  })
  const { status, logs, stats } = story.metadata('words/v0')
  expect({ status, last: logs.at(-1)?.message, processed: stats.processed, failed: stats.failed }).toEqual({
    status: 'failed',
    last: reason,
    processed: 3,
    failed: 1,
  })
  expect(story.errors('words/v0', 1)).toMatchObject([{ item_id: '13', kind: 'refusal' }])

  story.api.answer = undefined
  const resumed = await story.run('resume', 'words')
  expect({ code: resumed.code, asked: story.asked(), errors: story.errors('words/v0', 1) }).toEqual({
    code: 0,
    asked: prompts('Define', 3, 4, 5),
    errors: [],
  })
  const spent = story.ledger('words/v0', 1).map(({ attempts }) => attempts)
  expect(spent).toEqual([1, 1, 2, 1, 1])
})
