import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Progress, RequestRefused, RunInterrupted, type RunRequest, runPipeline } from '../../index.ts'
import { Story } from './story.ts'
import { numbers, prompts, step1, step2, wordFiles } from './words.ts'

function optionsOf(story: Story) {
  return { workspace: story.root, apiKey: story.server.key, baseURL: story.server.url }
}

const request: RunRequest = { pipeline_name: 'words', steps: [{ ...step1, max_concurrency: 2 }, step2] }

test('runPipeline tells of everything that happens and resolves with where the answers are', async () => {
  await using story = await Story.begin(wordFiles(2))
  const events: Progress[] = []
  const result = await runPipeline(request, { ...optionsOf(story), onProgress: (event) => events.push(event) })
  expect({ ...result, stats: result.stats.processed }).toEqual({
    caching_saved_usd: 0,
    pipeline: 'words',
    version: 'v0',
    folder: join(story.root, 'outputs/words/v0'),
    status: 'completed',
    stats: 2,
    outputs: ['01_define.json', '02_rate.json'].map((name) => join(story.root, 'outputs/words/v0/collated', name)),
  })
  expect(result.outputs.map((path) => JSON.parse(readFileSync(path, 'utf8')).length)).toEqual([2, 2])
  const ofStep = ['step', 'item', 'item', 'step_done']
  expect(events.map(({ type }) => type)).toEqual(['variables', 'opened', 'message', ...ofStep, ...ofStep])
})

test('an aborted signal stops softly with RunInterrupted, and resume goes on without asking again', async () => {
  await using story = await Story.begin(wordFiles(6))
  const stop = new AbortController()
  const reason = new Error('Enough for today.')
  const onProgress = (event: Progress) => {
    if (event.type === 'item') stop.abort(reason)
  }
  const options = optionsOf(story)
  const error: unknown = await runPipeline(request, { ...options, onProgress, signal: stop.signal }).catch((why) => why)
  expect(error).toBeInstanceOf(RunInterrupted)
  expect((error as Error).cause).toBe(reason)
  expect({ asked: story.asked(), status: story.metadata('words/v0').status }).toEqual({
    asked: prompts('Define', 1, 2),
    status: 'aborted',
  })
  const { version, stats } = await runPipeline({ ...request, resume: true }, options)
  expect({ version, processed: stats.processed, asked: story.asked() }).toEqual({
    version: 'v0',
    processed: 6,
    asked: [...prompts('Define', ...numbers(6, 3)), ...prompts('Rate', ...numbers(6))],
  })
})

test('a signal that was aborted before begins nothing', async () => {
  await using story = await Story.begin(wordFiles(2))
  const error: unknown = await runPipeline(request, { ...optionsOf(story), signal: AbortSignal.abort('no') }).catch(
    (why) => why,
  )
  expect([error instanceof RunInterrupted, (error as Error).cause, story.names('.')]).toEqual([
    true,
    'no',
    ['inputs', 'pipelines', 'prompts'],
  ])
})

test('a request without pipeline_name is a one-off, and what is wrong with a request is refused with every problem', async () => {
  await using story = await Story.begin(wordFiles(2))
  const { pipeline, folder } = await runPipeline({ steps: [step1] }, optionsOf(story))
  expect(pipeline).toBe('_runs')
  expect(relative(story.root, folder)).toMatch(/^outputs\/_runs\/[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(story.names('outputs')).toEqual(['_runs', '_spending'])
  const wrong = { steps: [{ prompt_name: 'defin', input_file: 'inputs/word.json' }] }
  await expect(runPipeline(wrong, { ...optionsOf(story), apiKey: '' })).rejects.toThrow(
    'Set ANTHROPIC_API_KEY to ask Claude, or set offline: true to try it',
  )
  const error: unknown = await runPipeline(wrong, optionsOf(story)).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(RequestRefused)
  expect((error as RequestRefused).problems).toHaveLength(2)
})

/** The `node` of the system, without what npm put before it on the PATH; null where it is as new as is needed. */
function olderNode(): string | null {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes(join('node_modules', '.bin')))
  const env = { PATH: path.join(delimiter) }
  try {
    const [version, file] = execFileSync('node', ['-p', 'process.version + " " + process.execPath'], {
      env,
      encoding: 'utf8',
    })
      .trim()
      .split(' ')
    return Number(version!.slice(1).split('.')[0]) < 24 && !file!.includes(`${sep}node_modules${sep}`) ? file! : null
  } catch {
    return null
  }
}

const node = olderNode()

test.skipIf(node === null)('under a Node older than 24 the command says in one sentence what it needs', () => {
  const command = fileURLToPath(new URL('../../cli/itemwise.js', import.meta.url))
  let ended: { status: number; stderr: string } = { status: 0, stderr: '' }
  try {
    execFileSync(node!, [command, 'list'], { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    ended = error as typeof ended
  }
  expect(ended.status).toBe(1)
  expect(ended.stderr).toMatch(
    /^itemwise needs Node\.js 24 or newer, and this is v\d+\.\d+\.\d+\. Install it from https:\/\/nodejs\.org, .* and run the command again\.\n$/,
  )
})
