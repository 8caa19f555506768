import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { chunksOf, converted, folderWith, foreign } from './converted.ts'

describe('a spreadsheet', () => {
  const lines = [
    '{"Name":"Müller; Söhne","Größe":1.5,"Text":"=1+1 ist zwei","Datum":"2026-03-02","Aktiv":true}',
    '{"Name":"Straße","Größe":2,"Text":"– Gedanken\\nin zwei Zeilen","Datum":"2026-03-02T09:15:00","Aktiv":false}',
    '{"Name":"Größe","Größe":"","Text":"sagt \\"ja\\"","Datum":"","Aktiv":""}',
    '{"Name":"Größe","Größe":"","Text":"sagt \\"ja\\"","Datum":"","Aktiv":""}',
  ]

  test('that openpyxl wrote keeps its types, dates as ISO text', async () => {
    expect(await converted(foreign, 'openpyxl.xlsx#Kunden')).toEqual({
      read_as: 'sheet Kunden (not taken: Deckblatt)',
      lines,
    })
  })

  test('that LibreOffice wrote has the results of its formulas', async () => {
    const found = await converted(foreign, 'libreoffice.xlsx#kunden')
    const results = [3, 4, 0, 0]
    expect(found).toEqual({
      read_as: 'sheet Kunden (not taken: Deckblatt)',
      lines: lines.map((line, at) => line.replace(/\}$/, `,"Doppelt":${results[at]}}`)),
    })
  })

  test('whose formulas nobody has computed is refused with their cells', async () => {
    expect(await converted(foreign, 'uncomputed.xlsx#Kunden')).toBe(
      'it has formulas without results (F2, F3, F4, F5). The program that wrote the file did not calculate them. Open it in a spreadsheet program and save it there.',
    )
  })

  test('without a sheet of that name is refused with the names there are', async () => {
    expect(await converted(foreign, 'openpyxl.xlsx#Kundn')).toBe(
      'it has no sheet Kundn. There is: Deckblatt, Kunden. Did you mean Kunden?',
    )
  })

  test('is taken by its first sheet, which is said', async () => {
    expect(await converted(foreign, 'openpyxl.xlsx')).toEqual({
      read_as: 'sheet Deckblatt (not taken: Kunden)',
      lines: [],
    })
  })

  test('that is an old .xls under another name, or is locked, is refused', async () => {
    using folder = folderWith({ 'a.xlsx': Buffer.from('d0cf11e0a1b11ae1000000000000', 'hex') })
    expect(await converted(folder.path, 'a.xlsx')).toBe(
      'it is protected by a password, or an old .xls. Save it as .xlsx without a password.',
    )
  })
})

test('a Parquet file that pyarrow wrote keeps its types to the last digit', async () => {
  expect(await converted(foreign, 'pyarrow.parquet')).toEqual({
    read_as: 'Parquet, 12 columns, 3 rows',
    lines: [
      '{"id":1,"price":1.10,"when":"2026-03-02T09:15:00","utc":"2026-03-02T09:15:00Z","day":"2026-03-02","clock":"09:15:00","small":0.1,"large":0.1,"yes":true,"tags":["a","b"],"place":{"city":"Köln","zip":50667},"US Gross":"x"}',
      '{"id":2,"price":-0.30,"when":"2026-03-02T09:15:00.25","utc":null,"day":null,"clock":null,"small":2.5,"large":null,"yes":null,"tags":[],"place":null,"US Gross":""}',
      '{"id":9007199254740993,"price":null,"when":null,"utc":"2026-03-02T09:15:00Z","day":"1969-12-31","clock":"23:59:59.005","small":null,"large":1e+300,"yes":false,"tags":null,"place":{"city":"Rome","zip":null},"US Gross":null}',
    ],
  })
})

test('a Parquet file that is none is refused', async () => {
  using folder = folderWith({ 'a.parquet': 'PAR1 and no more' })
  expect(await converted(folder.path, 'a.parquet')).toMatch(/^it cannot be read as Parquet: .+ Write it again/)
})

