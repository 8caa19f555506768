import { describe, expect, test } from 'vitest'
import { Where, WhereFails, WhereInvalid } from '../../../core/choice/where.ts'
import type { LedgerLine } from '../../../core/documents.ts'
import { parseJson } from '../../../core/text/json.ts'

const item = { id: 1, grade: 5, topic: 'money', answer: 'own', tags: [{ answer: 7 }], 'US Gross': 1000 }
const answer = { text: 'A coin', tags: ['b'] }
const ledger = { state: 'failed', error: { kind: 'refusal' } } as LedgerLine

async function takes(text: string, judged: object = { item, answer, ledger }): Promise<boolean> {
  return (await Where.compile(text)).takes(judged as { item: undefined })
}

describe('what an expression takes', () => {
  test.each([
    ['grade >= 4 and topic = "money"', true],
    ['`US Gross` > 1000', false],
    ['answer.text = "A coin" and ledger.error.kind = "refusal"', true],
    ['$answer.text = "A coin" and $ledger.state = "failed"', true],
    ['$item.answer = "own" and $item.grade = 5', true],
    ['tags[answer = 7]', true],
    ['$count(*) = 5 and $not("A coin" in **)', true],
    ['$contains(answer.text, /^a C/i) and $match(answer.text, /(c)oin/).groups[0] = "c"', true],
    ['$count($split(answer.text, /o/)) = 2 and $replace(answer.text, /[oi]/, "-") = "A c--n"', true],
    ['missing', false],
    ['0', false],
    ['$exists(answer.none)', false],
    ['[false, true]', true],
  ])('%s: %s', async (text, expected) => {
    expect(await takes(text)).toBe(expected)
  })

  test('an item without answer is like one whose fields are missing', async () => {
    expect(await takes('answer.text = "x"', { item })).toBe(false)
    expect(await takes('$not($exists(answer)) and $not($exists(ledger))', { item })).toBe(true)
  })

  test('an item that is no object is $item', async () => {
    expect(await takes('$item > 3', { item: 4 })).toBe(true)
  })

  test('numbers that are kept as text count as numbers', async () => {
    expect(await takes('price = 1.1 and big > 1e20', { item: parseJson('{"price": 1.10, "big": 1e400}') })).toBe(true)
  })
})

describe('what cannot be worked out or used', () => {
  test('a comparison of text and number says how to read the number', async () => {
    await expect(takes('topic >= 4')).rejects.toThrow(WhereFails)
    await expect(takes('topic >= 4')).rejects.toThrow('(a text that holds a number: $number(grade) >= 4)')
  })

  test.each([
    ['($f := function(){$f()}; $f())', /^it takes longer than 2 seconds$/],
    ['($f := function($n){1 + $f($n)}; $f(1))', /^(Stack|.*stack)/i],
    ['[1..9999999]', /sequence length/],
  ])('%s ends', async (text, reason) => {
    await expect(takes(text)).rejects.toThrow(reason)
  })

  test('a pattern that would take a lifetime in JavaScript takes no time', async () => {
    expect(await takes('$contains(text, /^(a+)+$/)', { item: { text: `${'a'.repeat(5_000)}b` } })).toBe(false)
  })

  test.each([
    [
      'grade >',
      'cannot be read at character 7: Unexpected end of expression. Expected JSONata, such as grade >= 4 and topic = "money"',
    ],
    ['grade == 4', 'JSONata compares with one ='],
    ['grade && x', 'it joins conditions with and, or'],
    ['$random() > 0.5', 'cannot use $random(), which gives another result each time'],
    ['$eval("answer")', 'cannot use $eval(), which could read anything'],
    ['$millis() > 0', 'cannot use $millis()'],
    ['ledger.stat = "failed"', 'names ledger.stat, which no ledger line has. Did you mean state?'],
    ['$contains(topic, /(?=x)/)', 'has the pattern /(?=x)/, which cannot be searched in linear time'],
  ])('%s is refused', async (text, reason) => {
    await expect(Where.compile(text)).rejects.toThrow(WhereInvalid)
    await expect(Where.compile(text)).rejects.toThrow(new RegExp(reason.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i'))
  })

  test('names that nothing has are told, if there was something to ask about', async () => {
    const where = await Where.compile('topic = money and answer.txt = "x"')
    expect(where.warnings()).toEqual([])
    await where.takes({ item, answer, ledger })
    expect(where.warnings()).toEqual([
      expect.stringMatching(/^No item has the field money, which `topic = money and answer\.txt = "x"` names\./),
      expect.stringMatching(/^No answer has the field txt,/),
    ])
  })
})

describe('what an expression reads', () => {
  test.each([
    ['grade >= 4', ['grade'], null, null],
    ['tags[answer = 1]', ['tags'], null, null],
    ['tags[$$.answer.x = 1]', ['tags'], ['x'], null],
    ['a.(answer)', ['a'], null, null],
    ['$.answer.x', [], ['x'], null],
    ['$item.answer', ['answer'], null, null],
    ['($x := answer; $x.foo)', [], [], null],
    ['$map(tags, function($v){ $v.answer = answer.z })', ['tags'], ['z'], null],
    ['grade > 3 ? answer.q : ledger.state', ['grade'], ['q'], ['state']],
    ['$count(answer.tags[name = "q"])', [], ['tags'], null],
    ['tags^(>answer)', ['tags'], null, null],
  ])('%s', async (text, fields, answers, ledgers) => {
    const { reads } = await Where.compile(text)
    const list = (some: Set<string> | null) => (some === null ? null : [...some])
    expect([list(reads.item), list(reads.answer), list(reads.ledger), reads.wholeItem]).toEqual([
      fields,
      answers,
      ledgers,
      false,
    ])
  })

  test.each(['**.text', '*', '$item > 3', '$string($)', '$keys($$)'])('%s reads the whole item', async (text) => {
    expect((await Where.compile(text)).readsItem).toBe(true)
  })
})
