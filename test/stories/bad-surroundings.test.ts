/** What is wrong around a run: the key, the account, the disk, another process, or what is asked of a version. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { KeptItem, RawReply } from '../../core/store.ts'
import { ofLines, Story, until } from './story.ts'
import { items, oneStep, refusal, request, run, tried, workspace } from './tried.ts'

const version = 'outputs/stories/v0'
const oneByOne = request(
  '- prompt_name: write',
  '  input_file: inputs/items.json',
  '  max_concurrency: 1',
  '- prompt_name: rate',
)

describe('the key', () => {
  test.each([undefined, '', '  '])('%j is no key: the run is refused, naming both ways out', async (key) => {
    await using story = await Story.begin(workspace)
    const problem =
      'There is no API key, so nothing was started. Set ANTHROPIC_API_KEY to ask Claude, or add --offline to try it with made-up answers that cost nothing.'
    expect(await tried(story, run, { ANTHROPIC_API_KEY: key })).toEqual(refusal(problem))
  })

  test('that no header can carry is refused before anything is written, and not repeated', async () => {
    await using story = await Story.begin(workspace)
    const problem =
      'The key in ANTHROPIC_API_KEY holds characters that cannot be sent. Expected printable ASCII without blanks. Copy it again from the Claude Console.'
    expect(await tried(story, run, { ANTHROPIC_API_KEY: 'sk-ant-geheimß' })).toEqual(refusal(problem))
  })

  test('that is wrong ends the run with a sentence and is nowhere in it; with the right one it can be resumed', async () => {
    const wrong = 'sk-ant-wrong-but-secret-0123456789'
    await using story = await Story.begin({ ...workspace, 'pipelines/stories.yaml': oneByOne })
    const { code, out, err, requests } = await tried(story, [...run, '--verbose'], { ANTHROPIC_API_KEY: wrong })
    expect({ code, out, requests }).toEqual({ code: 1, out: '', requests: 1 })
    expect(err).toContain('Resume it: itemwise resume stories v0\n')
    expect(err).toContain(
      'itemwise: The API does not accept the key (401: invalid bearer token). The key comes from ANTHROPIC_API_KEY; check that it is whole and still valid.\n',
    )
    expect(story.metadata('stories/v0').status).toBe('failed')
    expect(err).not.toContain(wrong)
    expect(filesWith(story, wrong)).toEqual([])

    const resumed = await tried(story, ['resume', 'stories', '--verbose'])
    expect({ code: resumed.code, requests: resumed.requests }, resumed.err).toEqual({ code: 0, requests: 6 })
    expect(resumed.out + resumed.err).not.toContain(story.server.key)
    expect(filesWith(story, story.server.key)).toEqual([])
  })
})

/** Files of the workspace in which a text stands. */
function filesWith(story: Story, text: string): string[] {
  return readdirSync(story.root, { recursive: true, encoding: 'utf8' }).filter((path) => {
    const file = join(story.root, path)
    return statSync(file).isFile() && readFileSync(file).includes(text)
  })
}

describe('the account', () => {
  test('that reaches its spend cap ends the run with a sentence; what was paid for is kept, and a resume asks for the rest', async () => {
    await using story = await Story.begin({ ...workspace, 'pipelines/stories.yaml': oneByOne })
    const message = 'This organization has reached its spend limit'
    story.api.answer = ({ nth }) =>
      nth <= 2 ? undefined : { status: 400, code: 'enforced_spend_limit_reached', message }
    const { code, err } = await tried(story, run)
    expect(code).toBe(1)
    expect(err.split('\n').slice(-3)).toEqual([
      `The answers so far are kept in ${version}. Resume it: itemwise resume stories v0`,
      `itemwise: The spend limit of this account is reached (400: ${message}). Raise it in the Claude Console or wait until it is reset, then resume the run.`,
      '',
    ])
    expect(story.names(`${version}/items`)).toEqual(['1', '2'])
    expect(story.collated('stories/v0', '01_write.json').map(({ id }) => id)).toEqual([1, 2])
    expect(story.metadata('stories/v0').stats).toMatchObject({ processed: 2, failed: 0 })

    story.api.answer = undefined
    story.asked()
    const resumed = await tried(story, ['resume', 'stories'])
    expect(resumed.code, resumed.err).toBe(0)
    expect(story.asked()).toEqual(['Rate 1', 'Rate 2', 'Rate 3', 'Write 3'])
    expect(story.metadata('stories/v0')).toMatchObject({ status: 'completed', stats: { processed: 3, failed: 0 } })
  })

  test('that does not know the model ends the run with a sentence', async () => {
    await using story = await Story.begin({ ...workspace, ...oneStep('model: claude-haiku-9', 'max_concurrency: 1') })
    const { code, err, requests } = await tried(story, run)
    expect({ code, requests, last: err.split('\n').at(-2) }).toEqual({
      code: 1,
      requests: 1,
      last: 'itemwise: The API does not know the model claude-haiku-9 (404: model: claude-haiku-9). Correct its name in the step, the template or itemwise.yaml, and start a new run: a resumed one keeps its settings.',
    })
  })
})

