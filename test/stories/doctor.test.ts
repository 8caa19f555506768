import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processSpace } from '../../stores/folder/process-life.ts'
import { Story, until } from './story.ts'
import { numbers, prompts, step1, step2, wordFiles } from './words.ts'

const twoSteps = [step1, step2]

/** A completed version v0 of three words in two steps. */
async function completed(steps: object[] = twoSteps): Promise<Story> {
  const story = await Story.begin(wordFiles(3, steps))
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(code, err).toBe(0)
  story.asked()
  return story
}

function truncate(story: Story, path: string, bytes: number): void {
  story.write(path, Buffer.from(story.read(path)).subarray(0, bytes).toString())
}

test('where nothing is wrong the doctor says so', async () => {
  await using story = await completed()
  expect(await story.run('doctor')).toEqual({ code: 0, out: 'Nothing is wrong with 1 version.\n', err: '' })
})

test('a missing index is nothing wrong, a damaged one is told, and --fix makes either anew', async () => {
  await using story = await completed()
  const path = 'outputs/words/v0/.index/01.bin'
  const file = join(story.root, path)
  const index = readFileSync(file)
  rmSync(join(story.root, 'outputs/words/v0/.index'), { recursive: true })
  expect(await story.run('doctor')).toEqual({ code: 0, out: 'Nothing is wrong with 1 version.\n', err: '' })
  const shown = await story.run('show', 'words', 'v0', '12')
  expect(shown.code).toBe(0)
  expect(existsSync(file)).toBe(false)
  expect((await story.run('doctor', '--fix')).out).toContain('2 of 2 things repaired in 1 version.')
  expect(readFileSync(file).equals(index)).toBe(true)

  const flipped = Buffer.from(index)
  flipped[flipped.length - 20]! ^= 1
  writeFileSync(file, flipped)
  expect(await story.run('show', 'words', 'v0', '12')).toEqual(shown)
  const { code, out } = await story.run('doctor')
  expect({ code, out }).toEqual({
    code: 3,
    out: expect.stringContaining(`${path}\n  Found:  The index of the ledger is not as it was written.`),
  })
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect(readFileSync(file).equals(index)).toBe(true)
})

test('the doctor says what it found, what it means and what it would do, and changes nothing without --fix', async () => {
  await using story = await completed()
  const record = story.read('outputs/words/v0/metadata.json')
  truncate(story, 'outputs/words/v0/metadata.json', record.length / 2)
  story.write('outputs/words/v0/items/12/01_output.json', '')
  const half = story.read('outputs/words/v0/metadata.json')
  expect(await story.run('doctor')).toEqual({
    code: 3,
    out: `\
outputs/words/v0/metadata.json
  Found:  The record cannot be read: it is not JSON, or only a part of it.
  Means:  Whatever reads it ends with an error, \`itemwise list\` too. The answers are not touched.
  Fix:    Make it anew from what can be read of it, run.json, the ledgers and the name of the folder.

outputs/words/v0/items/12/01_output.json
  Found:  The file is missing, empty or not JSON.
  Means:  The answers are in the array; only their own files are damaged.
  Fix:    Write the files again from the array.

2 things found in 1 version. Nothing was changed; \`itemwise doctor --fix\` repairs what it can.
`,
    err: '',
  })
  expect(story.read('outputs/words/v0/metadata.json')).toBe(half)

  const { code, out } = await story.run('doctor', 'words', '--fix')
  expect({ code, done: out.match(/Done: .*|.* repaired .*/g) }).toEqual({
    code: 0,
    done: [
      'Done:   Made anew as completed. What was there is kept as outputs/words/v0/metadata.json.broken-1.',
      'Done:   Written again: 1 file.',
      '2 of 2 things repaired in 1 version.',
    ],
  })
  const { logs, ...mended } = story.metadata('words/v0')
  const { logs: _, ...before } = JSON.parse(record)
  expect(mended).toEqual(before)
  expect(logs.map(({ message }) => message)).toEqual(['The record was damaged; itemwise doctor made it anew.'])
  expect((await story.run('doctor')).code).toBe(0)
})

