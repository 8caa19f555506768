/** Input that is right but unusual: what is kept exactly, what is sent, and that ids never share a folder. */
import { expect, test } from 'vitest'
import type { MessageRequest } from '../anthropic-server.ts'
import { Story } from './story.ts'
import { oneStep, request, run, tried, workspace } from './tried.ts'

const version = 'outputs/stories/v0'
const contentOf = ({ body }: { body: MessageRequest }) => body.messages[0]?.content

test('an empty array makes a version with empty outputs, and a warning', async () => {
  await using story = await Story.begin({ ...workspace, 'inputs/items.json': '[]' })
  const { code, err, requests } = await tried(story, run)
  expect({ code, requests, warnings: err.match(/^Warning: .*$/gm) }).toEqual({
    code: 0,
    requests: 0,
    warnings: ['Warning: inputs/items.json has no items: nothing is asked for, and the outputs are empty.'],
  })
  expect([story.read(`${version}/collated/01_write.json`), story.read(`${version}/collated/02_rate.json`)]).toEqual([
    '[]\n',
    '[]\n',
  ])
  const { status, stats } = story.metadata('stories/v0')
  expect({ status, items: stats.items, latest: story.names('outputs/stories') }).toEqual({
    status: 'completed',
    items: 0,
    latest: ['latest', 'v0'],
  })
})

test('numbers keep every digit: in what is sent, in each answer and in the array, through two steps', async () => {
  const numbers =
    '"huge": 1e400, "long": 18446744073709551615, "price": 1.10, "small": -0, "exact": 0.1000000000000000055'
  await using story = await Story.begin(
    {
      ...oneStep('batch_id_field: key'),
      'pipelines/stories.yaml': request(
        '- prompt_name: write',
        '  input_file: inputs/items.json',
        '  batch_id_field: key',
        '- prompt_name: rate',
        '  answer_format: json',
      ),
      'inputs/items.json': `[{"key": 9007199254740993, ${numbers}}, {"key": 9007199254740992, ${numbers}}]`,
      'prompts/write.md': 'Write {key}: {huge} {long} {price} {small} {exact} {item}\n',
      'prompts/rate.md': 'Rate {key}: {huge} {long} {price} {small} {exact}\n',
    },
    { answer: () => `{${numbers}}` },
  )
  const { code, err } = await tried(story, run)
  expect(code, err).toBe(0)

  const digits = '1e400 18446744073709551615 1.10 -0 0.1000000000000000055'
  const answer = (key: string) =>
    `{\n  "key": ${key},\n  "huge": 1e400,\n  "long": 18446744073709551615,\n  "price": 1.10,\n  "small": -0,\n  "exact": 0.1000000000000000055\n}`
  const array = `[\n${['9007199254740993', '9007199254740992'].map((key) => answer(key).replaceAll(/^/gm, '  ')).join(',\n')}\n]\n`
  for (const [step, name] of [
    ['01', 'write'],
    ['02', 'rate'],
  ]) {
    expect(story.read(`${version}/items/9007199254740993/${step}_output.json`)).toBe(`${answer('9007199254740993')}\n`)
    expect(story.read(`${version}/collated/${step}_${name}.json`)).toBe(array)
  }
  const prompts = [
    `Write 9007199254740993: ${digits} {"key": 9007199254740993, ${numbers}}\n`,
    `Rate 9007199254740993: ${digits}\n`,
  ]
  expect(story.read(`${version}/prompts/01_prompt_9007199254740993.md`)).toBe(prompts[0])
  expect(story.read(`${version}/prompts/02_prompt_9007199254740993.md`)).toBe(prompts[1])
  expect(story.sent.map(contentOf)).toEqual(expect.arrayContaining(prompts))
})

test('ids that are one number and two texts stay apart: in the input, in quotes and on the command line', async () => {
  await using story = await Story.begin({
    ...workspace,
    ...oneStep('batch_skip_items: ["12", "1.10"]'),
    'inputs/items.json':
      '[{"id": 1.1, "text": "a"}, {"id": 1.10, "text": "b"}, {"id": 12, "text": "c"}, {"id": "0012", "text": "d"}, {"id": 1e3, "text": "e"}]',
  })
  const { code, err } = await tried(story, run)
  const ids = (version: string) =>
    story.ledger(version, 1).flatMap((line) => (line.decision === 'process' ? [line.item_id] : []))
  expect({ code, ids: ids('stories/v0') }, err).toEqual({ code: 0, ids: ['1.1', '0012', '1e3'] })
  await story.run('run', 'pipelines/stories.yaml', '--only', '1.10', '0012', '--skip', '12')
  expect(ids('stories/v1')).toEqual(['1.10', '0012'])
  const { err: refused } = await story.run('rerun', 'stories', '012')
  expect(refused).toMatch(/^itemwise: The rerun names 012, but there is no such item\. Did you mean (0012|12)/)
})

