/** What is exported and read again is the same. What other programs read of it: python.test.ts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Json, jsonText, parseJson } from '../../core/text/json.ts'
import type { ExportFormat } from '../../formats/export/formats.ts'
import { type WriteOptions, written } from '../../formats/export/write.ts'
import { converted, folderWith } from './converted.ts'

function stream(items: Json[]) {
  return async function* () {
    yield* items
  }
}

async function exported(items: Json[], format: ExportFormat, options: WriteOptions = {}): Promise<Buffer> {
  const chunks = await Array.fromAsync(written(stream(items), format, options), (chunk) => Buffer.from(chunk as string))
  return Buffer.concat(chunks)
}

/** The items as they are read from the exported file. */
async function again(items: Json[], format: ExportFormat, options: WriteOptions = {}): Promise<Json[]> {
  using folder = folderWith({ [`a.${format}`]: await exported(items, format, options) })
  const found = await converted(folder.path, `a.${format}`, { id: 'text' })
  if (found === null || typeof found === 'string') throw new Error(String(found))
  return found.lines.map(parseJson)
}

const awkward = [
  '=1+1',
  '+1',
  '-1',
  '@x',
  '\tx',
  '\rx',
  "'x",
  "''",
  "'=1",
  '',
  ' a ',
  'a\r\nb\nc\rd',
  '_x0041_ _x000D_',
  '<&>"\u0001\u001f',
  'ü😀',
  'a,b;c\td|e',
  '"quoted"',
  '1.10',
  'TRUE',
  '2026-03-02',
  '[1]',
  'x'.repeat(32_767),
]

describe('a text', () => {
  const items = awkward.map((text, at) => ({ id: `i${at}`, text }))

  test.each<[string, ExportFormat, WriteOptions]>([
    ['CSV', 'csv', {}],
    ['CSV for Excel', 'csv', { excel: true }],
    ['CSV with tabs', 'csv', { separator: '\t' }],
    ['CSV with pipes', 'csv', { separator: '|' }],
    ['a workbook', 'xlsx', {}],
    ['Parquet', 'parquet', {}],
    ['JSON Lines', 'jsonl', {}],
    ['JSON', 'json', {}],
  ])('comes back from %s as it was', async (_what, format, options) => {
    expect(await again(items, format, options)).toEqual(items)
  })
})

test.each<[ExportFormat]>([['csv'], ['xlsx'], ['parquet']])('any text comes back from %s as it was', async (format) => {
  const letter = fc.constantFrom(...'=+-@\t\r\n\'"_x0A,;| aü<&]', '\u{1F600}', '_x0041_', '\u0001')
  const text = fc.array(letter, { maxLength: 6 }).map((letters) => letters.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), async (texts) => {
      const items = texts.map((one, at) => ({ id: `i${at}`, one, 'two, with =': one }))
      expect(await again(items, format)).toEqual(items)
    }),
    { numRuns: 40 },
  )
})

const typed =
  '[{"id":"a","n":-5,"f":1.5,"yes":true,"none":null,"big":9007199254740993},{"id":"b","n":0,"f":0.1,"yes":false,"none":null,"big":1}]'

test('numbers and booleans keep their types in a workbook and in Parquet, and all their digits', async () => {
  const items = parseJson(typed) as Json[]
  expect(jsonText(await again(items, 'parquet'))).toBe(typed)
  // A spreadsheet would cut off the last digit of the one: it is text there. An empty cell comes back as an empty text.
  const cells = typed.replace('9007199254740993', '"9007199254740993"').replaceAll('null', '""')
  expect(jsonText(await again(items, 'xlsx'))).toBe(cells)
})

test('nested values come back from Parquet, where they are JSON text, and a mixed column keeps each value', async () => {
  const text =
    '[{"id":"a","tags":["x",1.10],"place":{"city":"Köln"},"mixed":"x"},{"id":"b","tags":[],"place":{},"mixed":1.10}]'
  expect(jsonText(await again(parseJson(text) as Json[], 'parquet'))).toBe(text)
})

test('more items than are written at once come back in order', async () => {
  const items = Array.from({ length: 12_001 }, (_, at) => ({
    id: `i${at}`,
    n: at,
    text: at % 3 === 0 ? null : `t${at}`,
  }))
  expect(await again(items, 'parquet')).toEqual(items)
  expect(await again(items, 'xlsx')).toEqual(items.map((item) => ({ ...item, text: item.text ?? '' })))
})

test('no items are an empty table in every format', async () => {
  for (const format of ['xlsx', 'parquet'] as const) {
    using folder = folderWith({ [`a.${format}`]: await exported([], format) })
    expect(await converted(folder.path, `a.${format}`)).toMatchObject({ lines: [] })
  }
})

describe('CSV', () => {
  test('has an apostrophe before texts that begin like a formula, never before numbers, and counts them in a column', async () => {
    let count = 0
    const items = [
      { id: 'a', t: '=1', n: -5 },
      { id: 'b', t: 'x', n: -6 },
      { id: '-c', t: "'y", n: null },
    ]
    const text = (await exported(items, 'csv', { onPrefixed: (found) => (count = found) })).toString()
    expect(text).toBe("id,t,n,itemwise_prefixed\na,'=1,-5,1\nb,x,-6,\n'-c,''y,,2\n")
    expect(count).toBe(3)
  })

  test('is as it is with --raw, and has no column for it', async () => {
    const items = [{ '=id': '=1' }]
    expect((await exported(items, 'csv', { raw: true })).toString()).toBe('=id\n=1\n')
    expect((await exported(items, 'csv')).toString()).toBe("'=id,itemwise_prefixed\n'=1,1\n")
  })

  test('of another program keeps its apostrophes', async () => {
    using folder = folderWith({ 'a.csv': "id;t\n'1;'=1\n" })
    expect(await converted(folder.path, 'a.csv')).toMatchObject({ lines: ['{"id":"\'1","t":"\'=1"}'] })
  })

  test('for Excel has a byte order mark and semicolons', async () => {
    expect((await exported([{ id: 'a', t: 'x;y' }], 'csv', { excel: true })).toString()).toBe('\uFEFFid;t\na;"x;y"\n')
  })
})

describe('a workbook', () => {
  test('has the same bytes whenever it is written', async () => {
    const first = await exported([{ id: 'a' }], 'xlsx')
    expect((await exported([{ id: 'a' }], 'xlsx')).equals(first)).toBe(true)
  })

  test('is refused for a text that no cell holds, with its place', async () => {
    const items: Json[] = [{ id: 'a' }, { id: 'b', a: { t: 'x'.repeat(32_768) } }]
    await expect(exported(items, 'xlsx')).rejects.toThrow(
      'It does not fit into an .xlsx file: a text is longer than the 32767 characters that a cell can hold: a__t of item 2. Nothing is cut off. Export it with --format csv, jsonl or parquet.',
    )
  })
})
