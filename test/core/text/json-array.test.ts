import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText } from '../../../core/text/json.ts'
import { arrayElements, JsonInvalid } from '../../../core/text/json-array.ts'
import { cutAt, cutEvery } from '../chunks.ts'

async function elements(content: string | Uint8Array, pointer: string[] = [], size = 7): Promise<string[]> {
  const found: string[] = []
  for await (const { value } of arrayElements(cutEvery(size, content), pointer)) found.push(jsonText(value))
  return found
}

async function problem(content: string | Uint8Array, pointer: string[] = []): Promise<string> {
  const answers = await Promise.all(
    [1, 3, 1000].map((size) =>
      elements(content, pointer, size).then(
        (found) => `no problem: ${found}`,
        (error) => (error instanceof JsonInvalid ? error.message : `${error}`),
      ),
    ),
  )
  return [...new Set(answers)].join(' OR ')
}

test('the elements of an array come one after another, digits as in the source', async () => {
  expect(await elements('[{"id": 1.10}, "a,]", [1, [2]], null, true, 1e400, {}]')).toEqual([
    '{"id":1.10}',
    '"a,]"',
    '[1,[2]]',
    'null',
    'true',
    '1e400',
    '{}',
  ])
})

test('an empty array has no elements', async () => {
  expect(await elements('[]')).toEqual([])
  expect(await elements(' \n[ \r\n ]\t')).toEqual([])
})

test('brackets, commas, quotes and backslashes in texts are text', async () => {
  const texts = ['"]"', '"a\\"]"', '"\\\\"', '"\\\\\\""', '{"}":"{\\\\"}', '",:"']
  expect(await elements(`[${texts.join(', ')}]`, [], 1)).toEqual(texts)
})

test('a BOM and CRLF are taken', async () => {
  expect(await elements('\uFEFF[\r\n  {"id": 1},\r\n  {"id": 2}\r\n]\r\n', [], 1)).toEqual(['{"id":1}', '{"id":2}'])
})

test('each element comes with the line on which it begins', async () => {
  const text = '[\n 1,\r\n\r\n {"a":\n  2},\n "x", 3\n]'
  for (const size of [1, 5, 100]) {
    const found = await Array.fromAsync(arrayElements(cutEvery(size, text)))
    expect(found.map(({ line }) => line)).toEqual([2, 4, 6, 6])
  }
})

test('a pointer leads to an array inside', async () => {
  const text = '{"a": [0], "data": {"skip": {"items": [9]}, "items": [1, 2], "more": 3}, "z": "]"}'
  expect(await elements(text, ['data', 'items'])).toEqual(['1', '2'])
  expect(await elements('{"": {"a/b": [1]}}', ['', 'a/b'])).toEqual(['1'])
})

test('a pointer leads through arrays by place, and through all of them by *', async () => {
  const catalog =
    '{"departments": [{"products": [1, 2]}, {"name": "empty"}, {"products": [3]}], "x": {"a": {"n": [4]}, "b": {"n": [5]}}}'
  expect(await elements(catalog, ['departments', '*', 'products'])).toEqual(['1', '2', '3'])
  expect(await elements(catalog, ['departments', '2', 'products'])).toEqual(['3'])
  expect(await elements(catalog, ['x', '*', 'n'])).toEqual(['4', '5'])
  expect(await elements(catalog, ['x', '*'])).toEqual(['{"n":[4]}', '{"n":[5]}'])
  expect(await elements('[[1, 2], [3]]', ['*', '*'])).toEqual(['1', '2', '3'])
})

test('an object is an array of its entries where that is wanted', async () => {
  const text = '{"a": {"n": 1.10},\n "b": [2]}'
  const found = await Array.fromAsync(arrayElements(cutEvery(3, text), [], { entries: true }))
  expect(found.map(({ value, line }) => [jsonText(value), line])).toEqual([
    ['{"key":"a","value":{"n":1.10}}', 1],
    ['{"key":"b","value":[2]}', 2],
  ])
  expect(await Array.fromAsync(arrayElements(cutEvery(3, '{"x": {}}'), ['x'], { entries: true }))).toEqual([])
})