test('a record of which nothing is left is made from the request, and what is not known any more is said', async () => {
  await using story = await completed()
  await story.run('label', 'words', 'v0', '--status', 'final', '--notes', 'The good one')
  rmSync(join(story.root, 'outputs/words/v0/metadata.json'))
  const { out } = await story.run('doctor', '--fix')
  expect(out).toContain(
    'No longer known: the label (draft, with which the run began), the notes (those with which the run began), the duration (0).\n',
  )
  const { status, pipeline_status, notes, stats } = story.metadata('words/v0')
  expect({ status, pipeline_status, notes, items: stats.items }).toEqual({
    status: 'completed',
    pipeline_status: 'draft',
    notes: null,
    items: 3,
  })
})

test('an array that was edited is set aside, what the model wrote stands in it again, and a rerun stands on that', async () => {
  await using story = await completed()
  const path = 'outputs/words/v0/collated/02_rate.json'
  const before = story.read(path)
  const ledger = story.read('outputs/words/v0/02_ledger.jsonl')
  const edited = story
    .collated('words/v0', '02_rate.json')
    .map((row, at) => (at === 1 ? { ...row, mine: 'better' } : row))
  story.write(path, `${JSON.stringify(edited)}\n`)
  expect((await story.run('rerun', 'words', '11')).code).toBe(2)
  expect(await story.run('doctor', '--fix')).toEqual({
    code: 0,
    out: `\
outputs/words/v0/collated/02_rate.json
  Found:  It was changed by hand: another answer stands for 2.
  Means:  What was changed is not the model's. Nothing can be built on step 2 (rate) as it is.
  Done:   Written anew with 3 answers. What a person had put in place of 2 is only in the copy. What was there is kept as outputs/words/v0/collated/02_rate.json.edited-1.

1 of 1 thing repaired in 1 version.
`,
    err: '',
  })
  expect({
    array: story.read(path),
    ledger: story.read('outputs/words/v0/02_ledger.jsonl'),
    aside: story.json(`${path}.edited-1`),
    asides: story.names('outputs/words/v0').filter((name) => /-\d$/.test(name)),
  }).toEqual({ array: before, ledger, aside: edited, asides: [] })
  expect((await story.run('rerun', 'words', '13')).code).toBe(0)
  expect(story.collated('words/v1', '02_rate.json')[1]).toEqual(JSON.parse(before)[1])
})

test('a file below items/ that was edited is kept aside, and what the model wrote stands there again', async () => {
  await using story = await completed([step1])
  const path = 'outputs/words/v0/items/12/01_output.json'
  const before = story.read(path)
  const edited = before.replace('"nr": 2', '"nr": 2,\n  "mine": true')
  story.write(path, edited)
  const { code, out } = await story.run('doctor', '--fix')
  expect({ code, found: out.split('\n')[1], now: story.read(path), aside: story.read(`${path}.edited-1`) }).toEqual({
    code: 0,
    found: '  Found:  It was changed by hand: the answer of 12.',
    now: before,
    aside: edited,
  })
})

test('a ledger line that was changed is made anew, and what its item cost is not known any more', async () => {
  await using story = await completed([step1])
  const path = 'outputs/words/v0/01_ledger.jsonl'
  story.write(path, story.read(path).replace('"root_id":"12"', '"root_id":"13"'))
  expect((await story.run('rerun', 'words', '11')).code).toBe(2)
  const { code, out } = await story.run('doctor', '--fix')
  expect({ code, found: out.split('\n')[1], roots: story.ledger('words/v0', 1).map(({ root_id }) => root_id) }).toEqual(
    {
      code: 0,
      found: expect.stringContaining('  Found:  1 line cannot be read or was changed (2 are as written).'),
      roots: ['11', '12', '13'],
    },
  )
})

