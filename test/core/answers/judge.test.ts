import { expect, test } from 'vitest'
import { isTextOutput } from '../../../core/answer-format.ts'
import { askAgain, judgeOf as judgeOfProvider, withIds } from '../../../core/answers/judge.ts'
import type { ResolvedStep } from '../../../core/documents.ts'
import type { Reply } from '../../../core/model.ts'
import { parseJson } from '../../../core/text/json.ts'
import { claude } from '../../../models/claude/claude.ts'
import { stepWith } from '../steps.ts'

const judgeOf = (step: ResolvedStep) => judgeOfProvider(step, claude)

const tokens = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 }
const reply = (text: string, stop_reason = 'end_turn'): Reply => ({
  ...{ text, stop_reason, tokens, model: 'm', request_id: null, attempts: 1, milliseconds: 1 },
})
const schema = {
  type: 'object',
  properties: { mood: { enum: ['happy', 'sad'] }, n: { type: 'integer' } },
  required: ['mood'],
}

test('an answer without a schema is taken as it is', async () => {
  expect((await judgeOf(stepWith()))(reply('{"a": 1.10}'))).toEqual({ usable: true, answer: parseJson('{"a": 1.10}') })
})

test('an answer is checked against the schema', async () => {
  const judge = await judgeOf(stepWith({ output_schema: schema }))
  expect(judge(reply('{"mood": "sad", "n": 2}'))).toEqual({ usable: true, answer: { mood: 'sad', n: 2 } })
  expect(judge(reply('{"n": 1.5}'))).toEqual({
    ...{ usable: false, kind: 'schema_mismatch', again: true },
    reason: 'The answer does not meet the schema: /mood is missing; /n must be integer, but is 1.5.',
  })
})

test('an enum in other letter case is taken in the spelling of the schema', async () => {
  const judge = await judgeOf(stepWith({ output_schema: schema }))
  expect(judge(reply('{"mood": "Happy"}'))).toEqual({ usable: true, answer: { mood: 'happy' } })
})

test.each([
  ['no JSON', 'Sorry.', 'invalid_json'],
  ['null', 'null', 'empty_answer'],
  ['nothing', '', 'empty_answer'],
])('%s is worth asking again', async (_what, text, kind) => {
  expect((await judgeOf(stepWith()))(reply(text))).toMatchObject({ usable: false, kind, again: true })
})

test.each([
  [
    'max_tokens',
    'max_tokens',
    'The answer was cut off at max_tokens (4096). Raise max_tokens of the step or the template, or ask for less.',
  ],
  [
    'refusal',
    'refusal',
    'The model refused to answer. Its words are in the reply file; change the prompt or the item.',
  ],
  ['pause_turn', 'stopped_early', 'The model stopped early (pause_turn), so its answer is not whole.'],
])(
  'a reply that ended by %s fails of its own kind, whatever it says, and is not asked for again',
  async (stop, kind, reason) => {
    const expected = { usable: false, kind, reason, again: false }
    expect((await judgeOf(stepWith()))(reply('{"a": 1}', stop))).toEqual(expected)
    expect((await judgeOf(stepWith({ batch_mode: false, output_file: 'a.md' })))(reply('Text', stop))).toEqual(expected)
  },
)

test('a stop sequence is an end like another', async () => {
  expect((await judgeOf(stepWith()))(reply('1', 'stop_sequence'))).toEqual({ usable: true, answer: 1 })
})

test('only a single call with a .md or .txt output keeps text as text', () => {
  const single = (output_file: string) => isTextOutput({ batch_mode: false, output_file })
  expect([single('a.md'), single('a.TXT'), single('a.json'), single('a.md.json')]).toEqual([true, true, false, false])
  expect(isTextOutput({ batch_mode: true, output_file: 'a.md' })).toBe(false)
})

test('text is kept as it came; an empty one is unusable', async () => {
  const judge = await judgeOf(stepWith({ batch_mode: false, output_file: 'a.md' }))
  expect(judge(reply(' # Title\n{"a": 1}\n'))).toEqual({ usable: true, answer: ' # Title\n{"a": 1}\n' })
  expect(judge(reply(' \n'))).toEqual({
    ...{ usable: false, kind: 'empty_answer', again: true },
    reason: 'The answer is empty.',
  })
})

test('the second ask holds the prompt, the reply and the reason', () => {
  expect(askAgain({ prompt: 'P', reply: 'Sorry. \n', reason: 'Why.' }, stepWith())).toEqual([
    { role: 'user', content: 'P' },
    { role: 'assistant', content: 'Sorry.' },
    { role: 'user', content: 'Why. Answer again with only the JSON value, without any other text.' },
  ])
})