test('an item of 5 MB is read as one', async () => {
  const long = JSON.stringify({ id: 1, text: 'é"\\\n'.repeat(1_000_000) })
  expect(await elements(`[0, ${long}, 2]`, [], 64 * 1024)).toEqual(['0', long, '2'])
})

test('nothing is read behind the element that was asked for', async () => {
  let read = 0
  let closed = false
  async function* source() {
    try {
      for (const part of ['[1, ', '2, ', '3]']) {
        read += 1
        yield Buffer.from(part)
      }
    } finally {
      closed = true
    }
  }
  for await (const { value } of arrayElements(source())) if (value === 1) break
  expect({ read, closed }).toEqual({ read: 1, closed: true })
})

test.each([
  ['an empty file', '', [], 'is not JSON (line 1, column 1): value expected'],
  ['white space alone', ' \n ', [], 'is not JSON (line 2, column 2): value expected'],
  ['an array that is not closed', '[1, 2', [], 'is not JSON (line 1, column 6): expected , or ]'],
  ['an array that ends behind a comma', '[1,', [], 'is not JSON (line 1, column 4): value expected'],
  ['a comma behind the last element', '[1,\n 2,\n]', [], 'is not JSON (line 3, column 1): value expected'],
  ['two commas', '[1,,2]', [], 'is not JSON (line 1, column 4): value expected'],
  ['a missing comma', '[1\n 2]', [], 'is not JSON (line 2, column 2): expected , or ]'],
  ['a missing comma behind é', '["é" 2]', [], 'is not JSON (line 1, column 6): expected , or ]'],
  ['a missing comma behind lines with é', '[{"a":\n"éé"} 2]', [], 'is not JSON (line 2, column 7): expected , or ]'],
  ['a wrong bracket', '[1}', [], 'is not JSON (line 1, column 3): expected , or ]'],
  ['a wrong bracket inside', '[{"a": 1]]', [], 'is not JSON (line 1, column 9): comma expected'],
  ['a word that is none', '[1, nul]', [], 'is not JSON (line 1, column 5): invalid symbol'],
  ['single quotes', "[{'a': 1}]", [], 'is not JSON (line 1, column 3): invalid symbol'],
  ['a comment', '[\n// one\n1]', [], 'is not JSON (line 2, column 1): invalid comment token'],
  ['a missing colon', '[\r\n  {"é": 1,\r\n   "b" 2}]', [], 'is not JSON (line 3, column 8): colon expected'],
  ['a text that is not closed', '["ab', [], 'is not JSON (line 1, column 2): unexpected end of string'],
  ['a text that ends in a backslash', '["a\\', [], 'is not JSON (line 1, column 2): unexpected end of string'],
  ['a newline in a text', '["a\nb"]', [], 'is not JSON (line 1, column 2): unexpected end of string'],
  ['two arrays', '[1]\n[2]', [], 'is not JSON (line 2, column 1): expected the end of the file'],
  ['JSON lines', '{"a": 1}\n{"a": 2}', [], 'is not an array: the whole is an object. Expected a JSON array, [ … ]'],
  [
    'an object with arrays',
    '{"n": 1, "data": [1], "more": []}',
    [],
    "is not an array: the whole is an object. Expected a JSON array, [ … ], or point to one in it: #/data or #/more behind the file's name",
  ],
  ['a text', '"a"', [], 'is not an array: the whole is a text. Expected a JSON array, [ … ]'],
  ['a number', '1e400', [], 'is not an array: the whole is a number. Expected a JSON array, [ … ]'],
  ['null', 'null', [], 'is not an array: the whole is null. Expected a JSON array, [ … ]'],
  ['false', 'false', [], 'is not an array: the whole is true or false. Expected a JSON array, [ … ]'],
  [
    'a pointer that leads to no array',
    '{"a": {"b": 1}}',
    ['a'],
    'is not an array: #/a is an object. Expected a JSON array, [ … ]',
  ],
  ['a pointer to nothing', '{"a": 1, "b": 2}', ['c'], 'has no #/c. There is: a, b'],
  ['a pointer into an empty object', '{"a": {}}', ['a', 'b'], 'has no #/a/b. There is: nothing'],
  ['a pointer behind the last element', '[[1], [2]]', ['2'], 'has no #/2. There is an array of 2 elements, from 0'],
  ['a pointer that is no place', '{"a": [1]}', ['a', 'b'], 'has no #/a/b. There is an array of 1 elements, from 0'],
  ['a star that finds nothing', '{"a": [1, {"b": 1}]}', ['a', '*', 'c'], 'has nothing at #/a/*/c. There is: b'],
  [
    'a star that finds a text',
    '{"a": [{"b": "x"}]}',
    ['a', '*', 'b'],
    'is not an array: #/a/0/b is a text. Expected a JSON array, [ … ]',
  ],
  ['a pointer through a number', '{"a": 1}', ['a', 'b'], 'has no object at #/a, so #/a/b leads nowhere'],
  ['a key without quotes', '{a: [1]}', ['a'], 'is not JSON (line 1, column 2): expected a key in quotes'],
  ['a comma behind the last member', '{"a": [1],}', ['a'], 'is not JSON (line 1, column 11): expected a key in quotes'],
  ['a member without a colon', '{"a" [1]}', ['a'], 'is not JSON (line 1, column 6): expected :'],
  ['members without a comma', '{"a": [1] "b": 2}', ['a'], 'is not JSON (line 1, column 11): expected , or }'],
  ['an object that is not closed', '{"a": [1]', ['a'], 'is not JSON (line 1, column 10): expected , or }'],
])('%s is refused with its place', async (_what, text, pointer, message) => {
  expect(await problem(text, pointer)).toBe(message)
})

