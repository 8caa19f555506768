import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsOf, splitPointer } from '../../../core/items/input-rows.ts'
import { jsonText } from '../../../core/text/json.ts'
import { JsonInvalid } from '../../../core/text/json-array.ts'
import { cutAt, cutEvery } from '../chunks.ts'

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
    { value: 1, line: 1, isTooDeep: false, size: 1 },
    { value: 2, line: 3, isTooDeep: false, size: 1 },
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

test('.csv with columns without a name is refused with their positions; one of them is a field', async () => {
  expect(await problem('a.csv', 'id,,text,\n1,,a,\n')).toBe(
    'has 2 columns without a name (columns 2, 4). Name them in the header, or take them out',
  )
  expect(await problem('a.csv', 'a,,b,a,,b\n')).toBe(
    'has 2 columns without a name (columns 2, 5). Name them in the header, or take them out. It has the columns a, b more than once. Expected each column once',
  )
  expect(await rows('a.csv', 'id,\n1,x\n')).toEqual(['{"id":"1","":"x"}'])
})

const remedy =
  'Expected 2 cells in each row. A cell with a comma, a quote or a line break in it stands in quotes, and a quote inside it is written twice'

test('.csv with wrong rows is refused with the line of each, whatever is wrong with it', async () => {
  const text = 'id,text\n1,a\n2,b,c\n3,"two\nlines"\n4\n5,"un"quoted\n6,un"quoted\n7,ok\n8,"open\n9,b\n'
  for (const content of [text, text.replaceAll('\n', '\r\n')])
    for (const size of [1, 3, 1000])
      expect(await problem('a.csv', content, size)).toBe(
        `has rows that do not fit its header of 2 columns: line 3 has 3 cells; line 6 has 1 cell; line 7 has text behind the closing quote of a cell; line 8 has a quote inside a cell that does not begin with one; line 10 opens a quote that never closes. ${remedy}`,
      )
})

test('.csv with very many wrong rows names twenty and counts the others', async () => {
  const found = await problem('a.csv', `id,text\n${'1,a\n2\n'.repeat(1000)}`)
  expect(found).toContain('line 3 has 1 cell; line 5 has 1 cell;')
  expect(found).toContain(`line 41 has 1 cell; and 980 more. ${remedy}`)
})

test('.csv with a wrong header is refused at once', async () => {
  expect(await problem('a.csv', 'id,te"xt\n1,a\n')).toBe(
    'is not CSV with a header line: line 1 has a quote inside a cell that does not begin with one',
  )
})

test('.csv of 100,000 columns takes no longer than as many cells', async () => {
  const names = Array.from({ length: 100_000 }, (_, at) => `column ${at}`)
  const found = await rows('a.csv', `${names.join(',')}\n${names.map((_, at) => at).join(',')}\n`, 64 * 1024)
  expect(Object.keys(JSON.parse(found[0] ?? ''))).toEqual(names)
})

/** What another reader of CSV makes of a text; null where it refuses it. */
function parsedElsewhere(text: string): Record<string, string>[] | null {
  try {
    return parse(text, { bom: true, columns: true, skip_empty_lines: true })
  } catch {
    return null
  }
}

test.each(['\n', '\r\n', '\r'])(
  'any .csv with lines that end in %j has the rows that another reader finds',
  async (end) => {
    const unit = fc.constantFrom(...',,"ab é\t'.split(''), '""', '"a,"', end, end, '\n', '\r', '😀')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 30 }), fc.array(fc.nat(60)), async (body, places) => {
        const text = `a,b${end}${body}`
        const wanted = parsedElsewhere(text)
        const found = await Array.fromAsync(
          rowsOf({ path: 'a.csv', pointer: '' }, cutAt(places, text)),
          ({ value }) => value,
        ).catch((error) => (error instanceof JsonInvalid ? null : Promise.reject(error)))
        expect(found).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  },
)

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

test('.csv that turns out not to be UTF-8 behind its first rows is refused in its turn', async () => {
  const found: string[] = []
  async function* source() {
    yield Buffer.from('id\n1\n')
    yield Buffer.from([0xff])
  }
  const reading = async () => {
    for await (const { value } of rowsOf({ path: 'a.csv', pointer: '' }, source())) found.push(jsonText(value))
  }
  await expect(reading()).rejects.toThrow('is not UTF-8')
  expect(found).toEqual(['{"id":"1"}'])
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
