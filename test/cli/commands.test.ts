import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Metadata } from '../../core/documents.ts'
import { WorkspaceFolder } from '../version-folder.ts'
import { type Ended, itemwise } from './command.ts'

const stories = 'story_writer_module_2_path_b'
const workspace = new WorkspaceFolder()
const run = (...words: string[]): Promise<Ended> => within(workspace.root, ...words)
const within = (folder: string, ...words: string[]) => itemwise({ folder, env: { PATH: process.env.PATH } }, ...words)
const ids = Array.from({ length: 14 }, (_, at) => String(11 + at))
const answer = (id: string, change: object = {}) =>
  JSON.stringify({ id: Number(id), text: `Story ${id}`, ...change }, null, 2)

function writeStories(): void {
  const v0: Partial<Metadata> = { pipeline_status: 'alpha', notes: 'First run', duration_seconds: 125.3 }
  workspace.version(
    { pipeline: stories, version: 'v0' },
    {
      metadata: v0,
      steps: [
        { prompt_name: 'write', template: 'Write.\nLong.\n', items: ids.map((id) => ({ id, answer: answer(id) })) },
        {
          prompt_name: 'rate',
          items: ids.map((id) => (id === '13' ? { id } : { id, answer: `{"id":${id},"stars":1.50}` })),
        },
      ],
    },
  )
  const again = ['12', '19']
  const from = (id: string) => (again.includes(id) ? {} : { from: 'v0' })
  workspace.version(
    { pipeline: stories, version: 'v1' },
    {
      metadata: {
        timestamp: '2026-03-02T09:15:00',
        mode: 'rerun',
        base_version: 'v0',
        pipeline_status: 'beta',
        notes: 'Shorter openings for 12 and 19',
        duration_seconds: 15.2,
      },
      steps: [
        {
          prompt_name: 'write',
          template: 'Write.\nShort.\n',
          items: ids.map((id) => ({ id, answer: answer(id, id === '12' ? { text: 'New 12' } : {}), ...from(id) })),
          step: { model: 'claude-sonnet-5' },
        },
        {
          prompt_name: 'rate',
          items: ids
            .filter((id) => id !== '24')
            .map((id) => ({ id, answer: `{"id":${id},"stars":${id === '19' ? 5 : '1.50'}}`, ...from(id) })),
        },
      ],
    },
  )
}

function writeOthers(): void {
  const pipeline = 'older'
  workspace.olderVersion(
    { pipeline, version: 'v0' },
    { metadata: { pipeline_status: 'final' }, ids: ['1', '2', 'a/b'] },
  )
  const dead: Partial<Metadata> = { status: 'running', base_version: 'v0', mode: 'rerun', pipeline_status: 'mine' }
  workspace.olderVersion({ pipeline, version: 'v1' }, { metadata: dead, ids: ['2'] })
}

beforeAll(() => {
  writeStories()
  writeOthers()
})
afterAll(() => workspace.remove())

const rule = '='.repeat(70)

describe('list', () => {
  test('shows the versions that are labelled beta, rc or final', async () => {
    expect(await run('list', stories)).toEqual({
      code: 0,
      err: '',
      out: `\
${rule}
PIPELINE: ${stories}
Versions: 1 (hiding 1)
Latest: v1
Showing: beta, final, rc
Tip: Use --all to show all versions, or --status <status> to filter
${rule}

v1 (latest)
  Created: 2026-03-02T09:15:00
  Status: beta
  Notes: Shorter openings for 12 and 19
  Mode: rerun
  Base: v0
  Duration: 15.2s
  Items: 2
`,
    })
  })

  test('shows other labels with --status, and a run whose process is gone as failed', async () => {
    const { out } = await run('list', 'older', '--status', 'mine', 'rc')
    expect(out).toContain('Versions: 1 (hiding 1)\nLatest: v0\nShowing: mine, rc\n')
    expect(out).toContain('\nv1 (failed)\n')
    expect(out).toContain('  Items: 1\n')
  })

  test('shows everything with --all, as JSON too', async () => {
    const { out } = await run('list', '--all', '--json')
    const listed = JSON.parse(out)
    expect(listed.map(({ pipeline, latest, hidden }: never) => ({ pipeline, latest, hidden }))).toEqual([
      { pipeline: 'older', latest: 'v0', hidden: 0 },
      { pipeline: stories, latest: 'v1', hidden: 0 },
    ])
    expect(listed[0].versions[0]).toMatchObject({
      version: 'v0',
      pipeline_status: 'final',
      stats: {},
      items_processed: 3,
    })
  })

  test('says how to start where there is nothing yet', async () => {
    const empty = new WorkspaceFolder()
    expect(await within(empty.root, 'list')).toEqual({
      code: 0,
      out: 'No pipelines yet. Start one with `itemwise run pipelines/<name>.yaml`.\n',
      err: '',
    })
    empty.remove()
  })

  test('refuses an unknown pipeline with the nearest names', async () => {
    const { code, out, err } = await run('list', 'story_writer_module_2_path_c')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /^itemwise: There is no pipeline story_writer_module_2_path_c\..*story_writer_module_2_path_b.*\n$/,
    )
  })
})

