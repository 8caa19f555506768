/** A person edits the files of a version: it is said, nothing is built on it, and nothing is lost. */
import { readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

const array = 'outputs/words/v0/collated/01_define.json'

/** v0 of three words. */
async function completed(steps: object[] = [step1], files: Record<string, unknown> = {}): Promise<Story> {
  const story = await Story.begin({ ...wordFiles(3, steps), ...files })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(code, err).toBe(0)
  story.asked()
  return story
}

function edit(story: Story, path: string, change: (text: string) => string): void {
  const before = story.read(path)
  const after = change(before)
  expect(after).not.toBe(before)
  story.write(path, after)
}

const longer = (text: string) => text.replace('"nr": 1,', '"nr": 1,\n    "mine": "corrected by a person",')
const rows = (text: string) => JSON.parse(text) as { nr: number }[]
const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

test('an edited answer is refused as a base with file, item and way out, before anything is paid for', async () => {
  await using story = await completed()
  edit(story, array, longer)
  expect(await story.run('rerun', 'words', '13')).toEqual({
    code: 2,
    out: '',
    err: `itemwise: ${array} was changed by hand: another answer stands for 11. Nothing can be built on v0 of words as it is: an edited answer would pass for the model's. \`itemwise doctor words --fix\` keeps the file beside its place and restores what the model wrote. To go on with your own text, make edits of it: \`itemwise adopt words v0\`, then \`itemwise apply words\`.\n`,
  })
  expect({ asked: story.asked(), versions: story.names('outputs/words') }).toEqual({
    asked: [],
    versions: ['latest', 'v0'],
  })
})

test.each<[string, (text: string) => string, string]>([
  ['an item put in', (text) => pretty([{ nr: 9 }, ...rows(text)]), 'the ledger does not know position 1'],
  ['an item taken out', (text) => pretty(rows(text).slice(1)), 'no answer stands for 11'],
  ['two answers exchanged', exchanged, 'another answer stands for 11, 12'],
  ['a comma too many', (text) => text.replace('\n]', ',\n]'), 'it is not JSON (line 23, column 1): value expected'],
])('a rerun on an array with %s is refused', async (_, change, told) => {
  await using story = await completed()
  edit(story, array, change)
  const { code, err } = await story.run('rerun', 'words', '13')
  expect({ code, err, asked: story.asked() }).toEqual({ code: 2, err: expect.stringContaining(told), asked: [] })
})

function exchanged(text: string): string {
  const [first, second, ...rest] = rows(text) as { nr: number; source_id: number }[]
  const { nr, source_id } = first!
  return pretty([{ ...second, nr, source_id }, { ...first, nr: second!.nr, source_id: second!.source_id }, ...rest])
}

test('white space and order are no edits: each answer is found, and later steps ask about the right ones', async () => {
  await using story = await completed([step1, step2])
  const before = story.collated('words/v0', '01_define.json')
  edit(story, array, (text) => pretty(rows(text).reverse()).replaceAll('\n', '\r\n'))
  story.write('prompts/rate.md', 'Rate {root__word}: {nr}')
  expect((await story.run('rerun', 'words', '--changed')).code).toBe(0)
  expect(story.sent.slice(-3).map(({ body }) => body.messages[0]!.content)).toEqual(
    ['Rate w1: 1', 'Rate w2: 2', 'Rate w3: 3'].map((text) => expect.stringContaining(text)),
  )
  expect(story.collated('words/v1', '01_define.json')).toEqual(before)
})

test("a single call's text that was made longer is refused, not cut off", async () => {
  const summary = { prompt_name: 'summary', batch_mode: false, output_file: 'summary.md' }
  await using story = await completed([step1, summary], { 'prompts/summary.md': 'Sum up: {input}' })
  edit(story, 'outputs/words/v0/collated/02_summary.md', (text) => `${text}\nAnd a hint.\n`)
  const { code, err } = await story.run('rerun', 'words', '--changed')
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('outputs/words/v0/collated/02_summary.md was changed by hand: it is another text.'),
  })
})

test('show says what was edited in a version, and of an item that the answer is not the model’s', async () => {
  await using story = await completed()
  const [written] = rows(story.read(array))
  edit(story, array, longer)
  edit(story, 'outputs/words/v0/items/12/01_output.json', (text) => text.replace('"nr": 2', '"nr": 20'))
  edit(story, 'outputs/words/v0/prompts/01_prompt_11.md', () => 'Define w9.')
  expect((await story.run('show', 'words', 'v0')).out).toContain(`
Edited:
  ${array} was changed by hand: another answer stands for 11.
  outputs/words/v0/items/12/01_output.json was changed by hand, which changes nothing: the answer of 12 is taken from collated/.
  What was changed is not the model's. \`itemwise doctor words --fix\` keeps it beside its place and restores the rest; \`itemwise adopt words v0\` makes edits of it.
`)
  expect(JSON.parse((await story.run('show', 'words', 'v0', '--json')).out).edited).toEqual([
    { path: array, step: 1, what: 'was changed by hand: another answer stands for 11', ids: ['11'] },
    expect.objectContaining({ path: 'outputs/words/v0/items/12/01_output.json', ids: ['12'] }),
  ])
  const item = (await story.run('show', 'words', 'v0', '11')).out
  expect(item).toContain(`Answer, NOT the model's: changed by hand in ${array}:\n{\n  "nr": 1,\n  "mine": `)
  expect(item).toContain('The model\'s answer:\n{\n  "nr": 1,\n  "source_id": 11,')
  expect(item).toContain(
    'Prompt, changed by hand since v0 sent another (outputs/words/v0/prompts/01_prompt_11.md):\nDefine w9.',
  )
  const [step] = JSON.parse((await story.run('show', 'words', 'v0', '11', '--json')).out).steps
  expect(step).toMatchObject({ answer: { mine: 'corrected by a person' }, edited: { path: array, written } })
})

