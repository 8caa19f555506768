import { afterAll, beforeAll, expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { billed, sum } from './billed.ts'
import { Story } from './story.ts'

const pipeline = 'problem_generator_module_4'
const rule = '='.repeat(70)
let story: Story

/** Times are of the day. */
function timeless(text: string): string {
  return text
    .replace(/Created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\n/g, 'Created: T\n')
    .replace(/Duration: \d+\.\ds\n/g, 'Duration: D\n')
}

/** `Tokens:` and `Cost:` as they must stand, from what the API billed for calls number `from` to `to`. */
function billedLines(from: number, to: number): string {
  const spent = sum(story.sent.slice(from, to).map((sent) => billed(sent)))
  const { input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_usd } = spent
  const count = (tokens: number) => tokens.toLocaleString('en-US')
  return `  Tokens: ${count(input_tokens + cache_read_tokens + cache_write_tokens)} in, ${count(output_tokens)} out\n  Cost: $${cost_usd!.toFixed(4)}\n`
}

// The tests below tell one story; each goes on where the one before ended.
beforeAll(async () => {
  story = await Story.begin()
  await story.run('init')
})
afterAll(() => story[Symbol.asyncDispose]())

test('the example runs 14 items through three steps as v0, a request an item and step', async () => {
  const { code, out } = await story.run('run', 'pipelines/problems.yaml')
  expect({ code, requests: story.sent.length }).toEqual({ code: 0, requests: 42 })
  expect(out).toContain(`v0 of ${pipeline} is completed: 14 items, 14 processed, `)
  expect(story.collated(`${pipeline}/v0`, '03_hints.json').map(({ problem_id }) => problem_id)).toEqual(
    Array.from({ length: 14 }, (_, at) => at + 1),
  )
})

test('label names the version', async () => {
  expect(await story.run('label', pipeline, 'v0', '--status', 'alpha')).toEqual({
    code: 0,
    out: 'v0: draft → alpha\n',
    err: `As an input, outputs/${pipeline}/@alpha/… now leads to v0.\n`,
  })
  expect(story.metadata(`${pipeline}/v0`).pipeline_status).toBe('alpha')
})

test('after a change of a template, a rerun of two items asks for these two in each step and for nothing else', async () => {
  const template = story.read('prompts/generate_problem.md')
  story.write(
    'prompts/generate_problem.md',
    template.replace('short sentences, no word', 'very short sentences, no word'),
  )
  const { code } = await story.run('rerun', pipeline, '4002', '4007', '--status', 'beta', '--note', 'Shorter')
  expect({ code, requests: story.sent.length - 42 }).toEqual({ code: 0, requests: 2 * 3 })
  const openings = story.sent.slice(42).map(({ body }) => promptOf(body).split('\n', 1)[0])
  expect([...new Set(openings)].sort()).toEqual([
    'Write one mathematics problem for a workbook, from the template at the end.',
    'Write the worked solution of the problem at the end, as it stands in the back of the workbook.',
    'Write three hints for the problem at the end. They are printed upside down below it, and a pupil turns to the next one',
  ])
})

test('the new version is whole: 14 answers in order under the same numbers, twelve of them those of v0', () => {
  for (const [step, file] of [
    [1, '01_problems.json'],
    [2, '02_solutions.json'],
    [3, '03_hints.json'],
  ] as const) {
    const [before, after] = ['v0', 'v1'].map((version) => story.collated(`${pipeline}/${version}`, file))
    const changed = after!.filter((answer, at) => JSON.stringify(answer) !== JSON.stringify(before![at]))
    expect({
      numbers: after!.map(({ problem_id }) => problem_id),
      changed: changed.map(({ problem_id }) => problem_id),
      from: story.ledger(`${pipeline}/v1`, step).map(({ answer_version }) => answer_version),
    }).toEqual({
      numbers: before!.map(({ problem_id }) => problem_id),
      changed: [2, 7],
      from: before!.map((_, at) => (at === 1 || at === 6 ? 'v1' : 'v0')),
    })
  }
  expect(story.names(`outputs/${pipeline}/v1/items`)).toEqual(['4002', '4007'])
})

const listedV0 = () => `
v0
  Created: T
  Status: alpha
  Notes: First set for module 4
  Mode: initial
  Duration: D
  Items: 14
${billedLines(0, 42)}`

const listedV1 = () => `
v1 (latest)
  Created: T
  Status: beta
  Notes: Shorter
  Mode: rerun
  Base: v0
  Duration: D
  Items: 2
${billedLines(42, 48)}`

const filtered = (versions: string, labels: string) => `\
${rule}
PIPELINE: ${pipeline}
Versions: ${versions}
Latest: v1
Showing: ${labels}
Tip: Use --all to show all versions, or --status <status> to filter
${rule}
`

test('list shows beta, --all both, --status what it names', async () => {
  const usual = await story.run('list')
  expect(timeless(usual.out)).toBe(filtered('1 (hiding 1)', 'beta, final, rc') + listedV1())
  const all = await story.run('list', pipeline, '--all')
  expect(timeless(all.out)).toBe(
    `${rule}\nPIPELINE: ${pipeline}\nVersions: 2\nLatest: v1\n${rule}\n${listedV0()}${listedV1()}`,
  )
  const alpha = await story.run('list', pipeline, '--status', 'alpha')
  expect(timeless(alpha.out)).toBe(filtered('1 (hiding 1)', 'alpha') + listedV0())
})

test('compare tells the two versions apart', async () => {
  const { code, out } = await story.run('compare', pipeline, 'v0', 'v1')
  expect(code).toBe(0)
  expect(timeless(out)).toBe(`\
${rule}
COMPARING: ${pipeline}
v0 vs v1
${rule}

Version Info:
  v0:
    Created: T
    Status: alpha
    Notes: First set for module 4
    Mode: initial
    Duration: D

  v1:
    Created: T
    Status: beta
    Notes: Shorter
    Mode: rerun
    Base: v0
    Duration: D

Items:
  Total in v0: 14
  Total in v1: 2
  In both: 2
  Only in v0: 4001, 4003-4006, 4008-4014
  Only in v1: (none, merged with v0)

Collated:
  Step 1 (generate_problem): 12 same, 2 changed, 0 added, 0 removed
  Step 2 (write_solution): 12 same, 2 changed, 0 added, 0 removed
  Step 3 (write_hints): 12 same, 2 changed, 0 added, 0 removed
`)
})

test('compare --detail shows the changed line of the template and the two items in each step', async () => {
  const { out } = await story.run('compare', pipeline, 'v0', 'v1', '--detail')
  const of = (pattern: RegExp) => [...out.matchAll(pattern)].map(([line]) => line.trim())
  expect({ items: of(/^ {2}Item .*:$/gm), template: of(/^ {4}[-+]- Write for .*$/gm) }).toEqual({
    items: ['Item 4002:', 'Item 4007:', 'Item 2:', 'Item 7:', 'Item 2:', 'Item 7:'],
    template: [
      '-- Write for pupils of the grade: short sentences, no word that they would have to look up.',
      '+- Write for pupils of the grade: very short sentences, no word that they would have to look up.',
    ],
  })
})

test('the second pipeline runs on the latest version of the first, and keeps which one that was', async () => {
  const before = story.sent.length
  const { code } = await story.run('run', 'pipelines/worksheet.yaml')
  expect({ code, requests: story.sent.length - before }).toEqual({ code: 0, requests: 15 })
  expect(story.runDocument('worksheet_module_4/v0').steps[0]!.input).toMatchObject({
    path: `outputs/${pipeline}/latest/collated/02_solutions.json`,
    resolved: `outputs/${pipeline}/v1/collated/02_solutions.json`,
  })
  expect(story.read('outputs/worksheet_module_4/v0/collated/02_worksheet.md')).toMatch(
    /^\{"answer": "answer [0-9a-f]{12}"/,
  )
  expect(story.collated('worksheet_module_4/v0', '01_reviews.json').map(({ problem_id }) => problem_id)).toEqual(
    Array.from({ length: 14 }, (_, at) => at + 1),
  )
})