test('UTF-16 is refused, with either byte order', async () => {
  const little = Buffer.from('\uFEFF["a"]', 'utf16le')
  const message = 'is UTF-16. Expected UTF-8; save it again with that encoding'
  expect([await problem(little), await problem(Buffer.from(little).swap16())]).toEqual([message, message])
})

test('Latin-1 is refused with the line', async () => {
  expect(await problem(Buffer.from('[\n"caf\xe9"]', 'latin1'))).toBe(
    'is not UTF-8 (line 2). Save it again with that encoding',
  )
})

const place = fc.nat(400)
const arrayText = fc
  .tuple(fc.array(fc.jsonValue({ stringUnit: 'binary' }), { maxLength: 8 }), fc.constantFrom(0, 1, 2, '\t'))
  .map(([values, indent]) => ({ values, text: JSON.stringify(values, null, indent) }))

test('any array cut anywhere has the same elements', async () => {
  await fc.assert(
    fc.asyncProperty(arrayText, fc.array(place), async ({ values, text }, places) => {
      const found = await Array.fromAsync(arrayElements(cutAt(places, text)), ({ value }) => jsonText(value))
      expect(found).toEqual(values.map((value) => JSON.stringify(value)))
    }),
    { numRuns: 300 },
  )
})

test('any array cut at every byte has the same elements', async () => {
  await fc.assert(
    fc.asyncProperty(arrayText, async ({ values, text }) => {
      expect(await elements(text, [], 1)).toEqual(values.map((value) => JSON.stringify(value)))
    }),
  )
})

test('any text is an array exactly where JSON.parse says so, however it is cut', async () => {
  const unit = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '1', 'null', ' ', '\n', 'é', '"a"', '-', '.')
  await fc.assert(
    fc.asyncProperty(fc.string({ unit, maxLength: 12 }), fc.array(fc.nat(12)), async (inner, places) => {
      const text = `[${inner}]`
      const expected = arrayOrNull(text)
      const found = await Array.fromAsync(arrayElements(cutAt(places, text)), ({ value }) => value).catch((error) => {
        if (error instanceof JsonInvalid && /line \d+, column \d+/.test(error.message)) return null
        throw error
      })
      expect(found === null ? null : jsonText(found)).toEqual(expected)
    }),
    { numRuns: 2000 },
  )
})

function arrayOrNull(text: string): string | null {
  try {
    JSON.parse(text)
  } catch {
    return null
  }
  // Digits as in the source, white space dropped: no text of this alphabet has both.
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
}