describe('a version', () => {
  test('that is completed is not resumed: rerun is what is meant', async () => {
    await using story = await Story.begin(workspace)
    expect(await story.run(...run)).toMatchObject({ code: 0 })
    const nothing = 'completed, so there is nothing to resume.'
    expect(await tried(story, ['resume', 'stories', 'v0'])).toEqual(
      refusal(
        `v0 of stories is ${nothing} \`itemwise rerun stories <ids> --base v0\` asks again for items of it, as a new version.`,
      ),
    )
    expect(await tried(story, ['resume', 'stories'])).toEqual(
      refusal(
        `All versions of stories are ${nothing} \`itemwise rerun stories --failed\` asks again for what failed in the latest, as a new version.`,
      ),
    )
  })

  test('of another name, module and path keeps its folder to itself', async () => {
    const steps = 'steps:\n  - prompt_name: write\n    input_file: inputs/items.json\n'
    await using story = await Story.begin({
      ...workspace,
      'pipelines/stories.yaml': `pipeline_name: stories\nmodule_number: 2\n${steps}`,
      'pipelines/other.yaml': `pipeline_name: stories_module_2\n${steps}`,
    })
    expect(await story.run(...run)).toMatchObject({ code: 0 })
    expect(await tried(story, ['run', 'pipelines/other.yaml'])).toEqual(
      refusal(
        'outputs/stories_module_2 belongs to another pipeline (pipeline_name stories, module_number 2, path_letter none), which would be mixed with this one. Choose another pipeline_name.',
      ),
    )
  })

  test('that another process runs is left alone: resume, rerun and batch_skip_existing are refused', async () => {
    await using story = await Story.begin({
      ...workspace,
      ...oneStep(),
      'inputs/items.json': items.slice(0, 1),
      'pipelines/existing.yaml': oneStep('batch_skip_existing: true')['pipelines/stories.yaml'],
    })
    story.api.answer = () => ({ stall: true })
    const running = story.start(...run)
    await until(() => story.sent.length === 1)

    expect(await tried(story, ['resume', 'stories'])).toEqual(
      refusal('v0 of stories is being run by another process right now. Wait until it has ended.'),
    )
    expect(await tried(story, ['rerun', 'stories', '1', '--base', 'v0'])).toEqual(
      refusal(
        'v0 of stories is not completed (running), so it cannot be a base. Resume it first (itemwise resume stories v0), or name another with --base.',
      ),
    )
    expect(await tried(story, ['run', 'pipelines/existing.yaml'])).toEqual(
      refusal(
        'v0 of stories is being run right now. Wait until it has ended, or remove batch_skip_existing to start a separate run.',
      ),
    )
    running.signal('SIGKILL')
    await running.ended
  })

  test('that is named in an input path is looked up: an unknown pipeline, version, label or file is refused', async () => {
    const inputs = ['storis/latest', 'stories/v7', 'stories/@final', 'stories/latest']
    const path = (version: string) => `outputs/${version}/collated/01_wrte.json`
    await using story = await Story.begin({
      ...workspace,
      'pipelines/next.yaml': request(
        ...inputs.flatMap((input, at) => [
          '- prompt_name: rate',
          `  input_file: "${path(input)}"`,
          `  output_file: ${at}.json`,
        ]),
      ).replace('stories', 'next'),
    })
    expect(await story.run(...run)).toMatchObject({ code: 0 })
    const place = (at: number) => `Step ${at + 1} (rate): input_file ${path(inputs[at] ?? '')}:`
    expect(await tried(story, ['run', 'pipelines/next.yaml'])).toEqual(
      refusal(
        `${place(0)} There is no pipeline storis. Did you mean stories?`,
        `${place(1)} stories has no version v7. Versions: v0.`,
        `${place(2)} stories has no completed version labelled final. Labels of its completed versions: draft.`,
        `${place(3)} There is no file ${path('stories/v0')} in the workspace. Did you mean 01_write.json or 02_rate.json?`,
      ),
    )
  })

  const unfinished = { status: 402, message: 'Pay first' }

  test('that never completed is no latest', async () => {
    await using story = await Story.begin({
      ...workspace,
      'pipelines/next.yaml':
        'pipeline_name: next\nsteps:\n  - prompt_name: rate\n    input_file: outputs/stories/latest/collated/01_write.json\n',
    })
    story.api.answer = () => unfinished
    expect(await story.run(...run)).toMatchObject({ code: 1 })
    const none =
      'stories has no completed version yet, so no latest. `itemwise list stories --all` shows what there is.'
    expect(await tried(story, ['run', 'pipelines/next.yaml'])).toEqual(
      refusal(`Step 1 (rate): input_file outputs/stories/latest/collated/01_write.json: ${none}`),
    )
    expect(await tried(story, ['rerun', 'stories', '1'])).toEqual(refusal(none))
  })
})

