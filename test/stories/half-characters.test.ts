/** Half an emoji, wherever it comes from: what is sent and what is written is UTF-8, and nothing is asked for in vain. */
import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

/** Texts of the version that are no UTF-8, or hold half of a surrogate pair, as an escape too. */
function illFormed(story: Story): string[] {
  const paths = readdirSync(join(story.root, 'outputs/words/v0'), { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => {
    const file = join(story.root, 'outputs/words/v0', path)
    if (!statSync(file).isFile() || path.endsWith('.bin')) return false
    const bytes = readFileSync(file)
    return !isUtf8(bytes) || /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/.test(bytes.toString())
  })
}

test('a reply of emoji that is no JSON is asked for again with its reason, and the second answer counts', async () => {
  await using story = await Story.begin(wordFiles(12))
  // The reason quotes the reply, cut at some place: with one letter more each time, in the middle of a pair.
  story.api.answer = ({ body, prompt }) => {
    const at = Number(/w(\d+)/.exec(prompt)?.[1])
    return body.messages.length === 1 ? `${'x'.repeat(at)}${'😀'.repeat(40)}` : undefined
  }
  expect(await story.run('run', 'pipelines/words.json')).toMatchObject({ code: 0 })
  expect(story.sent.length).toBe(24)
  expect(illFormed(story)).toEqual([])
})

test('what an errors file, a ledger and a log quote of emoji is whole', async () => {
  const properties = { a: { type: 'string', enum: ['b'] } }
  const output_schema = { type: 'object', properties, required: ['a'], additionalProperties: false }
  await using story = await Story.begin(wordFiles(4, [{ ...step1, output_schema }]))
  story.api.answer = ({ prompt }) => {
    const at = Number(/w(\d+)/.exec(prompt)?.[1])
    if (at === 1) return '😀'.repeat(100)
    if (at === 2) return { status: 400, message: `${'x'.repeat(at)}${'👩‍👩‍👧'.repeat(300)}` }
    return JSON.stringify({ a: `${'x'.repeat(at)}${'😀'.repeat(100)}` })
  }
  await story.run('run', 'pipelines/words.json')
  expect(story.errors('words/v0', 1).map(({ kind }) => kind)).toEqual([
    ...['invalid_json', 'request_refused', 'schema_mismatch', 'schema_mismatch'],
  ])
  expect(illFormed(story)).toEqual([])
  for (const { error } of story.errors('words/v0', 1)) expect(error).not.toMatch(/\ufffd/)
})

test('half a character in an item or an answer goes on as U+FFFD', async () => {
  await using story = await Story.begin(wordFiles(1, [step1, { prompt_name: 'rate', answer_format: 'json' }]))
  story.write('inputs/words.json', '[{"id": 1, "word": "a\\ud83d"}]')
  story.api.answer = ({ prompt }) => (prompt.startsWith('Define') ? '{"answer": "b\\ude00", "c": 1.10}' : undefined)
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringContaining('There is half of a surrogate pair in item 1.'),
  })
  expect(story.read('outputs/words/v0/items/1/01_output.json')).toContain('"answer": "b\ufffd",\n  "c": 1.10')
  expect(story.asked()).toEqual(['Define a\ufffd', 'Rate a\ufffd'])
  expect(illFormed(story)).toEqual([])
})

test('half a character in a system prompt or a schema is refused before anything is paid for', async () => {
  const properties = { a: { type: 'string', enum: ['\ud83d'] } }
  const output_schema = { type: 'object', properties, required: ['a'], additionalProperties: false }
  await using story = await Story.begin(wordFiles(1, [{ ...step1, system: '\ude00', output_schema }]))
  const half = 'holds half of a surrogate pair, which cannot be sent. Write the whole character there, such as 😀.'
  expect(await story.run('run', 'pipelines/words.json')).toEqual({
    code: 2,
    out: '',
    err: `itemwise: 2 problems, nothing was started:
  - Step 1 (define): its output_schema ${half}
  - Step 1 (define): its system prompt ${half}
`,
  })
  expect(story.sent).toEqual([])
})
