import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FolderStore } from '../../stores/folder.ts'
import { type Sent, Story, until } from './story.ts'
import { prompts, step1, step2, threeSteps, wordFiles, words } from './words.ts'

describe('filters', () => {
  test('--only makes a version of these items under their own numbers, and a warning says what latest holds now', async () => {
    await using story = await Story.begin(wordFiles(14, threeSteps))
    const { code, err } = await story.run('run', 'pipelines/words.json', '--only', '12', '14')
    expect({ code, asked: story.asked() }).toEqual({
      code: 0,
      asked: [...prompts('Define', 2, 4), ...prompts('Rate', 2, 4), ...prompts('Teach', 2, 4)],
    })
    expect(err).toMatch(/\nWarning: latest now holds 2 of 14; use `rerun` to replace within the whole\n\nNext:\n/)
    expect(story.collated('words/v0', '03_teach.json').map(({ nr }) => nr)).toEqual([2, 4])
    expect(story.metadata('words/v0').stats).toMatchObject({ items: 14, processed: 2, skipped: 12, failed: 0 })
  })

  test('--skip leaves these items out', async () => {
    await using story = await Story.begin(wordFiles(5))
    const { code, err } = await story.run('run', 'pipelines/words.json', '--skip', '12', '14', '15')
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 1, 3) })
    expect(err).toContain('Warning: latest now holds 2 of 5;')
  })

  test('an id that no item has is refused before anything is sent', async () => {
    await using story = await Story.begin(wordFiles(5))
    const { code, err } = await story.run('run', 'pipelines/words.json', '--only', '12', 'w99')
    expect({ code, err }).toEqual({
      code: 2,
      err: 'itemwise: Step 1: batch_only_items (--only) names w99, but the input has no such item.\n',
    })
    expect({ asked: story.asked(), outputs: story.has('outputs') }).toEqual({ asked: [], outputs: false })
  })
})

describe('--first', () => {
  test('tries out the first items as a one-off that is not listed and does not move latest', async () => {
    await using story = await Story.begin(wordFiles(5, threeSteps))
    await story.run('run', 'pipelines/words.json')
    story.asked()
    const { code, out, err } = await story.run('run', 'pipelines/words.json', '--first', '3')
    const [id] = story.names('outputs/_runs')
    expect({ code, asked: story.asked(), err: err.split('\n')[0] }).toEqual({
      code: 0,
      asked: [...prompts('Define', 1, 2, 3), ...prompts('Rate', 1, 2, 3), ...prompts('Teach', 1, 2, 3)],
      err: `outputs/_runs/${id} (initial)`,
    })
    expect(out).toContain(`One-off run ${id} is completed: 5 items, 3 processed, 2 skipped, `)
    const listed = await story.run('list', '--all', '--json')
    expect(JSON.parse(listed.out)).toMatchObject([{ pipeline: 'words', latest: 'v0', versions: [{ version: 'v0' }] }])
    expect(story.names('outputs/words')).toEqual(['latest', 'v0'])
  })

  test('is resumed by its id', async () => {
    await using story = await Story.begin(wordFiles(5))
    story.api.answer = ({ prompt }) => (prompt === 'Define w1.' ? undefined : { delay_ms: 60_000 })
    const started = story.start('run', 'pipelines/words.json', '--first', '3', '--concurrency', '1')
    await until(() => story.sent.length === 2)
    started.signal('SIGINT')
    await started.says('Ctrl-C again to stop now.')
    started.signal('SIGINT')
    const { code, err } = await started.ended
    const [id] = story.names('outputs/_runs')
    expect(code).toBe(130)
    expect(err).toContain(`Resume it: itemwise resume ${id}\n`)
    story.asked()
    story.api.answer = undefined
    const resumed = await story.run('resume', id!)
    expect({ code: resumed.code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 2, 3) })
    expect(story.collated(`_runs/${id}`, '01_define.json').map(({ nr }) => nr)).toEqual([1, 2, 3])
  })
})

