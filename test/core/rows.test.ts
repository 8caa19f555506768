import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText } from '../../core/json.ts'
import { JsonInvalid } from '../../core/json-array.ts'
import { pointerParts, rowsOf, splitPointer } from '../../core/rows.ts'
import { cutAt, cutEvery } from './chunks.ts'

async function rows(path: string, content: string | Uint8Array, size = 5): Promise<string[]> {
  return Array.fromAsync(rowsOf(splitPointer(path), cutEvery(size, content)), ({ value }) => jsonText(value))
}

async function problem(path: string, content: string | Uint8Array, size = 5): Promise<string> {
  try {
    return `no problem: ${await rows(path, content, size)}`
  } catch (error) {
    if (error instanceof JsonInvalid) return error.message
    throw error
  }
}

test('a path splits at its pointer', () => {
  expect(splitPointer('inputs/a.json#/data/items')).toEqual({ path: 'inputs/a.json', pointer: '/data/items' })
  expect(splitPointer('inputs/a.json')).toEqual({ path: 'inputs/a.json', pointer: '' })
})

test('a pointer has parts, with ~1 for a slash and ~0 for a tilde', () => {
  expect(['', '/', '/data/items', '/a~1b/c~0d', '/~01', '/0'].map(pointerParts)).toEqual([
    [],
    [],
    ['data', 'items'],
    ['a/b', 'c~d'],
    ['~1'],
    ['0'],
  ])
})

test('.json is an array, or points to one', async () => {
  expect(await rows('a.JSON', '[{"id": 1}, 2.50]')).toEqual(['{"id":1}', '2.50'])
  expect(await rows('a.json#/data', '{"data": [1, 2]}')).toEqual(['1', '2'])
})

test('only .json can be pointed into', async () => {
  expect(await problem('a.csv#/data', 'id\n1')).toBe('is a .csv file. #/data can point only into a .json file')
})

test('another ending is refused', async () => {
  expect(await problem('a.xml', '<a/>')).toBe('has the ending .xml. Expected .json, .jsonl, .csv')
})

test('.jsonl has one value a line; empty lines, CRLF and a BOM do not matter', async () => {
  for (const size of [1, 4, 100]) {
    const text = '\uFEFF{"id": 1.10, "a": "é"}\r\n\r\n  \n"b"\nnull'
    expect(await rows('a.jsonl', text, size)).toEqual(['{"id":1.10,"a":"é"}', '"b"', 'null'])
  }
})

test('.jsonl rows come with their line', async () => {
  const found = await Array.fromAsync(rowsOf({ path: 'a.jsonl', pointer: '' }, cutEvery(3, '1\n\n2\n')))
  expect(found).toEqual([
    { value: 1, line: 1 },
    { value: 2, line: 3 },
  ])
})

test('.jsonl that is broken is refused with the line', async () => {
  expect(await problem('a.jsonl', '{"a": 1}\n\n{"a": \n')).toBe(
    'is not JSON Lines (line 3, column 7): value expected. Expected one JSON value on each line',
  )
})

test('.csv has a header; every cell is a text', async () => {
  expect(await rows('a.csv', 'id,text\n007,1.10\n2,\n')).toEqual(['{"id":"007","text":"1.10"}', '{"id":"2","text":""}'])
})

test('.csv may have a BOM, CRLF, empty lines, quotes, and newlines and commas in a cell', async () => {
  const text = '\uFEFFid,"te""xt"\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2, é \r\n'
  for (const size of [1, 4, 100]) {
    expect(await rows('a.csv', text, size)).toEqual([
      '{"id":"1","te\\"xt":"two\\r\\nlines, \\"quoted\\""}',
      '{"id":"2","te\\"xt":" é "}',
    ])
  }
})

test('.csv with a header alone, or with nothing, has no rows', async () => {
  expect(await rows('a.csv', 'id,text\n')).toEqual([])
  expect(await rows('a.csv', '')).toEqual([])
})

test('.csv with a column twice is refused', async () => {
  expect(await problem('a.csv', 'id,text,id\n1,a,2\n')).toBe('has the column id twice. Expected each column once')
})

test('.csv with a row of another length is refused with the line', async () => {
  expect(await problem('a.csv', 'id,text\n1,a\n2,b,c\n')).toBe(
    'is not CSV with a header line: Invalid Record Length: columns length is 2, got 3 on line 3',
  )
})

test('.csv with a quote that never closes is refused with the line', async () => {
  expect(await problem('a.csv', 'id,text\n1,"a\n2,b\n')).toMatch(/^is not CSV with a header line: .*line \d/)
})

test.each(['a.csv', 'a.jsonl'])('%s that is not UTF-8 is refused, wherever the byte stands', async (path) => {
  const latin = (text: string) => Buffer.from(text, 'latin1')
  const texts = path === 'a.csv' ? ['id,caf\xe9\n1,2\n', 'id,b\n1,caf\xe9'] : ['"caf\xe9"\n1\n', '1\n"caf\xe9"']
  for (const text of texts) {
    for (const size of [1, 4, 100]) {
      expect(await problem(path, latin(text), size)).toBe('is not UTF-8. Save it again with that encoding')
    }
  }
  const utf16 = Buffer.from('\uFEFFid\n1\n', 'utf16le')
  expect(await problem(path, utf16)).toBe('is not UTF-8. Save it again with that encoding')
})

test('.csv that turns out broken while a row is worked on is refused in its turn', async () => {
  const found: string[] = []
  const working = Promise.withResolvers<void>()
  async function* source() {
    yield Buffer.from(`id\n${'1\n'.repeat(100)}`)
    await working.promise
    yield Buffer.from([0xff])
  }
  const reading = async () => {
    for await (const { value } of rowsOf({ path: 'a.csv', pointer: '' }, source())) {
      found.push(jsonText(value))
      working.resolve()
      // Long enough for the reading side to come to the wrong byte.
      await wait(20)
    }
  }
  await expect(reading()).rejects.toThrow('is not UTF-8')
  expect(found[0]).toBe('{"id":"1"}')
})

test.each(['a.json', 'a.jsonl', 'a.csv'])('whoever stops reading %s lets go of the file', async (path) => {
  let closed = false
  async function* source() {
    try {
      const row = path === 'a.json' ? '[1,' : '1\n'
      yield Buffer.from(row)
      for (;;) yield Buffer.from(path === 'a.json' ? '1,' : `${'1\n'.repeat(1000)}`)
    } finally {
      closed = true
    }
  }
  for await (const _row of rowsOf({ path, pointer: '' }, source())) break
  expect(closed).toBe(true)
})

test.each(['a.jsonl', 'a.csv'])('any %s cut anywhere has the same rows', async (path) => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 5 }).filter((text) => !/[",\r\n\uFEFF]/.test(text))
  await fc.assert(
    fc.asyncProperty(fc.array(cell), fc.array(fc.nat(100)), async (cells, places) => {
      const values = cells.map((text, at) => ({ id: String(at), text }))
      const lines = path === 'a.csv' ? values.map(({ id, text }) => `${id},"${text}"`) : values.map((v) => jsonText(v))
      const text = (path === 'a.csv' ? ['id,text', ...lines] : lines).join('\n')
      const found = await Array.fromAsync(rowsOf({ path, pointer: '' }, cutAt(places, text)), ({ value }) => value)
      expect(found).toEqual(values)
    }),
  )
})
