/** Output that nobody takes any more is no reason to stop, nor to say that all is well. */
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { numbers, prompts, step1, wordFiles } from './words.ts'

const hasFull = existsSync('/dev/full')

/** What became of a run of 12 items, of which one fails. */
function outcome(story: Story, version: string) {
  const { status, stats } = story.metadata(`words/${version}`)
  return { status, items: stats.items, failed: stats.failed, latest: story.has('outputs/words/latest/metadata.json') }
}

const whole = { status: 'completed', items: 12, failed: 1, latest: true }

test.for([
  ['| head -n 1', 'its reader goes away', false],
  ['2>/dev/full', 'stderr is a full disk', true],
  ['>/dev/full', 'stdout is a full disk', true],
  ['>/dev/full 2>/dev/full', 'both are a full disk', true],
  ['>&- 2>&-', 'both are closed', false],
] as const)('a run goes on to its true exit code where %s (%s)', async ([redirection, , needsFull], { skip }) => {
  if (needsFull && !hasFull) skip()
  await using story = await Story.begin(wordFiles(12, [{ ...step1, max_concurrency: 2 }]), { latencyMs: 50 })
  story.api.answer = ({ prompt }) => (prompt === 'Define w3.' ? { refusal: true } : undefined)
  const line = redirection.startsWith('|')
    ? `{ $itemwise run pipelines/words.json 2>&1; echo $? >code; } ${redirection}`
    : `$itemwise run pipelines/words.json ${redirection}; echo $? >code`
  const { out } = await story.shell(line).ended
  await until(() => story.has('code') && story.read('code') !== '')
  expect({ code: story.read('code'), ...outcome(story, 'v0') }).toEqual({ code: '3\n', ...whole })
  if (redirection.startsWith('|')) expect(out).toBe('outputs/words/v0 (initial)\n')
})

test.skipIf(!hasFull)(
  'a command that only prints has failed where its result cannot be written, and says so',
  async () => {
    await using story = await Story.begin(wordFiles(2))
    await story.run('run', 'pipelines/words.json')
    for (const words of ['list --all', 'show words v0', 'compare words v0 v0', 'export words v0', 'doctor'])
      expect(await story.shell(`$itemwise ${words} >/dev/full`).ended).toEqual({
        code: 1,
        out: '',
        err: 'itemwise: The output could not be written: the disk is full (ENOSPC). It is cut off. Free some space, then run the command again.\n',
      })
    expect(await story.shell('$itemwise label words v0 --status beta >/dev/full').ended).toEqual({
      code: 0,
      out: '',
      err: 'As an input, outputs/words/@beta/… now leads to v0.\nitemwise: The output could not be written: the disk is full (ENOSPC). The work itself is not affected.\n',
    })
  },
)

test('a command whose reader has gone ends quietly', async () => {
  await using story = await Story.begin(wordFiles(2))
  await story.run('run', 'pipelines/words.json')
  for (const words of ['list --all', 'show words v0', 'compare words v0 v0', 'export words v0', 'doctor', '--help']) {
    const { out, err } = await story.shell(`{ $itemwise ${words}; echo "code $?" >&2; } | true`).ended
    expect({ words, out, err }).toEqual({ words, out: '', err: 'code 0\n' })
  }
})

test('a closed terminal (SIGHUP) lets calls under way end and makes no new ones, however often it is said', async () => {
  await using story = await Story.begin(wordFiles(12, [{ ...step1, max_concurrency: 4 }]))
  const answers = Promise.withResolvers<void>()
  story.api.answer = ({ nth }) => (nth <= 4 ? undefined : { after: answers.promise })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 8)
  started.signal('SIGHUP')
  await started.says('Stopping: no new calls')
  started.signal('SIGHUP')
  started.signal('SIGHUP')
  answers.resolve()
  const { code, err } = await started.ended
  expect({ code, now: err.includes('Stopping now.'), sent: story.sent.length }).toEqual({
    code: 130,
    now: false,
    sent: 8,
  })
  expect(story.metadata('words/v0')).toMatchObject({ status: 'aborted', stats: { processed: 8 } })
  story.asked()
  story.api.answer = undefined
  const resumed = await story.run('resume', 'words')
  expect({ code: resumed.code, asked: story.asked() }).toEqual({
    code: 0,
    asked: prompts('Define', ...numbers(12)).slice(8),
  })
})

test.skipIf(!existsSync('/usr/bin/script'))(
  'of a terminal that disappears the run needs nothing: what was asked for is kept',
  async () => {
    await using story = await Story.begin(wordFiles(12, [{ ...step1, max_concurrency: 4 }]))
    const answers = Promise.withResolvers<void>()
    story.api.answer = ({ nth }) => (nth <= 4 ? undefined : { after: answers.promise })
    const terminal = story.shell('exec script -qec "$itemwise run pipelines/words.json" /dev/null')
    await until(() => story.sent.length === 8)
    terminal.signal('SIGKILL')
    await terminal.ended
    answers.resolve()
    await until(() => story.metadata('words/v0').status !== 'running')
    // The hang-up may come before or after the answers.
    const { stats } = story.metadata('words/v0')
    expect({ kept: stats.processed, failed: stats.failed }).toEqual({ kept: story.sent.length, failed: 0 })
  },
)