describe('batch_skip_existing', () => {
  const keeping = [{ ...step1, batch_skip_existing: true, max_concurrency: 2 }]

  /** A run that was killed when w1 and w3 were answered. */
  async function killedRun(): Promise<Story> {
    const story = await Story.begin(wordFiles(5, keeping))
    story.api.answer = ({ prompt }) => (/w[13]\./.test(prompt) ? undefined : { delay_ms: 60_000 })
    const started = story.start('run', 'pipelines/words.json')
    // Two are under way, so the two others are kept.
    await until(() => story.sent.length === 4)
    started.signal('SIGKILL')
    await started.ended
    story.api.answer = undefined
    story.asked()
    return story
  }

  test('goes on in place with a run that was killed', async () => {
    await using story = await killedRun()
    const { code } = await story.run('run', 'pipelines/words.json')
    expect({ code, asked: story.asked(), versions: story.names('outputs/words') }).toEqual({
      code: 0,
      asked: prompts('Define', 2, 4, 5),
      versions: ['latest', 'v0'],
    })
    expect(story.metadata('words/v0')).toMatchObject({ mode: 'initial', stats: { items: 5, processed: 5 } })
  })

  /** A run that failed at w3, when w1 and w2 were answered. */
  async function failedRun(): Promise<Story> {
    const story = await Story.begin(wordFiles(4, [{ ...step1, batch_skip_existing: true, max_concurrency: 1 }]))
    story.api.answer = ({ prompt }) => (prompt === 'Define w3.' ? { status: 401, message: 'No.' } : undefined)
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
    story.api.answer = undefined
    story.asked()
    return story
  }

  test('takes over what was kept after the end of the run had been written, as calls that outlive it do on AWS', async () => {
    await using story = await failedRun()
    const [, line] = story.ledger('words/v0', 1)
    const keeper = await new FolderStore(story.root).keeper({ pipeline: 'words', version: 'v0' }, 1)
    const late = { item_id: '13', root_id: '13', item_index: 3, output_id: 3, segment: '13', answer_bytes: null }
    const answer = JSON.stringify({ nr: 3, source_id: 13, answer: 'late' }, null, 2)
    await keeper.keep({ line: { ...line!, ...late }, answer, reply: null })
    await keeper.close()
    story.write('prompts/define.md', 'Define {word}. Be brief.')
    const { code } = await story.run('run', 'pipelines/words.json')
    const answers = story.collated('words/v1', '01_define.json')
    expect({ code, asked: story.asked(), ids: answers.map(({ nr }) => nr) }).toEqual({
      code: 0,
      asked: prompts('Define', 4),
      ids: [1, 2, 3, 4],
    })
    expect(answers[2]?.answer).toBe('late')
  })

  test('keeps the answers of a run whose plan and journal are gone, and which cannot be resumed for it', async () => {
    await using story = await failedRun()
    rmSync(join(story.root, 'outputs/words/v0/work'), { recursive: true })
    const resumed = await story.run('resume', 'words')
    expect({ code: resumed.code, err: resumed.err }).toEqual({
      code: 2,
      err: 'itemwise: v0 of words cannot be resumed: its plan and journal (work/) are gone, so everything would be asked for and paid for again. Run its request with batch_skip_existing: true: the new version keeps its answers.\n',
    })
    const { code } = await story.run('run', 'pipelines/words.json')
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 3, 4) })
    expect(story.metadata('words/v1')).toMatchObject({ mode: 'incremental', stats: { items: 4, carried_over: 2 } })
  })

  test('makes an incremental version on a killed run where the template changed since, and counts the old answers', async () => {
    await using story = await killedRun()
    story.write('prompts/define.md', 'Define {word}. Be brief.')
    story.write('inputs/words.json', [{ id: 99, word: 'w99' }, ...words(5)])
    const dry = JSON.parse((await story.run('run', 'pipelines/words.json', '--dry-run', '--json')).out)
    expect(dry.steps).toMatchObject([{ items: 6, process: 4, carry_over: 2 }])
    const { code, err } = await story.run('run', 'pipelines/words.json')
    expect({ code, asked: story.asked(), versions: story.names('outputs/words') }).toEqual({
      code: 0,
      asked: prompts('Define', 2, 4, 5, 99),
      versions: ['latest', 'v0', 'v1'],
    })
    expect(err).toContain(
      "Warning: 2 of the answers kept in step 1 (define) were made from another prompt or other settings than today's. `itemwise rerun --changed` asks for them again.\n",
    )
    expect(story.metadata('words/v1')).toMatchObject({
      mode: 'incremental',
      base_version: 'v0',
      stats: { items: 6, processed: 4, carried_over: 2 },
    })
    expect(story.metadata('words/v0')).toMatchObject({ status: 'failed', stats: { processed: 2 } })
    const numbered = story.collated('words/v1', '01_define.json').map(({ nr, source_id }) => `${nr} ${source_id}`)
    expect(numbered).toEqual(['1 11', '2 12', '3 13', '4 14', '5 15', '6 99'])
  })

  test('adds the items that are new since a completed version, and makes none where there are none', async () => {
    const both = [
      { ...step1, batch_skip_existing: true },
      { ...step2, batch_skip_existing: true },
    ]
    await using story = await Story.begin(wordFiles(3, both))
    await story.run('run', 'pipelines/words.json')
    story.asked()
    story.write('inputs/words.json', [{ id: 99, word: 'w99' }, ...words(4)])
    const { code } = await story.run('run', 'pipelines/words.json')
    expect({ code, asked: story.asked() }).toEqual({
      code: 0,
      asked: [...prompts('Define', 4, 99), ...prompts('Rate', 4, 99)],
    })
    expect(story.collated('words/v1', '01_define.json').map(({ nr, source_id }) => ({ nr, source_id }))).toEqual([
      { nr: 1, source_id: 11 },
      { nr: 2, source_id: 12 },
      { nr: 3, source_id: 13 },
      { nr: 4, source_id: 99 },
      { nr: 5, source_id: 14 },
    ])
    expect(await story.run('run', 'pipelines/words.json')).toEqual({
      code: 0,
      out: 'Nothing to do: every item has an answer in v1 of words. No version was made.\n',
      err: '',
    })
    expect({ asked: story.asked(), versions: story.names('outputs/words') }).toEqual({
      asked: [],
      versions: ['latest', 'v0', 'v1'],
    })
  })
})