describe('a rerun', () => {
  test('with another number of steps, or with other id fields, is refused', async () => {
    const rerun = (steps: string) => `rerun_items: [2]\n${steps}`
    await using story = await Story.begin({
      ...workspace,
      'pipelines/fewer.yaml': rerun(oneStep()['pipelines/stories.yaml'] ?? ''),
      'pipelines/fields.yaml': rerun(
        request(
          '- prompt_name: write',
          '  input_file: inputs/items.json',
          '  batch_output_id_field: story',
          '- prompt_name: rate',
          '  batch_id_field: id',
        ),
      ),
    })
    expect(await story.run(...run)).toMatchObject({ code: 0 })
    expect(await tried(story, ['run', 'pipelines/fewer.yaml'])).toEqual(
      refusal(
        'The request has 1 step, but v0 has 2 steps. A rerun needs the steps of its base; start a new run instead.',
      ),
    )
    expect(await tried(story, ['run', 'pipelines/fields.yaml'])).toEqual(
      refusal(
        'Step 1 (write) has the id field id and output ids in story, but in v0 it has the id field id and no output ids. A rerun needs the steps of its base; start a new run instead.',
      ),
    )
  })

  test('refuses unknown names, each with the nearest: pipelines, versions, labels and items', async () => {
    await using story = await Story.begin({
      ...workspace,
      'pipelines/rerun.yaml': `rerun_items: [2, 33]\n${workspace['pipelines/stories.yaml']}`,
    })
    expect(await story.run(...run)).toMatchObject({ code: 0 })
    const noPipeline = 'There is no pipeline storis. Did you mean stories?'
    const noVersion = 'stories has no version v9. Versions: v0.'
    const noItem = 'The rerun names 33, but there is no such item. Did you mean 3 or 1 or 2?'
    for (const [words, problem] of [
      [['rerun', 'storis', '1'], noPipeline],
      [['resume', 'storis'], noPipeline],
      [['list', 'storis'], noPipeline],
      [['rerun', 'stories', '1', '--base', 'v9'], noVersion],
      [['resume', 'stories', 'v9'], noVersion],
      [['compare', 'stories', 'v0', 'v9'], noVersion],
      [
        ['show', 'stories', 'v0', '33'],
        'stories v0 has no item "33". Did you mean 3 or 1 or 2? `itemwise show stories v0` shows where its files are.',
      ],
      [
        ['rerun', 'stories', '1', '--base', '@drft'],
        'stories has no completed version labelled drft. Labels of its completed versions: draft. Did you mean draft?',
      ],
      [['rerun', 'stories', '33'], noItem],
      [['run', 'pipelines/rerun.yaml'], noItem],
      [
        ['rerun', 'stories'],
        'Which items? Name their ids (itemwise rerun stories 4002 4007), or add --failed, --changed, --flagged, --unreviewed, --where or --sample.',
      ],
    ] as const) {
      expect(await tried(story, [...words])).toEqual(refusal(problem))
    }
  })

  test('of an item that is gone from the input is refused', async () => {
    await using story = await Story.begin(workspace)
    expect(await story.run(...run)).toMatchObject({ code: 0 })
    story.write('inputs/items.json', items.slice(1))
    expect(await tried(story, ['rerun', 'stories', '1'])).toEqual(
      refusal(
        'Item 1 cannot be run again: v0 has it, but the input no longer has it. Put it back into the input, or leave the id out.',
      ),
    )
  })
})