test('an answer of which no copy is left stands as failed, and rerun --failed asks for it alone', async () => {
  await using story = await completed([step1])
  rmSync(join(story.root, 'outputs/words/v0/items/12'), { recursive: true })
  truncate(story, 'outputs/words/v0/collated/01_define.json', 150)
  const { code, out } = await story.run('doctor', '--fix')
  expect(code).toBe(0)
  expect(out).toContain(
    'No copy of the answers of 12 can be read; they stand as failed. `itemwise rerun words --failed --base v0` asks for them again.',
  )
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual([1, 3])
  expect((await story.run('rerun', 'words', '--failed')).code).toBe(0)
  expect({ asked: story.asked(), nrs: story.collated('words/v1', '01_define.json').map(({ nr }) => nr) }).toEqual({
    asked: ['Define w2'],
    nrs: numbers(3),
  })
})

test('lines that a ledger lost are made anew from the array, with a cost that is not known', async () => {
  await using story = await completed()
  const before = story.ledger('words/v0', 1)
  story.write('outputs/words/v0/01_ledger.jsonl', story.read('outputs/words/v0/01_ledger.jsonl').split('\n')[0])
  const { out } = await story.run('doctor', '--fix')
  expect(out).toContain('The ledger lines of 12, 13 were lost: what these items cost is no longer known.')
  const unknown = { ...{ input_tokens: 0, output_tokens: 0, cost_usd: null, milliseconds: 0 }, request_id: null }
  expect(story.ledger('words/v0', 1)).toEqual([
    before[0],
    { ...before[1], ...unknown, reason: 'remade', line_check: expect.any(String) },
    { ...before[2], ...unknown, reason: 'remade', line_check: expect.any(String) },
  ])
  expect((await story.run('rerun', 'words', '--changed')).out).toMatch(/^Nothing to do/)
})

test('a version that is being run is left alone, and one whose process died is marked as failed and can be resumed', async () => {
  await using story = await Story.begin(wordFiles(4, [{ ...step1, max_concurrency: 2 }]))
  story.api.answer = ({ nth }) => (nth <= 2 ? undefined : { delay_ms: 60_000 })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 4)
  expect(await story.run('doctor', '--fix')).toEqual({
    code: 0,
    out: 'words v0 is running, so it was left alone.\nNothing is wrong with 1 version.\n',
    err: '',
  })
  started.signal('SIGKILL')
  await started.ended
  const { code, out } = await story.run('doctor', '--fix')
  expect({ code, status: story.metadata('words/v0').status }).toEqual({ code: 0, status: 'failed' })
  expect(out).toContain('Found:  It says that it is running, but the process that ran it is gone.')
  expect(out).toContain('1 of 1 thing repaired in 1 version.')
  story.asked()
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.asked()).toEqual(prompts('Define', 3, 4))
})