describe('input paths', () => {
  const inputOf = (version: string) => ({
    pipeline_name: `of_${version.replace(/\W/g, '')}`,
    steps: [
      { prompt_name: 'rate', input_file: `outputs/words/${version}/collated/01_define.json`, batch_id_field: 'nr' },
    ],
  })

  test('latest, @final and v0 lead to versions, and run.json keeps both the path and what it led to', {
    timeout: 180_000,
  }, async () => {
    await using story = await Story.begin({
      ...wordFiles(2),
      'prompts/rate.md': 'Rate {nr}: {answer}',
      ...Object.fromEntries(
        ['latest', '@final', 'v0', '@beta'].map((word) => [`pipelines/${word}.json`, inputOf(word)]),
      ),
    })
    for (const status of ['draft', 'final', 'draft']) {
      story.write('prompts/define.md', `Define {word}. ${status} ${story.has('outputs/words/v0')}`)
      await story.run('run', 'pipelines/words.json', '--status', status)
    }
    story.asked()
    const found: unknown[] = []
    for (const word of ['latest', '@final', 'v0']) {
      const { code } = await story.run('run', `pipelines/${word}.json`)
      const { input } = story.runDocument(`of_${word.replace(/\W/g, '')}/v0`).steps[0]!
      found.push({ code, ...input, sha256: '' })
    }
    const input = (path: string, resolved: string) => ({
      code: 0,
      from: 'file',
      path,
      resolved,
      pointer: '',
      sha256: '',
    })
    const file = 'collated/01_define.json'
    expect(found).toEqual([
      input(`outputs/words/latest/${file}`, `outputs/words/v2/${file}`),
      input(`outputs/words/@final/${file}`, `outputs/words/v1/${file}`),
      input(`outputs/words/v0/${file}`, `outputs/words/v0/${file}`),
    ])
    const answers = (version: string) =>
      story.collated(`words/${version}`, '01_define.json').map(({ answer }) => answer)
    const fed = story.sent.slice(-6).map(({ body }: Sent) => /answer \w+/.exec(String(body.messages[0]!.content))?.[0])
    expect(fed.map(String).sort()).toEqual([...answers('v2'), ...answers('v1'), ...answers('v0')].map(String).sort())

    const { code, err } = await story.run('run', 'pipelines/@beta.json')
    expect({ code, err }).toEqual({
      code: 2,
      err: 'itemwise: Step 1 (rate): input_file outputs/words/@beta/collated/01_define.json: words has no completed version labelled beta. Labels of its completed versions: draft, final.\n',
    })
  })
})

test('two runs at once get two versions, and latest is the higher one whichever ends last', async () => {
  const slow = { pipeline_name: 'words', steps: [{ ...step1, prompt_name: 'slow' }] }
  await using story = await Story.begin({
    ...wordFiles(3),
    'prompts/slow.md': 'Slow {word}.',
    'pipelines/slow.json': slow,
  })
  const answer = Promise.withResolvers<void>()
  story.api.answer = ({ prompt }) => (prompt === 'Slow w2.' ? { after: answer.promise } : undefined)
  const first = story.start('run', 'pipelines/slow.json')
  await until(() => story.sent.length === 3)
  const second = await story.run('run', 'pipelines/words.json')
  const during = JSON.parse((await story.run('list', '--all', '--json')).out)
  answer.resolve()
  const { code, err } = await first.ended
  expect({ codes: [code, second.code], first: err.split('\n')[0], second: second.err.split('\n')[0] }).toEqual({
    codes: [0, 0],
    first: 'outputs/words/v0 (initial)',
    second: 'outputs/words/v1 (initial)',
  })
  expect(during).toMatchObject([
    { latest: 'v1', versions: [{ status: 'running', alive: true }, { status: 'completed' }] },
  ])
  const after = JSON.parse((await story.run('list', '--all', '--json')).out)
  expect(after).toMatchObject([{ latest: 'v1', versions: [{ status: 'completed' }, { status: 'completed' }] }])
})
