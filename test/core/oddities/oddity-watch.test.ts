import { expect, test } from 'vitest'
import type { Oddity } from '../../../core/documents.ts'
import { OddityWatch, type WatchedItem } from '../../../core/oddities/oddity-watch.ts'

interface Watched {
  answers: unknown[]
  schema?: object | null
  items?: unknown[]
  line?: (at: number) => Partial<WatchedItem>
}

/** What is found odd; ids are the places from 1. */
function odd({ answers, schema = null, items, line = () => ({}) }: Watched): Oddity[] {
  const step = { batch_mode: true, output_file: 'a.json', output_schema: schema as never }
  const watch = new OddityWatch(step, ['id'])
  for (const [at, answer] of answers.entries()) {
    const item = items === undefined ? null : JSON.stringify(items[at])
    const text = JSON.stringify({ id: at + 1, ...(answer as object) }, null, 2)
    watch.add({ root_id: String(at + 1), fingerprint: `f${at}`, cost_usd: 0.001, answer: text, item, ...line(at) })
  }
  return watch.found()
}

const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))
/** Texts that differ and are about as long. */
const usual = (at: number) => ({
  text: `The answer number ${at} is as long as all the others, more or less, and differs.`,
})
const brief = (found: Oddity[]) =>
  found.map(({ kind, field, count, of, item_ids }) => [kind, field, count, of, item_ids])

test('answers that differ and have content are not odd', () => {
  expect(odd({ answers: many(100, usual) })).toEqual([])
})

test('an answer without any content is empty, whatever its form', () => {
  const nothing = [
    {},
    { text: ' ' },
    { text: '\u200b', tags: [] },
    { text: null, author: { name: '' } },
    { list: [[], {}, ''] },
  ]
  expect(odd({ answers: [...many(95, usual), ...nothing] })).toEqual([
    {
      kind: 'empty',
      count: 5,
      of: 100,
      item_ids: ['96', '97', '98'],
      message: '5 of 100 answers are empty: valid, but without any content',
      to_do: expect.stringContaining('rerun'),
    },
  ])
})

test('zero and false are content', () => {
  const answers = many(100, (at) => ({ n: at % 3, is: at % 2 === 0 }))
  expect(odd({ answers })).toEqual([])
})

test('a field that is empty in half of the answers is told, with its path', () => {
  const answers = many(10, (at) => ({ ...usual(at), author: { name: at < 5 ? '' : `n${at}` } }))
  expect(brief(odd({ answers }))).toEqual([['empty_field', 'author.name', 5, 10, ['1', '2', '3']]])
  answers[0]!.author.name = 'one'
  expect(odd({ answers })).toEqual([])
})

test('null counts as empty unless the schema allows it', () => {
  const answers = many(10, (at) => ({ ...usual(at), hint: null }))
  expect(brief(odd({ answers }))).toEqual([['empty_field', 'hint', 10, 10, ['1', '2', '3']]])
  const schema = { type: 'object', properties: { hint: { anyOf: [{ type: 'string' }, { type: 'null' }] } } }
  expect(odd({ answers, schema })).toEqual([])
})

test('one value everywhere is told from ten answers on, not where the schema leaves no choice', () => {
  const answers = many(10, (at) => ({ ...usual(at), level: 'easy' }))
  expect(odd({ answers }).map(({ message }) => message)).toEqual(['level is "easy" in all 10 answers'])
  expect(odd({ answers: answers.slice(1) })).toEqual([])
  const schema = { properties: { level: { const: 'easy' } } }
  expect(odd({ answers, schema })).toEqual([])
  expect(odd({ answers: [...answers, { ...usual(11), level: 'hard' }] })).toEqual([])
})

test('numbers are compared to their last digit', () => {
  const watch = new OddityWatch({ batch_mode: true, output_file: 'a.json', output_schema: null }, ['id'])
  for (let at = 10; at < 30; at++)
    watch.add({
      root_id: `${at}`,
      fingerprint: `${at}`,
      cost_usd: 0,
      item: null,
      answer: `{"id": 1, "n": 900719925474099${at}}`,
    })
  expect(watch.found()).toEqual([])
})