describe('compare', () => {
  test('counts the items each version processed, and the answers of each step', async () => {
    const { code, out, err } = await run('compare', stories, 'v0', 'v1')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.slice(out.indexOf('Items:'))).toBe(`\
Items:
  Total in v0: 14
  Total in v1: 2
  In both: 2
  Only in v0: 11, 13-18, 20-24
  Only in v1: (none, merged with v0)

Collated:
  Step 1 (write): 13 same, 1 changed, 0 added, 0 removed
  Step 2 (rate): 11 same, 1 changed, 1 added, 1 removed
`)
  })

  test('shows every change with --detail', async () => {
    const { out } = await run('compare', stories, '0', 'latest', '--detail')
    expect(out.slice(out.indexOf('\nStep 1'))).toBe(`
Step 1 (write):
  Template:
    @@ line 1 → 1 @@
     Write.
    -Long.
    +Short.
  Settings:
    model: claude-haiku-5-5 → claude-sonnet-5
  Item 12:
    text: "Story 12" → "New 12"

Step 2 (rate):
  Item 19:
    stars: 1.50 → 5
  Added: 13
  Removed: 24

Difference (v1 against v0):
  Duration: -110.1s
`)
  })

  test('prints one document with --json', async () => {
    const { out } = await run('compare', stories, 'v0', 'v1', '--detail', '--json')
    const { stands_on, steps, instructions, differences } = JSON.parse(out)
    expect(stands_on).toBe('b_on_a')
    expect(steps[0].answers).toEqual({ same: 13, changed: 1, added: 0, removed: 0 })
    expect(instructions[0].settings).toEqual([
      { setting: 'model', before: 'claude-haiku-5-5', after: 'claude-sonnet-5' },
    ])
    expect(differences).toEqual([
      { step: 1, kind: 'changed', item_id: '12', fields: [{ path: 'text', before: 'Story 12', after: 'New 12' }] },
      { step: 2, kind: 'changed', item_id: '19', fields: [{ path: 'stars', before: 1.5, after: 5 }] },
      { step: 2, kind: 'removed', item_id: '24', fields: [] },
      { step: 2, kind: 'added', item_id: '13', fields: [] },
    ])
  })

  test('takes the items of versions without ledgers from their folders', async () => {
    const { code, out } = await run('compare', 'older', 'v0', 'v1')
    expect(code).toBe(0)
    expect(out.slice(out.indexOf('Items:'))).toBe(`\
Items:
  Total in v0: 3
  Total in v1: 1
  In both: 1
  Only in v0: 1, a/b
  Only in v1: (none, merged with v0)
`)
  })

  test('pairs answers by id where the input changed its order', async () => {
    const moved = new WorkspaceFolder()
    for (const [version, order] of [
      ['v0', 'abc'],
      ['v1', 'xbca'],
    ] as const) {
      const items = [...order].map((id) => ({ id, answer: `{"id":"${id}","n":${id === 'c' ? order.length : 0}}` }))
      moved.version({ pipeline: 'p', version }, { steps: [{ prompt_name: 'w', items }] })
    }
    const { out } = await within(moved.root, 'compare', 'p', 'v0', 'v1')
    expect(out).toContain('  Only in v0: (none)\n  Only in v1: x\n')
    expect(out).toContain('Step 1 (w): 2 same, 1 changed, 1 added, 0 removed')
    moved.remove()
  })
})

