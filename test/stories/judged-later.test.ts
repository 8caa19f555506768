/** A process that is killed when a reply has come, and before anything has judged it: the reply is paid for once. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { PlannedFault } from '../campaigns/faulty-cli.ts'
import { billed, sum } from './billed.ts'
import { Story } from './story.ts'
import { prompts, step1, wordFiles } from './words.ts'

const faultyCli = fileURLToPath(new URL('../campaigns/faulty-cli.ts', import.meta.url))
const oneByOne = [{ ...step1, max_concurrency: 1 }]

/** Runs until the n-th reply stands in the journal, and kills the process there. */
async function killedAtReply(story: Story, nth: number): Promise<void> {
  const fault: PlannedFault = { point: 'receive:journal-written', nth, code: 'KILL' }
  const env = { ITEMWISE_FAULT: JSON.stringify(fault) }
  expect((await story.startProgram({ file: faultyCli, env }, 'run', 'pipelines/words.json').ended).code).toBe(null)
}

/** Whether the version says to the token what the API billed. */
function checkBilled(story: Story): void {
  expect(sum([story.metadata('words/v0').stats])).toEqual(sum(story.sent.map(billed)))
}

test('a resume judges the reply that came, and asks only for the rest', async () => {
  await using story = await Story.begin(wordFiles(3, oneByOne))
  await killedAtReply(story, 2)
  expect(story.asked()).toEqual(prompts('Define', 1, 2))
  const { code } = await story.run('resume', 'words')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 3) })
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual([1, 2, 3])
  checkBilled(story)
})

test('a first reply that cannot be used is asked for the second time, not the third', async () => {
  await using story = await Story.begin(wordFiles(1, oneByOne))
  story.api.answer = ({ body }) => (body.messages.length === 1 ? 'Sorry.' : undefined)
  await killedAtReply(story, 1)
  const { code } = await story.run('resume', 'words')
  expect({ code, calls: story.sent.map(({ body }) => body.messages.length) }).toEqual({ code: 0, calls: [1, 3] })
  checkBilled(story)
})

test.each([
  ['is the answer', '{"a": 1}', 0],
  ['cannot be used either and fails the item', 'Sorry again.', 3],
])('a second reply that came %s, without another call', async (_what, second, code) => {
  await using story = await Story.begin(wordFiles(2, oneByOne))
  story.api.answer = ({ body, prompt }) =>
    prompt.includes('w2') ? undefined : body.messages.length === 1 ? 'Sorry.' : second
  await killedAtReply(story, 2)
  expect((await story.run('resume', 'words')).code).toBe(code)
  expect(story.asked().length).toBe(3)
  checkBilled(story)
})

test('a pattern that would take for ever with backtracking is judged at once', async () => {
  const output_schema = {
    type: 'object',
    properties: { a: { type: 'string', pattern: '^(a+)+$' } },
    required: ['a'],
    additionalProperties: false,
  }
  await using story = await Story.begin(wordFiles(2, [{ ...step1, output_schema }]))
  const long = JSON.stringify({ a: `${'a'.repeat(5000)}!` })
  story.api.answer = ({ prompt }) => (prompt.includes('w1') ? long : '{"a": "aaa"}')
  const { code } = await story.run('run', 'pipelines/words.json')
  expect({ code, kinds: story.errors('words/v0', 1).map(({ kind }) => kind) }).toEqual({
    code: 3,
    kinds: ['schema_mismatch'],
  })
})

test('a pattern that has no linear time is refused before anything is paid for', async () => {
  const a = (pattern: string) => ({
    output_schema: {
      type: 'object',
      properties: { a: { type: 'string', pattern } },
      required: ['a'],
      additionalProperties: false,
    },
  })
  await using story = await Story.begin(wordFiles(1, [{ ...step1, ...a('^.{1,2000}$') }]))
  expect(await story.run('run', 'pipelines/words.json')).toEqual({
    code: 2,
    out: '',
    err: 'itemwise: Step 1 (define): its output_schema: #/properties/a has a pattern that cannot be checked in linear time (invalid repeat count: `{1,2000}`). Use a simpler one: at most 1,000 repetitions, and Unicode properties by their short names, such as \\p{L}.\n',
  })
  expect(story.sent).toEqual([])
})