test('values of the schema that no answer has are told, those in lists too', () => {
  const schema = {
    $defs: { level: { enum: ['easy', 'hard', 'never', null] } },
    properties: {
      level: { $ref: '#/$defs/level' },
      tags: { type: 'array', items: { enum: ['a', 'b', 'c'] } },
    },
  }
  const answers = many(40, (at) => ({
    ...usual(at),
    level: at % 2 === 0 ? 'easy' : 'hard',
    tags: at % 2 === 0 ? ['a'] : ['b', 'a'],
  }))
  const found = odd({ answers, schema })
  expect(brief(found)).toEqual([
    ['unused_value', 'level', 1, 3, []],
    ['unused_value', 'tags[]', 1, 3, []],
  ])
  expect(found.map(({ message }) => message)).toEqual(['level is never "never"', 'tags[] is never "c"'])
  expect(odd({ answers: answers.slice(0, 14), schema })).toEqual([])
})

test('texts far longer or shorter than the others are told, the farthest first', () => {
  const answers: object[] = many(100, usual)
  answers[3] = { text: 'x'.repeat(900) }
  answers[7] = { text: 'y'.repeat(5000) }
  answers[9] = { text: 'No.' }
  const schema = { properties: { text: { type: 'string' } } }
  const long = answers.map((answer) => ({ ...answer, text: `${(answer as { text: string }).text}` }))
  const found = odd({ answers: long, schema })
  expect(found).toEqual([
    expect.objectContaining({ kind: 'long', field: 'text', count: 2, of: 100, item_ids: ['8', '4'] }),
  ])
  const longer = long.map(({ text }) => ({ text: text.length > 3 ? text.repeat(2) : text }))
  expect(brief(odd({ answers: longer }))).toEqual([
    ['short', 'text', 1, 100, ['10']],
    ['long', 'text', 2, 100, ['8', '4']],
  ])
})

test.each([
  "I'm sorry, but I can't help with that.",
  'I’m unable to see the image you mention.',
  'As an AI, I have no taste.',
  'Please provide the text that you want me to rate.',
  'Es tut mir leid, aber ich kann dabei nicht helfen.',
  'Je suis désolé, mais je ne peux pas répondre.',
  'Lo siento, pero no puedo hacerlo.',
])('this sounds like a refusal: %s', (text) => {
  expect(brief(odd({ answers: [...many(5, usual), { notes: [{ text }] }] }))).toEqual([
    ['refusal', undefined, 1, 6, ['6']],
  ])
})

test.each([
  'I am sorry for the delay; your parcel left today.',
  'Please provide two examples in your essay next time.'.slice(7),
  `${'A story. '.repeat(40)}"As an AI," said the robot.`,
])('this does not: %s', (text) => {
  expect(odd({ answers: [...many(5, usual), { text }] })).toEqual([])
})

test('the same answer of items that were asked differently is told; a short one may well be the same', () => {
  const answers = many(10, (at) => usual(at % 8))
  expect(brief(odd({ answers }))).toEqual([['same_answer', undefined, 2, 10, ['9', '10']]])
  expect(odd({ answers, line: (at) => ({ fingerprint: `f${at % 8}` }) })).toEqual([])
  expect(odd({ answers: many(9, (at) => ({ kind: ['short', 'same'][at % 2] })) })).toEqual([])
})

test('an answer that only repeats its item is told, if the item is known', () => {
  const items = many(6, (at) => ({ id: at, source: { text: `A sentence to translate, number ${at}.` }, lang: 'de' }))
  const answers = items.map(({ source }, at) =>
    at < 2 ? { text: `${source.text} ` } : { text: `Ein Satz, Nummer ${at}` },
  )
  expect(brief(odd({ answers, items }))).toEqual([['same_as_item', undefined, 2, 6, ['1', '2']]])
  expect(odd({ answers })).toEqual([])
})

test('items that cost more than ten times as much as most are told', () => {
  const found = odd({ answers: many(40, usual), line: (at) => ({ cost_usd: at === 30 ? 0.5 : 0.002 + at / 1e6 }) })
  expect(brief(found)).toEqual([['cost', undefined, 1, 40, ['31']]])
  expect(found[0]?.message).toBe('1 of 40 items cost far more than the others: up to $0.5, most about $0.0019')
  expect(odd({ answers: many(40, usual), line: () => ({ cost_usd: null }) })).toEqual([])
})

test('answers with free keys do not make it grow without end, and one that is no JSON ends nothing', () => {
  const answers = many(1000, (at) => ({ [`key${at}`]: `value ${at}` }))
  expect(odd({ answers })).toEqual([])
  const watch = new OddityWatch({ batch_mode: true, output_file: 'a.json', output_schema: null }, ['id'])
  watch.add({ root_id: '1', fingerprint: null, cost_usd: null, item: '{', answer: '{broken' })
  expect(watch.found()).toEqual([])
})
