import { describe, expect, test } from 'vitest'
import type { Ended } from '../cli/command.ts'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

/** The document on stdout, and its keys. */
function documentOf({ code, out }: Ended): { code: number | null; keys: string[] } {
  const document = JSON.parse(out)
  return { code, keys: Object.keys(Array.isArray(document) ? document[0] : document) }
}

test('--json makes stdout one JSON document in every command', { timeout: 180_000 }, async () => {
  await using story = await Story.begin()
  const versionKeys = [
    ...['version', 'pipeline_name', 'timestamp', 'mode', 'base_version', 'module_number', 'path_letter'],
    ...['pipeline_status', 'notes', 'duration_seconds', 'status', 'full_pipeline_name', 'logs', 'stats'],
  ]
  const result = { code: 0, keys: ['pipeline', 'version', 'folder', 'status', 'stats', 'caching_saved_usd', 'outputs'] }
  const prospect = ['pipeline', 'mode', 'base', 'continues', 'inputs', 'steps', 'warnings', 'first_prompt', 'estimate']
  const p = 'problem_generator_module_4'
  const offline = ['pipelines/problems.yaml', '--offline']
  const estimate = [
    ...['pipeline', 'mode', 'base', 'continues', 'prices_of', 'requests', 'input_tokens', 'output_tokens'],
    ...['cost_usd', 'live_usd', 'half_price_usd', 'live_seconds', 'incomplete', 'steps', 'warnings'],
  ]
  const commands: [string[], { code: number; keys: string[] }][] = [
    [['init'], { code: 0, keys: ['workspace', 'copied'] }],
    [['run', ...offline, '--dry-run'], { code: 0, keys: prospect }],
    [['estimate', 'pipelines/problems.yaml'], { code: 0, keys: estimate }],
    [['run', ...offline], result],
    [['run', ...offline, '--first', '2'], result],
    [['rerun', p, '4002', '--offline'], result],
    [['rerun', p, '4002', '--offline', '--dry-run'], { code: 0, keys: prospect }],
    [['rerun', p, '--failed', '--offline'], { code: 0, keys: ['nothing_to_do'] }],
    [['list'], { code: 0, keys: ['pipeline', 'latest', 'hidden', 'versions'] }],
    [
      ['show', p, 'v1'],
      { code: 0, keys: ['pipeline', 'latest', ...versionKeys, 'alive', 'items_processed', 'steps', 'folder'] },
    ],
    [['show', p, 'v1', '4002'], { code: 0, keys: ['pipeline', 'version', 'item', 'steps'] }],
    [['compare', p, 'v0', 'v1'], { code: 0, keys: ['pipeline', 'items', 'stands_on', 'steps', 'a', 'b'] }],
    [
      ['compare', p, 'v0', 'v1', '--detail'],
      { code: 0, keys: ['pipeline', 'items', 'stands_on', 'steps', 'a', 'b', 'instructions', 'differences'] },
    ],
    [['label', p, 'v1', '--status', 'final'], { code: 0, keys: versionKeys }],
    [['export', p], { code: 0, keys: ['problem_id', 'nudge', 'idea', 'first_step'] }],
    [['show', p, 'v1', '--grep', 'a'], { code: 0, keys: ['pipeline', 'version', 'pattern', 'found'] }],
    [['table', p], { code: 0, keys: ['pipeline', 'version', 'rows', 'page', 'items'] }],
    [['spend'], { code: 0, keys: ['by', 'rows', 'total', 'before_log_usd', 'this_month'] }],
    [['disk', p], { code: 0, keys: ['pipeline', 'bytes', 'files', 'single_files', 'by', 'rows', 'prunable_bytes'] }],
    [['prune', p, '--yes'], { code: 0, keys: ['thinned', 'removed', 'needed', 'bytes'] }],
    [['show', p, 'v1', '--where', 'grade > 8'], { code: 0, keys: ['pipeline', 'version', 'where', 'items', 'taken'] }],
    [['try', ...offline], { code: 0, keys: ['tries'] }],
    [['completion', 'bash'], { code: 0, keys: ['shell', 'script'] }],
    [['resume', p, '--offline'], { code: 2, keys: ['error'] }],
    [['run', 'pipelines/none.yaml'], { code: 2, keys: ['error'] }],
    [['list', '--colour'], { code: 2, keys: ['error'] }],
  ]
  const documents: unknown[] = []
  for (const [words] of commands) documents.push([words, documentOf(await story.run(...words, '--json'))])
  expect(documents).toEqual(commands)
})

describe('where stderr is no terminal', () => {
  test('progress is a plain line a step, without a bar and without colours', async () => {
    await using story = await Story.begin(wordFiles(4, [step1, step2]))
    const { code, err } = await story.run('run', 'pipelines/words.json')
    expect({ code, err: err.replace(/ [\d.]+ items\/s,/g, '') }).toEqual({
      code: 0,
      err: `outputs/words/v0 (initial)
Answers: json (answer_format: json).
Step 1/2 define: 4 of 4 answered, 44 tokens in, 71 out, $0.00004
Step 2/2 rate: 4 of 4 answered, 64 tokens in, 72 out, $0.000042

Next:
  Show it:                     itemwise show words v0
  Save the answers as a table: itemwise export words v0 --output answers.csv
  List all versions:           itemwise list words --all
`,
    })
  })

  test('failures are counted in the line, and the result says where they are told', async () => {
    await using story = await Story.begin(wordFiles(4))
    story.api.answer = ({ prompt }) => (prompt === 'Define w2.' ? { refusal: true } : undefined)
    const { code, out, err } = await story.run('run', 'pipelines/words.json')
    expect(code).toBe(3)
    expect(err).toContain('Step 1/1 define: 3 of 4 answered, 1 failed, ')
    expect(out).toContain('\n├── 01_errors.json           1 failed: 1 refusal\n')
  })
})

test('--verbose prints the variables of the steps and every retry', async () => {
  await using story = await Story.begin(wordFiles(2))
  story.api.answer = ({ prompt, nthForPrompt }) =>
    prompt === 'Define w2.' && nthForPrompt === 1 ? { status: 529 } : undefined
  const { err } = await story.run('run', 'pipelines/words.json', '--verbose')
  expect(err.split('\n').slice(0, 4)).toEqual([
    'Variables of step 1 (define): id, word',
    'outputs/words/v0 (initial)',
    'Answers: json (answer_format: json).',
    expect.stringMatching(
      /^Retry: step 1, item 12, after attempt 1, in 0\.[345] s: The API was overloaded \(529: as the test asked\)$/,
    ),
  ])
})

test('verbose in the request does the same', async () => {
  await using story = await Story.begin(wordFiles(1, [step1], { verbose: true }))
  const { err } = await story.run('run', 'pipelines/words.json')
  expect(err).toContain('Variables of step 1 (define): id, word\n')
})

test('a record that is damaged keeps no other version from being listed', async () => {
  await using story = await Story.begin(wordFiles(2))
  for (let times = 0; times < 2; times++) await story.run('run', 'pipelines/words.json')
  story.write('outputs/words/v0/metadata.json', '{"version": "v0", ')
  const { code, out, err } = await story.run('list', '--all')
  expect(out).toContain('Versions: 1\nLatest: v1')
  expect(out).toContain('\nv1 (latest)\n')
  expect(err).toMatch(
    /^Not listed: outputs\/words\/v0\/metadata\.json is not JSON: .* `itemwise doctor --fix` make it anew\.\n$/,
  )
  expect(code).toBe(1)
})