describe('text files', () => {
  const files = {
    'letters/b.md': '\uFEFFDear B',
    'letters/a.md': Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]),
    'letters/a.txt': 'no letter',
    'letters/.hidden.md': 'x',
    'letters/old/c.md': 'Dear C\r\n',
  }
  const [a, b] = [
    '{"path":"letters/a.md","name":"a.md","text":"Grüße"}',
    '{"path":"letters/b.md","name":"b.md","text":"Dear B"}',
  ]
  const c = '{"path":"letters/old/c.md","name":"c.md","text":"Dear C\\r\\n"}'
  const other = '{"path":"letters/a.txt","name":"a.txt","text":"no letter"}'
  const guessed = '1 of them in Windows-1252 (guessed: it is not UTF-8)'

  test.each([
    ['letters/*.md', `2 text files, ${guessed}`, [a, b]],
    ['./letters/**/*.md', `3 text files, ${guessed}`, [a, b, c]],
    ['letters/?.txt', '1 text file', [other]],
    ['letters', `3 text files, ${guessed}`, [a, other, b]],
    ['letters/', `3 text files, ${guessed}`, [a, other, b]],
  ])('of %s are an item each, sorted by path', async (written, read_as, lines) => {
    using folder = folderWith(files)
    expect(await converted(folder.path, written)).toEqual({ read_as, lines })
  })

  test.each([
    [
      'letters/*.html',
      'there is no file of this pattern. Expected text files, such as inputs/letters/*.md. letters has: a.md, a.txt, b.md.',
    ],
    [
      'leters/*.md',
      'there is no file of this pattern. Expected text files, such as inputs/letters/*.md. leters has no files.',
    ],
    ['../*.md', 'leads out of the workspace'],
  ])('of %s are refused', async (written, message) => {
    using folder = folderWith(files)
    expect(await converted(folder.path, written)).toContain(message)
  })

  test('may be packed', async () => {
    using folder = folderWith({ 'letters/a.md.gz': gzipSync('Dear A') })
    expect(await converted(folder.path, 'letters/*.gz')).toMatchObject({
      lines: ['{"path":"letters/a.md.gz","name":"a.md.gz","text":"Dear A"}'],
    })
  })

  test('among which is a picture are refused with its name', async () => {
    using folder = folderWith({ ...files, 'letters/photo.png': Buffer.from([0x89, 0x50, 0, 0, 1, 2]) })
    expect(await converted(folder.path, 'letters')).toBe(
      'it has letters/photo.png, which is no text: it has zero bytes. Expected text in UTF-8, UTF-16 or Windows-1252. Name only text files, with a pattern such as *.md.',
    )
  })
})

describe('stdin', () => {
  const two = ['{"id":1,"text":"a"}', '{"id":2,"text":"b"}']

  test.each([
    ['JSON', '[{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]', 'JSON', two],
    ['JSON Lines', '{"id": 1, "text": "a"}\n{"id": 2, "text": "b"}\n', 'JSON Lines', two],
    ['one object', '{\n"a": 1}', 'JSON', ['{"key":"a","value":1}']],
    [
      'CSV',
      'id;text\n1;a\n',
      'CSV in UTF-8, cells separated by a semicolon (guessed from the header)',
      ['{"id":"1","text":"a"}'],
    ],
  ])('is known as %s by what it begins with, packed or not', async (_what, content, read_as, lines) => {
    const shown = { read_as, lines }
    expect(await converted(foreign, '-', {}, () => chunksOf(content))).toEqual(shown)
    expect(await converted(foreign, '-', {}, () => chunksOf(gzipSync(content)))).toEqual(shown)
  })

  test('to which nothing is piped is refused', async () => {
    expect(await converted(foreign, '-')).toBe(
      'nothing is piped into this command. Expected items on stdin: `itemwise run … < items.json`. Pipe them in, or name a file.',
    )
  })
})