/** Whether this process may mount a small disk of its own, as root on Linux may. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-disk-'))
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false
    return spawnSync('umount', [folder]).status === 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!mayMount())('the disk (needs the right to mount a tmpfs)', () => {
  test('that is full ends the run with a sentence; with space again a resume asks only for what is missing', async () => {
    await using disk = await Disk.begin('400k')
    const { story } = disk
    const ids = Array.from({ length: 20 }, (_, at) => at + 1)
    story.write(
      'inputs/items.json',
      ids.map((id) => ({ id, text: `text ${id}` })),
    )
    story.write('pipelines/stories.yaml', oneByOne)
    story.api.answer = ({ prompt }) => JSON.stringify({ answer: prompt, filler: 'x'.repeat(10_000) })

    const { code, err } = await tried(story, run)
    expect(code).toBe(1)
    expect(err).toMatch(
      /^itemwise: Cannot write outputs\/stories\/v0\/\S+: the disk is full \(ENOSPC\)\. What was kept before is safe\. Free some space, then continue with `itemwise resume`\.$/m,
    )
    expect(err).toContain('Resume it: itemwise resume stories v0\n')
    const paidFor = story.asked().filter((name) => name.startsWith('Write'))
    const kept = keptIds(story)
    expect(paidFor.length - kept.length).toBeLessThanOrEqual(1)
    expect(kept.length).toBeGreaterThan(5)

    disk.remount('size=20m')
    const resumed = await tried(story, ['resume', 'stories'])
    expect(resumed.code, resumed.err).toBe(0)
    const missing = ids.map(String).filter((id) => !kept.includes(id))
    const rates = ids.map((id) => `Rate ${id}`)
    expect(story.asked()).toEqual([...rates, ...missing.map((id) => `Write ${id}`)])
    expect(story.collated('stories/v0', '02_rate.json').map(({ id }) => id)).toEqual(ids)
  })

  test('that is full before the run begins ends it with a sentence and leaves nothing; with space again the run works', async () => {
    await using disk = await Disk.begin('1m')
    const { story } = disk
    disk.fill()
    const { code, out, err, requests, changed } = await tried(story, run)
    expect({ code, out, requests, files: changed.filter((path) => path.startsWith('outputs/stories/')) }).toEqual({
      code: 1,
      out: '',
      requests: 0,
      files: [],
    })
    expect(err).toMatch(
      /^itemwise: Cannot write outputs\/stories\/v0: the disk is full \(ENOSPC\)\. .*, then run the command again\.\n$/,
    )

    disk.remount('size=20m')
    expect(await tried(story, run)).toMatchObject({ code: 0, requests: 6 })
  })

  test('that is read-only refuses with a sentence; writable again, the run and the resume work', async () => {
    await using disk = await Disk.begin('20m')
    const { story } = disk
    story.write('pipelines/stories.yaml', oneByOne)
    disk.remount('ro')
    const refused = await tried(story, run)
    expect({ ...refused, err: '' }).toEqual({ code: 1, out: '', err: '', requests: 0, changed: [] })
    expect(refused.err).toMatch(/^itemwise: Cannot write outputs\/stories\/v0: the disk is read-only \(EROFS\)\. .*\n$/)

    disk.remount('rw')
    story.api.answer = ({ nth }) => (nth === 2 ? { status: 402, message: 'Pay first' } : undefined)
    expect(await tried(story, run)).toMatchObject({ code: 1, requests: 2 })
    story.asked()

    disk.remount('ro')
    const resumed = await tried(story, ['resume', 'stories'])
    expect({ ...resumed, err: '' }).toEqual({ code: 1, out: '', err: '', requests: 0, changed: [] })
    expect(resumed.err).toMatch(
      /^itemwise: Cannot write outputs\/stories\/v0\S*: the disk is read-only \(EROFS\)\. .*\n$/,
    )

    disk.remount('rw')
    expect(await tried(story, ['resume', 'stories'])).toMatchObject({ code: 0 })
    expect(story.asked()).toEqual(['Rate 1', 'Rate 2', 'Rate 3', 'Write 2', 'Write 3'])
  })
})

/** Ids whose answer stands in the journal of the first step. */
function keptIds(story: Story): string[] {
  const entries = ofLines<{ kept?: KeptItem; reply?: RawReply }>(story.read(`${version}/work/01_journal.jsonl`))
  // In these workspaces an item's id is its position. A reply that nothing has judged yet is kept, too.
  const ids = entries.flatMap(({ kept, reply }) => kept?.line.item_id ?? (reply ? [String(reply.item_index)] : []))
  return [...new Set(ids)]
}

/** A workspace on a small disk of its own. */
class Disk implements AsyncDisposable {
  readonly story: Story

  constructor(story: Story) {
    this.story = story
  }

  static async begin(size: string): Promise<Disk> {
    const story = await Story.begin()
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', story.root)
    for (const [path, content] of Object.entries(workspace)) story.write(path, content)
    return new Disk(story)
  }

  remount(option: string): void {
    mount('-o', `remount,${option}`, this.story.root)
  }

  /** Leaves no byte of space. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.story.root)
    writeFileSync(join(this.story.root, 'ballast'), Buffer.alloc(bavail * bsize))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('umount', [this.story.root])
    await this.story[Symbol.asyncDispose]()
  }
}

function mount(...words: string[]): void {
  const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`)
}