test('an ask for text again does not speak of JSON', () => {
  const wanted = { prompt: 'P', reply: '', reason: 'The answer is empty.' }
  const again = [{ role: 'user', content: 'P\n\nThe answer is empty. Answer again.' }]
  expect(askAgain(wanted, stepWith({ answer_format: 'text' }))).toEqual(again)
  expect(askAgain(wanted, stepWith({ batch_mode: false, output_file: 'a.md' }))).toEqual(again)
})

test('half an emoji in a reply or a reason is not sent', () => {
  const turns = askAgain({ prompt: 'P', reply: 'a\ud83d', reason: 'Unexpected token \ud83d.' }, stepWith())
  expect(turns.map(({ content }) => content)).toEqual([
    'P',
    'a\ufffd',
    'Unexpected token \ufffd. Answer again with only the JSON value, without any other text.',
  ])
})

test('half an emoji in an answer is kept as U+FFFD, exact numbers as they are', async () => {
  const judge = await judgeOf(stepWith())
  expect(judge(reply('{"a\\ude00": ["\\ud83d"], "b": 1.10}'))).toEqual({
    usable: true,
    answer: parseJson('{"a\ufffd": ["\ufffd"], "b": 1.10}'),
  })
})

test('a text answer is kept as it came, whatever it looks like, under text', async () => {
  const judge = await judgeOf(stepWith({ answer_format: 'text' }))
  for (const text of [' Hello.\n', '{"a": 1}', 'null', '```json\n1\n```'])
    expect(judge(reply(text))).toEqual({ usable: true, answer: { text } })
  // The second has a zero-width space and a soft hyphen: nothing that could be seen.
  for (const blank of [' \n', '\u200b\u00ad'])
    expect(judge(reply(blank))).toEqual({
      ...{ usable: false, kind: 'empty_answer', again: true },
      reason: 'The answer is empty.',
    })
  expect(judge(reply('Half a', 'max_tokens'))).toMatchObject({ usable: false, kind: 'max_tokens', again: false })
})

test('an empty reply makes no turn, as the API refuses an empty one', () => {
  expect(askAgain({ prompt: 'P', reply: ' \n', reason: 'Why.' }, stepWith())).toEqual([
    { role: 'user', content: 'P\n\nWhy. Answer again with only the JSON value, without any other text.' },
  ])
})

const ids = (answer: string, change: Parameters<typeof stepWith>[0] = {}, id_json = '4001') => {
  const { output, overwritten } = withIds(parseJson(answer), { id_json, output_id: 7 }, stepWith(change))
  return { text: JSON.stringify(output), overwritten }
}

test('the id stands in front of the answer, as it stands in the input', () => {
  expect(ids('{"a": 1.10}')).toEqual({ text: '{"id":4001,"a":1.10}', overwritten: [] })
  expect(ids('{"a": 1}', {}, '"4001"')).toEqual({ text: '{"id":"4001","a":1}', overwritten: [] })
  expect(ids('{"a": 1}', {}, '9007199254740993')).toEqual({ text: '{"id":9007199254740993,"a":1}', overwritten: [] })
})

test('with an output id field the sequential id comes first, then the source id', () => {
  expect(ids('{"a": 1}', { output_id_field: 'nr', id_field: 'key' })).toEqual({
    text: '{"nr":7,"source_key":4001,"a":1}',
    overwritten: [],
  })
})

test('an answer that is no object stands under value', () => {
  expect([ids('[1]').text, ids('"a"').text, ids('1.10').text, ids('false').text]).toEqual([
    '{"id":4001,"value":[1]}',
    '{"id":4001,"value":"a"}',
    '{"id":4001,"value":1.10}',
    '{"id":4001,"value":false}',
  ])
})

test('what the model writes into an identity field is overwritten and named', () => {
  expect(ids('{"a": 1, "id": 5}')).toEqual({ text: '{"id":4001,"a":1}', overwritten: ['id'] })
  expect(ids('{"source_id": "x", "nr": null}', { output_id_field: 'nr' })).toEqual({
    text: '{"nr":7,"source_id":4001}',
    overwritten: ['nr', 'source_id'],
  })
})

test('a model that repeats the id as it is has overwritten nothing', () => {
  expect(ids('{"id": 4001, "a": 1}')).toEqual({ text: '{"id":4001,"a":1}', overwritten: [] })
  expect(ids('{"id": "4001", "a": 1}').overwritten).toEqual(['id'])
})

test('an answer that has the source id field but not the output id keeps its own', () => {
  expect(ids('{"id": 5}', { output_id_field: 'nr' }).text).toBe('{"nr":7,"source_id":4001,"id":5}')
})