test('a byte order mark and CRLF are no part of an input, a template or a request; emoji and right-to-left text stay', async () => {
  const text = '👩‍👩‍👧 \u202Eשלום\u202C — naïve\r\nline two'
  const crlf = (lines: unknown) => `\uFEFF${String(lines).replaceAll('\n', '\r\n')}`
  const files = oneStep('answer_format: json')['pipelines/stories.yaml']
  await using story = await Story.begin(
    {
      'inputs/items.json': crlf(`[\n{"id": 1,\n"text": ${JSON.stringify(text)}}\n]\n`),
      'prompts/write.md': crlf('---\nmax_tokens: 99\n---\nWrite {id}: {text}\nEnd\n'),
      'pipelines/stories.yaml': crlf(files),
    },
    { answer: () => JSON.stringify({ text }) },
  )
  const { code, err } = await tried(story, run)
  expect({ code, warnings: err.match(/^Warning/gm) }).toEqual({ code: 0, warnings: null })
  const prompt = `Write 1: ${text}\nEnd\n`
  expect(story.sent.map(contentOf)).toEqual([prompt])
  expect(story.sent[0]?.body.max_tokens).toBe(99)
  expect(story.read(`${version}/prompts/01_prompt_1.md`)).toBe(prompt)
  expect(story.read(`${version}/collated/01_write.json`)).toBe(
    `[\n  {\n    "id": 1,\n    "text": ${JSON.stringify(text)}\n  }\n]\n`,
  )
})

test('half of a surrogate pair is warned of and sent as U+FFFD, and an id keeps it', async () => {
  await using story = await Story.begin({
    ...workspace,
    ...oneStep(),
    'inputs/items.json': String.raw`[{"id": "a\ud800", "text": "x\udfffy"}, {"id": "a\ud801", "text": "whole"}]`,
    'prompts/write.md': 'Write: {text}\n',
  })
  const { code, err, requests } = await tried(story, run)
  expect({ code, requests, warnings: err.match(/^Warning: .*$/gm) }).toEqual({
    code: 0,
    requests: 2,
    warnings: [
      'Warning: There is half of a surrogate pair in item a\uFFFD. It is sent as U+FFFD (\uFFFD), which is all that UTF-8 has for it; ids keep it.',
    ],
  })
  expect(story.sent.map(contentOf).sort()).toEqual(['Write: whole\n', 'Write: x\uFFFDy\n'])
  expect(story.names(`${version}/items`)).toEqual(['a%ED%A0%80', 'a%ED%A0%81'])
  expect(story.collated('stories/v0', '01_write.json').map(({ id }) => id)).toEqual(['a\ud800', 'a\ud801'])
})

test('an item of 5 MB is sent whole', async () => {
  const text = 'long '.repeat(1024 * 1024)
  await using story = await Story.begin(
    {
      ...workspace,
      ...oneStep('answer_format: json'),
      'inputs/items.json': [
        { id: 1, text },
        { id: 2, text: 'short' },
      ],
    },
    { answer: ({ prompt }) => JSON.stringify({ letters: prompt.length }) },
  )
  const { code, err } = await tried(story, run)
  expect(code, err).toBe(0)
  expect(story.collated('stories/v0', '01_write.json')).toEqual([
    { id: 1, letters: text.length + 10 },
    { id: 2, letters: 15 },
  ])
  expect(story.read(`${version}/prompts/01_prompt_1.md`)).toBe(`Write 1: ${text}\n`)
})

test('ids that look alike, or like paths, stay apart in a folder each, and stand in the array as they are', async () => {
  const ids = [
    ...['../../x', 'CON', 'con.txt', 'a/b', 'a%2Fb', 'A', 'a', '.', '..', ' ', 'a\\b', 'C:x', '-rf', '*?', '\u0000'],
    ...['x'.repeat(300), `${'x'.repeat(299)}y`, '\u00E9', 'e\u0301', '1', '1.0', '日本', '😀', 'latest', 'a~ca978112'],
  ]
  await using story = await Story.begin(
    { ...workspace, 'inputs/items.json': ids.map((id, at) => ({ id, text: `text ${at}` })) },
    { answer: ({ prompt }) => JSON.stringify({ answer: prompt.slice(-8).trim() }) },
  )
  const { code, err, changed } = await tried(story, run)
  expect(code, err).toBe(0)
  expect(changed.filter((path) => !path.startsWith('outputs'))).toEqual([])

  const folders = story.names(`${version}/items`)
  expect(new Set(folders.map((name) => name.toLowerCase().normalize('NFC'))).size).toBe(ids.length)
  expect(folders.filter((name) => name.length > 120 || /[^\w%.~-]/.test(name))).toEqual([])
  const own = folders.map((name) => story.json<{ id: string }>(`${version}/items/${name}/01_output.json`).id)
  expect(own.sort()).toEqual([...ids].sort())
  expect(story.names(`${version}/prompts`)).toHaveLength(2 * ids.length)
  expect(story.collated('stories/v0', '02_rate.json').map(({ id }) => id)).toEqual(ids)
})