test('list says on stderr which array has another size, and prints what it printed before', async () => {
  await using story = await completed()
  const before = await story.run('list', '--all')
  edit(story, array, longer)
  expect(await story.run('list', '--all')).toEqual({
    ...before,
    err: `Warning: words v0 was edited by hand (${array}). \`itemwise show words v0\` says what is different.\n`,
  })
  expect(JSON.parse((await story.run('list', '--all', '--json')).out)[0].versions[0].edited).toEqual([array])
})

test('compare and export say it, and what is no array any more is not exported', async () => {
  await using story = await completed()
  await story.run('rerun', 'words', '13')
  edit(story, array, longer)
  const told = `Warning: ${array} was changed by hand: another answer stands for 11.\n`
  const compared = await story.run('compare', 'words', 'v0', 'v1')
  expect({ ...compared, out: compared.out.split('\n').at(-2) }).toMatchObject({
    code: 0,
    out: '  Step 1 (define): 2 same, 1 changed, 0 added, 0 removed',
    err: expect.stringContaining(told),
  })
  const exported = await story.run('export', 'words', 'v0', '--format', 'json')
  expect({ ...exported, out: rows(exported.out)[0] }).toMatchObject({
    code: 0,
    out: { mine: 'corrected by a person' },
    err: expect.stringContaining(told),
  })
  edit(story, array, (text) => text.slice(0, -20))
  expect(await story.run('export', 'words', 'v0', '--format', 'json')).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('It cannot be exported.'),
  })
})

test('an edited array is an input like any other, and the run warns of it', async () => {
  const next = { pipeline_name: 'next', steps: [{ prompt_name: 'next', input_file: array, batch_id_field: 'nr' }] }
  await using story = await completed([step1], { 'prompts/next.md': 'Go on: {item}', 'pipelines/next.json': next })
  edit(story, array, longer)
  const { code, err } = await story.run('run', 'pipelines/next.json')
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringContaining('another answer stands for 11. It is taken as it stands.\n'),
  })
  expect(JSON.stringify(story.sent.map(({ body }) => body.messages))).toContain('corrected by a person')
})

test('a resume keeps what was edited in the unfinished version aside, and has what the model wrote', async () => {
  await using story = await Story.begin(wordFiles(3, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = ({ nth }) => (nth <= 2 ? undefined : { status: 401 })
  await story.run('run', 'pipelines/words.json')
  const written = rows(story.read(array))
  edit(story, array, longer)
  const edited = story.read(array)
  story.api.answer = undefined
  const { code, err } = await story.run('resume', 'words')
  expect({ code, err, aside: story.read(`${array}.edited-1`), kept: rows(story.read(array)).slice(0, 2) }).toEqual({
    code: 0,
    err: expect.stringContaining(`It is kept as ${array}.edited-1; the run writes the file anew.`),
    aside: edited,
    kept: written,
  })
})

test('a resume is refused where the base was edited, and goes on when the doctor has restored it', async () => {
  await using story = await completed()
  story.api.answer = () => ({ status: 401 })
  expect((await story.run('rerun', 'words', '13')).code).toBe(1)
  edit(story, array, longer)
  story.api.answer = undefined
  story.asked()
  expect({ ...(await story.run('resume', 'words')), asked: story.asked() }).toMatchObject({ code: 2, asked: [] })
  expect((await story.run('doctor', '--fix')).code).toBe(0)
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.collated('words/v1', '01_define.json').map(({ nr }) => nr)).toEqual([1, 2, 3])
  expect(story.read('outputs/words/v1/collated/01_define.json')).not.toContain('corrected')
  expect(readlinkSync(join(story.root, 'outputs/words/latest'))).toBe('v1')
})

test('of a version older than checksums it is told where an answer moved, and an answer in place is trusted', async () => {
  await using story = await completed()
  const withoutChecks = (text: string) => text.replaceAll(/,"answer_sha256":.*?\}$/gm, '}')
  edit(story, 'outputs/words/v0/01_ledger.jsonl', withoutChecks)
  expect((await story.run('rerun', 'words', '--changed')).out).toContain('Nothing to do')
  edit(story, array, (text) => text.replace('"nr": 1,', '"nr":  1,'))
  // Only white space, by the files below items/.
  expect((await story.run('rerun', 'words', '--changed')).out).toContain('Nothing to do')
  edit(story, array, longer0)
  const { code, err } = await story.run('rerun', 'words', '13')
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('another answer stands for 11.') })
  rmSync(join(story.root, 'outputs/words/v0/items'), { recursive: true })
  expect((await story.run('rerun', 'words', '13')).err).toContain(
    'nothing says whether what stands for 11, 12, 13 is what was written, as the version is older than checksums.',
  )
})

const longer0 = (text: string) => text.replace('"nr":  1,', '"nr":  1,\n    "mine": true,')