describe('show', () => {
  test('shows the latest version with its steps, failures and files', async () => {
    const { code, out } = await run('show', stories, 'v0')
    expect(code).toBe(0)
    expect(out).toBe(`\
${rule}
PIPELINE: ${stories}
v0
${rule}

Created: 2026-03-02T08:00:00
Status: alpha
Notes: First run
Mode: initial
Duration: 125.3s
Items: 14

Step 1 (write):

Step 2 (rate):
  Failures:
    13 (invalid_json): The answer was no JSON.

Files: outputs/${stories}/v0
  outputs/${stories}/v0/collated/01_write.json
  outputs/${stories}/v0/01_ledger.jsonl
  outputs/${stories}/v0/collated/02_rate.json
  outputs/${stories}/v0/02_ledger.jsonl
  outputs/${stories}/v0/02_errors.json
`)
    expect((await run('show', stories)).out).toContain('\nv1 (latest)\n')
  })

  test('shows an item of a step with the prompt and the spending of the version that answered it', async () => {
    const { code, out } = await run('show', stories, 'latest', '13')
    expect(code).toBe(0)
    expect(out.slice(0, out.indexOf('Step 2'))).toBe(`\
Item 13

Step 1 (write)
----------------------------------------------------------------------

Prompt, sent by v0:
write of 13

Answer:
{
  "id": 13,
  "text": "Story 13"
}

Ledger:
  Ids: item 13, index 3
  State: answered (carry: not_chosen)
  Answered in: v0
  Model: claude-haiku-5-5
  Tokens: 1,000 in, 50 out
  Cost: $0.0010
  Time: 1.5s, attempts: 1
  Request: req_13
  Fingerprint: 3fdba35f04dc8c462986c992bcf875546257113072a909c162f7e470e581e278

`)
  })

  test('shows a failed item with its failure', async () => {
    const { out } = await run('show', stories, 'v0', '13')
    expect(out).toContain('Answer:\n(none)\n')
    expect(out).toContain('  Error: The answer was no JSON. (invalid_json)\n')
  })

  test('shows what a version without a ledger kept of an item', async () => {
    const ref = { pipeline: 'oldest', version: 'v0' }
    workspace.olderVersion(ref, { ids: ['a/b'] })
    workspace.write('outputs/oldest/v0/collated/01_tales.json', '[{"id": "a/b", "n": 1}]\n')
    workspace.write('outputs/oldest/v0/prompts/01_prompt_a%2Fb.md', 'Tell.')
    expect((await run('show', 'oldest', 'v0', 'a/b')).out).toBe(`\
Item a/b

Step 1 (tales)
----------------------------------------------------------------------

Prompt, sent by v0:
Tell.

Answer:
{}
`)
    expect((await run('export', 'oldest', '--format', 'csv')).out).toBe('id,n\na/b,1\n')
    rmSync(join(workspace.root, 'outputs/oldest'), { recursive: true })
  })

  test('refuses an unknown version or item, naming what there is', async () => {
    const version = await run('show', stories, 'v7')
    expect(version).toMatchObject({ code: 2, out: '' })
    expect(version.err).toContain('has no version v7')
    const item = await run('show', stories, 'v1', '113')
    expect(item.code).toBe(2)
    expect(item.err).toContain(`${stories} v1 has no item "113". Did you mean`)
  })
})

describe('export', () => {
  test('writes the last step as CSV, with the digits as they are', async () => {
    const { code, out } = await run('export', stories, 'v1')
    expect(code).toBe(0)
    expect(out.split('\n').slice(0, 3)).toEqual(['id,stars', '11,1.50', '12,1.50'])
  })

  test('writes another step as JSON Lines, and JSON as it stands in the version', async () => {
    const { out } = await run('export', stories, 'v1', '--step', '1', '--format', 'jsonl')
    expect(out.split('\n')[1]).toBe('{"id":12,"text":"New 12"}')
    const json = await run('export', stories, 'v1', '--step', '2', '--format', 'json')
    expect(json.out).toBe(readFileSync(join(workspace.root, 'outputs', stories, 'v1/collated/02_rate.json'), 'utf8'))
  })

  test('writes a file by its ending, and says where', async () => {
    const { code, out, err } = await run('export', stories, '@beta', '--output', 'ratings.jsonl')
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: `Step 2 of ${stories} v1 is in ratings.jsonl.\n` })
    expect(readFileSync(join(workspace.root, 'ratings.jsonl'), 'utf8')).toContain('{"id":19,"stars":5}\n')
    rmSync(join(workspace.root, 'ratings.jsonl'))
  })

  test('refuses a step that is not there, and a folder that is not there', async () => {
    const step = await run('export', stories, '--step', '3')
    expect(step).toMatchObject({
      code: 2,
      err: expect.stringContaining('has no step 3. Its steps: 1 (write), 2 (rate).'),
    })
    const folder = await run('export', stories, '--output', 'nowhere/a.csv')
    expect(folder).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /nowhere\/a\.csv cannot be written: its folder does not exist \(ENOENT\)\. Make the folder, or name another place with --output\.\n$/,
      ),
    })
  })
})