test('answers that only the files below items/ have are kept again before a resume pays for them twice', async () => {
  await using story = await Story.begin(wordFiles(4, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = ({ nth }) => (nth <= 2 ? undefined : { status: 401 })
  await story.run('run', 'pipelines/words.json')
  for (const name of ['work/01_journal.jsonl', '01_ledger.jsonl', 'collated'])
    rmSync(join(story.root, 'outputs/words/v0', name), { recursive: true })
  const { out } = await story.run('doctor', '--fix')
  expect(out).toContain('Answers of step 1 lie in items/, but the journal does not know them: 11, 12.')
  story.asked()
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.asked()).toEqual(prompts('Define', 3, 4))
})

test('an answer that was written when the process was killed, but had no name yet, is given it', async () => {
  await using story = await Story.begin(wordFiles(4, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = ({ nth }) => (nth <= 2 ? undefined : { status: 401 })
  await story.run('run', 'pipelines/words.json')
  const inVersion = (path: string) => join(story.root, 'outputs/words/v0', path)
  renameSync(inVersion('items/11/01_output.json'), inVersion('work/.new-11_01_output.json'))
  // Where older versions of Itemwise wrote them first.
  renameSync(inVersion('items/12/01_output.json'), inVersion('items/.new-12_01_output.json'))
  const { out } = await story.run('doctor', '--fix')
  for (const item of ['11', '12']) expect(out).toContain(`It is outputs/words/v0/items/${item}/01_output.json now.`)
})

test('a template that is gone comes back from prompts/ while it is the same there, and else is said to be gone', async () => {
  await using story = await completed([step1])
  const path = 'outputs/words/v0/templates/01_define.md'
  rmSync(join(story.root, path))
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect(story.read(path)).toBe('Define {word}.')
  rmSync(join(story.root, path))
  story.write('prompts/define.md', 'Explain {word}.')
  const { code, out } = await story.run('doctor', '--fix')
  expect({ code, has: story.has(path) }).toEqual({ code: 3, has: false })
  expect(out).toContain('Found:  The template is missing.')
})

test('a folder with nothing in it is not taken for a completed version', async () => {
  await using story = await completed([step1])
  mkdirSync(join(story.root, 'outputs/words/v1'))
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect({ status: story.metadata('words/v1').status, latest: story.metadata('words/latest').version }).toEqual({
    status: 'failed',
    latest: 'v0',
  })
})

test('what nothing else holds is said and not made up: the doctor ends with 3 even with --fix', async () => {
  await using story = await completed()
  story.write('outputs/words/v0/run.json', '{')
  const { code, out } = await story.run('doctor', '--fix')
  expect({ code, out }).toEqual({
    code: 3,
    out: `\
outputs/words/v0/run.json
  Found:  It cannot be read: it was changed or cut off.
  Means:  What was asked and with which settings is not known. This version can be neither resumed nor used as a base; its answers can still be read.
  To do:  Nothing else holds this. Put the file back from a copy.

0 of 1 thing repaired in 1 version.
`,
  })
})

test('a text of a single call that was edited is set aside: it stands as failed, as one that is gone does', async () => {
  const summary = { prompt_name: 'summary', batch_mode: false, output_file: 'summary.md' }
  await using story = await Story.begin({ ...wordFiles(3, [step1, summary]), 'prompts/summary.md': 'Sum up: {input}' })
  expect((await story.run('run', 'pipelines/words.json')).code).toBe(0)
  const path = 'outputs/words/v0/collated/02_summary.md'
  story.write(path, '# By hand\n\nShorter.\n')
  expect((await story.run('doctor')).out).toContain(
    'Set the edited file aside, and write the array anew with what the model wrote. No copy of the answers of (input) can be read; they will stand as failed. `itemwise rerun words --failed --base v0` asks for them again.',
  )
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect({ text: story.read(`${path}.edited-1`), lines: story.ledger('words/v0', 2) }).toMatchObject({
    text: '# By hand\n\nShorter.\n',
    lines: [{ item_id: '(input)', state: 'failed', answer_bytes: null }],
  })
  expect((await story.run('rerun', 'words', '--failed')).code).toBe(0)
  expect(story.has('outputs/words/v1/collated/02_summary.md')).toBe(true)
  story.asked()
  rmSync(join(story.root, path))
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect(story.ledger('words/v0', 2)).toMatchObject([
    { item_id: '(input)', state: 'failed', cost_usd: expect.any(Number) },
  ])
})

test('--json prints what was found as a document', async () => {
  await using story = await completed()
  rmSync(join(story.root, 'outputs/words/latest'))
  const { code, out } = await story.run('doctor', '--json')
  expect({ code, document: JSON.parse(out) }).toEqual({
    code: 3,
    document: {
      fix: false,
      versions: 1,
      running: [],
      waiting: [],
      findings: [
        {
          path: 'outputs/words/latest',
          found: 'It leads nowhere.',
          means: 'Reruns and pipelines that read from outputs/words/latest get nothing.',
          remedy: 'Point it at v0.',
          can_fix: true,
          done: null,
        },
      ],
    },
  })
})

test('an unknown pipeline is refused with the nearest name', async () => {
  await using story = await completed()
  expect(await story.run('doctor', 'word')).toEqual({
    code: 2,
    out: '',
    err: 'itemwise: There is no pipeline word. Did you mean words?\n',
  })
})

test('reviews that an editor or a killed process left damaged are told, and --fix keeps what can be read', async () => {
  await using story = await completed([step1])
  const path = 'outputs/words/reviews.jsonl'
  for (const id of ['11', '12', '13']) await story.run('approve', 'words', id, '--by', 'Maria')
  const acts = story.read(path)
  const lines = acts.split('\n')
  expect((await story.run('doctor')).out).toBe('Nothing is wrong with 1 version.\n')
  const damaged = [lines[0], '{"at": "2026"}', lines[1], '', 'oops', lines[2], '{"at": "20'].join('\n')
  story.write(path, damaged)
  const told = await story.run('doctor')
  expect({ code: told.code, found: told.out.match(/^(outputs\/.*| {2}(Found|Fix): .*)$/gm) }).toEqual({
    code: 3,
    found: [
      path,
      '  Found:  Line 2, and 1 more, cannot be read as a review: it was changed, or a newer Itemwise wrote it.',
      '  Fix:    Take these lines out, and keep the file as it was beside it. Then nobody said it.',
      path,
      '  Found:  The last line of the reviews is torn.',
      '  Fix:    Cut the torn line off. Whoever adds a review next does the same.',
    ],
  })
  expect([story.read(path), (await story.run('reviews', 'words')).code]).toEqual([damaged, 1])
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect([story.read(path), story.read(`${path}.broken-1`)]).toEqual([acts, damaged])
  expect((await story.run('reviews', 'words')).out).toContain('3 approved')
  story.write(path, `${acts}{"at": "20`)
  expect((await story.run('doctor', '--fix')).out).toContain('  Done:   Cut off.\n')
  expect([story.read(path), story.names('outputs/words')]).toEqual([
    acts,
    expect.not.arrayContaining(['reviews.jsonl.broken-2']),
  ])
  // By hand: an item of another workspace. Of a version that is not here nothing is known.
  const [act] = acts.split('\n').map((line) => line && JSON.parse(line))
  const gone = [
    { ...act, root_id: '99' },
    { ...act, root_id: '98', version: 'v7' },
  ]
  story.write(path, acts + gone.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const { code, out } = await story.run('doctor', '--fix')
  expect([code, out]).toEqual([
    3,
    expect.stringContaining('1 act is about items that are not in the version named: 99 in v0.'),
  ])
})

test('the lock that a killed process leaves while it adds a review is told as such, and blocks nobody', async () => {
  await using story = await completed([step1])
  const killed = spawnSync(process.execPath, ['-e', 'console.log(process.pid)']).stdout.toString().trim()
  const gone = { host: hostname(), process_space: processSpace(), pid: Number(killed), process_start: 'gone' }
  const text = `${JSON.stringify({ ...gone, started: '2026-11-28T00:00:00.000Z', inherited_seconds: 0 })}\n`
  const places = ['outputs/words', 'outputs/words/v0'].map((folder) => `${folder}/.new-record-lock/lock-000001.json`)
  for (const place of places) story.write(place, text)
  // Of a file that was being written, too.
  story.write('outputs/words/.new-0123', 'half')
  utimesSync(join(story.root, 'outputs/words/.new-0123'), 0, 0)
  const told = await story.run('doctor')
  expect(told.out.match(/^(outputs\/.*| {2}Found: .*)$/gm)).toEqual([
    places[1],
    '  Found:  The lock of a process that is gone.',
    'outputs/words/.new-0123',
    '  Found:  A half-made file is left.',
    places[0],
    '  Found:  The lock of a process that is gone.',
  ])
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect(story.names('outputs/words').filter((name) => name.startsWith('.new'))).toEqual([])
  story.write(places[0]!, text)
  expect((await story.run('approve', 'words', '11', '--by', 'Maria')).code).toBe(0)
  expect(story.has(places[0]!)).toBe(false)
})
