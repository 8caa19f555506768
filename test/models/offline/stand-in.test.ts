import { expect, test } from 'vitest'
import { compileSchema } from '../../../core/answers/schema-check.ts'
import type { Question } from '../../../core/model.ts'
import { StandIn } from '../../../models/offline/stand-in.ts'
import { textFor } from '../../../models/offline/text-matching-pattern.ts'

const options = { deadline: Infinity, signal: new AbortController().signal, onRetry: unexpected }

function unexpected(): never {
  throw new Error('the stand-in never retries')
}

function question(content: string, output_schema: Question['output_schema'] = null): Question {
  return {
    model: 'claude-haiku-5-5',
    max_tokens: 4096,
    effort: null,
    thinking: 'off',
    system: null,
    output_schema,
    turns: [{ role: 'user', content }],
  }
}

test('the same prompt gets the same JSON object, another prompt another', async () => {
  const model = new StandIn()
  const first = await model.ask(question('Write a problem about fractions for item 4001.'), options)
  expect(await model.ask(question('Write a problem about fractions for item 4001.'), options)).toMatchObject({
    text: first.text,
  })
  const other = await model.ask(question('Write a problem about fractions for item 4002.'), options)
  expect(other.text).not.toBe(first.text)
  expect(JSON.parse(first.text)).toMatchObject({
    prompt_characters: 46,
    text: expect.any(String),
    number: expect.any(Number),
  })
})

test('a reply says that it is made up, what it would weigh, and that one call was made', async () => {
  const reply = await new StandIn().ask({ ...question('seven c'), system: 'seven c' }, options)
  expect(reply).toEqual({
    text: reply.text,
    stop_reason: 'end_turn',
    model: 'stand-in',
    tokens: {
      input_tokens: 4,
      output_tokens: Math.ceil(reply.text.length / 3.5),
      cache_read_tokens: 0,
      cache_write_tokens: 0,
    },
    request_id: null,
    attempts: 1,
    milliseconds: expect.any(Number),
  })
})

const text = { type: 'string' }

test.each([
  ['types', { a: text, b: { type: 'integer' }, c: { type: 'number' }, d: { type: 'boolean' }, e: { type: 'null' } }],
  [
    'choices',
    {
      a: { enum: ['x', 2, null] },
      b: { const: 'y' },
      c: { type: ['string', 'null'] },
      d: { anyOf: [text, { type: 'null' }] },
    },
  ],
  [
    'arrays',
    {
      a: { type: 'array', items: { type: 'object', properties: { a: text }, required: ['a'] } },
      b: { type: 'array', items: text, minItems: 5 },
    },
  ],
  [
    'references',
    {
      a: { $ref: '#/$defs/hint' },
      b: { allOf: [{ $ref: '#/$defs/hint' }, { type: 'object', properties: { more: text }, required: ['more'] }] },
    },
  ],
  ['a schema that contains itself', { a: { $ref: '#' } }],
  ['a list that contains itself', { a: { type: 'array', items: { $ref: '#' } } }],
  [
    'formats',
    Object.fromEntries(
      'date-time time date duration email hostname uri ipv4 ipv6 uuid'
        .split(' ')
        .map((format) => [format, { type: 'string', format }]),
    ),
  ],
  [
    'limits',
    {
      a: { type: 'integer', minimum: 3, maximum: 4 },
      b: { ...text, minLength: 200 },
      c: { ...text, maxLength: 4 },
      d: { type: 'number', multipleOf: 0.1 },
    },
  ],
  ['patterns', { a: { ...text, pattern: '^[A-Z]{2}-\\d{3,5}$' }, b: { ...text, pattern: '^(yes|no)[^a-z]?$' } }],
])('an answer meets its schema: %s', async (name, properties) => {
  const contains = name.startsWith('a schema')
  const schema = {
    type: 'object',
    properties: contains ? { a: { anyOf: [{ $ref: '#' }, { type: 'null' }] } } : properties,
    required: Object.keys(properties),
    additionalProperties: false,
    $defs: { hint: { type: 'object', properties: { text }, required: ['text'] } },
  }
  const check = await compileSchema(schema)
  for (let item = 0; item < 30; item++) {
    const asked = question(`Explain topic ${item} to a child of ten.`, schema as unknown as Question['output_schema'])
    const { text } = await new StandIn().ask(asked, options)
    expect(check(JSON.parse(text)).problems).toEqual([])
  }
})

test('optional properties are there too, and texts consist of words of the prompt', async () => {
  const schema = { type: 'object', properties: { title: text } }
  const reply = await new StandIn().ask(question('ada bee cat dog elk fox', schema), options)
  expect(JSON.parse(reply.text).title).toMatch(/^[A-F][a-z]+( [a-z]{3})*$/)
})

test('a tree whose branches are optional ends', async () => {
  const tree = { type: 'object', properties: { left: { $ref: '#' }, name: text } }
  const reply = await new StandIn().ask(question('a tree', tree), options)
  const check = await compileSchema(tree)
  expect(check(JSON.parse(reply.text)).problems).toEqual([])
})

test('an empty prompt still gets an answer', async () => {
  const schema = { type: 'object', properties: { title: text } }
  expect(JSON.parse((await new StandIn().ask(question('', schema), options)).text).title).toMatch(/^Text \d+$/)
})

test('a stopped run gets no answer', async () => {
  const stopped = { ...options, signal: AbortSignal.abort(new Error('stopped')) }
  await expect(new StandIn().ask(question('a'), stopped)).rejects.toThrow('stopped')
})

test('a pattern beyond the simple ones gets no text', () => {
  expect(['(?=a)a', '(a', '\\p{L}', '[^\\s\\S]'].map((pattern) => textFor(pattern, () => 0))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