describe('label', () => {
  test('changes label and notes, says what was there, and what the label means as an input', async () => {
    const changed = await run('label', 'older', 'v0', '--status', 'gold', '--note', 'Chosen')
    expect(changed).toEqual({
      code: 0,
      out: 'v0: final → gold\nv0 notes: (none) → Chosen\n',
      err: 'As an input, outputs/older/@gold/… now leads to v0.\n',
    })
    const metadata = JSON.parse(readFileSync(join(workspace.root, 'outputs/older/v0/metadata.json'), 'utf8'))
    expect(metadata).toMatchObject({ pipeline_status: 'gold', notes: 'Chosen', status: 'completed' })
    const unfinished = await run('label', 'older', '1', '--status', 'gold')
    expect(unfinished.err).toBe('As an input, outputs/older/@gold/… does not lead to v1: it is not completed.\n')
    await run('label', 'older', 'v1', '--status', 'mine')
  })

  test('a label that is nearly a usual one is given, with a question', async () => {
    expect((await run('label', 'older', 'v0', '--status', 'finnal')).err).toMatch(
      /^Note: finnal is a label of your own\. Did you mean final\?\n/,
    )
    for (const status of ['gold', 'final'])
      expect((await run('label', 'older', 'v0', '--status', status)).err).not.toContain('Note:')
  })

  test('refuses to change nothing, and a label that is too long', async () => {
    expect(await run('label', stories, 'v1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nothing to change'),
    })
    const long = await run('label', stories, 'v1', '--status', 'x'.repeat(41))
    expect(long).toMatchObject({ code: 2, err: expect.stringContaining('cannot be a label') })
  })

  test.each(['a/b', 'a\\b', 'a#b', '@final', '  ', '', 'v3', '3', 'latest'])(
    'refuses %j, to which no input path could lead',
    async (status) => {
      expect(await run('label', stories, 'v1', '--status', status)).toMatchObject({
        code: 2,
        err: `itemwise: ${JSON.stringify(status)} cannot be a label. Expected 1 to 40 characters without /, \\ or #, not only spaces, without @ at the start, and not a version such as v3 or latest.\n`,
      })
    },
  )
})

describe('the command line', () => {
  test('finds the workspace upwards, or where --workspace says', async () => {
    const deep = join(workspace.root, 'inputs/deep')
    mkdirSync(deep, { recursive: true })
    expect((await within(deep, 'list')).code).toBe(0)
    expect((await within('/', '--workspace', workspace.root, 'list')).code).toBe(0)
    const nowhere = await within('/', 'list')
    expect(nowhere.code).toBe(2)
    expect(nowhere.err).toContain('There is no workspace at / or above it.')
    expect(nowhere.err).toContain('itemwise init')
  })

  test('answers a wrong call with 2 and what was meant', async () => {
    expect(await run('lst')).toMatchObject({ code: 2, err: expect.stringContaining('(Did you mean list?)') })
    expect(await run('list', '--al')).toMatchObject({ code: 2, err: expect.stringContaining('(Did you mean --all?)') })
    expect(await run('compare', stories, 'v0')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Which versions?'),
    })
    expect(await run('run', '--first', '0')).toMatchObject({
      code: 2,
      err: expect.stringContaining('whole number from 1'),
    })
  })

  test('prints errors as JSON too with --json, and the stack only with --verbose', async () => {
    const { code, out, err } = await run('show', 'nothing', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(out).error).toEqual({
      name: 'RequestRefused',
      message: expect.stringContaining('There is no pipeline nothing.'),
      problems: [expect.stringContaining('There is no pipeline nothing.')],
    })
    expect(err.split('\n')).toHaveLength(2)
    expect((await run('show', 'nothing', '--verbose')).err).toContain('\n    at ')
    expect(JSON.parse((await run('list', '--al', '--json')).out).error.name).toBe('UsageError')
  })

  test('has a line, its options and an example for every command', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const name of ['run', 'resume', 'rerun', 'init', 'list', 'show', 'compare', 'label', 'remove', 'export']) {
      expect(out).toMatch(new RegExp(`^  ${name} .*[a-z]`, 'm'))
      expect((await run(name, '--help')).out).toMatch(new RegExp(`Example:\n  itemwise ${name} `))
    }
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('starts from the bin as from the source', () => {
    const { status, stdout } = spawnSync(process.execPath, ['cli/itemwise.js', 'list', '--workspace', workspace.root])
    expect({ status, out: stdout.toString() }).toEqual({
      status: 0,
      out: expect.stringContaining(`PIPELINE: ${stories}`),
    })
  })

  test('ends quietly when nobody reads its output any more', () => {
    const { status, stderr } = spawnSync('bash', [
      '-c',
      `set -o pipefail; '${process.execPath}' cli/main.ts list --all --workspace '${workspace.root}' | true`,
    ])
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
  })
})
