import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { converted, folderWith, foreign } from './converted.ts'

const two = ['{"id":"1","text":"a"}', '{"id":"2","text":"b"}']

/** What a file of this name and content becomes. */
async function read(name: string, content: string | Uint8Array, types = {}) {
  using folder = folderWith({ [name]: content })
  return await converted(folder.path, name, types)
}

describe('a file that is read where it is', () => {
  test.each([
    ['has commas', 'id,text\n1,a\n'],
    ['has commas and a byte order mark', '\uFEFFid,text\n1,a\n'],
    ['has one column', 'text\na\n'],
    ['has commas in its header, and more semicolons', 'a;b,c;d;e\n1;2,3;4;5\n'],
    ['has a pipe in its only column, which the rows do not have', 'note|text\na\nb\nc\n'],
    ['is empty', ''],
  ])('%s', async (_what, content) => {
    expect(await read('a.csv', content)).toBeNull()
  })

  test('is JSON or JSON Lines', async () => {
    expect(await read('a.json', '[]')).toBeNull()
    expect(await read('a.jsonl', '')).toBeNull()
  })
})

describe('what stands between cells', () => {
  test.each([
    ['a semicolon', 'id;text\n1;a\n2;b\n', 'cells separated by a semicolon (guessed from the header)'],
    ['a tab', 'id\ttext\n1\ta\n2\tb\n', 'cells separated by a tab (guessed from the header)'],
    ['a pipe', 'id|text\n1|a\n2|b', 'cells separated by a pipe (guessed from the header)'],
    [
      'what the first line says',
      'sep=;\r\nid;text\r\n1;a\r\n2;b\r\n',
      'cells separated by a semicolon (by its first line)',
    ],
    [
      'any character that the first line says',
      'sep=^\nid^text\n1^a\n2^b\n',
      'cells separated by "^" (by its first line)',
    ],
    [
      'a comma that the first line says',
      'sep=,\nid,text\n1,a\n2,b\n',
      'cells separated by a comma (by its first line)',
    ],
  ])('is %s', async (_what, content, words) => {
    expect(await read('a.csv', content)).toEqual({ read_as: `CSV in UTF-8, ${words}`, lines: two })
  })

  test('is a tab in .tsv, in which quotes inside a cell are text', async () => {
    expect(await read('a.tsv', 'id\tsize\n1\t5" pipe\n2\t"a ""b"""\n')).toEqual({
      read_as: 'CSV in UTF-8, cells separated by a tab',
      lines: ['{"id":"1","size":"5\\" pipe"}', '{"id":"2","size":"a \\"b\\""}'],
    })
  })

  test('is seen behind commas and line ends in quotes', async () => {
    expect(await read('a.csv', '"a, b";c\n"x\n;y";z\n')).toMatchObject({ lines: ['{"a, b":"x\\n;y","c":"z"}'] })
  })

  test('is named when a row does not fit, with the line of the file', async () => {
    expect(await read('a.csv', 'sep=;\nid;text\n1;a;b\n2;b\n')).toBe(
      'it has rows that do not fit its header of 2 columns: line 3 has 3 cells. Expected 2 cells in each row. A cell with a semicolon, a quote or a line break in it stands in quotes, and a quote inside it is written twice.',
    )
  })
})

describe('the encoding', () => {
  const text = 'id;text\r\n1;Größe – „so“ 5 €\r\n'
  const lines = ['{"id":"1","text":"Größe – „so“ 5 €"}']
  const bigEndian = Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()

  test.each([
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`), 'UTF-8'],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'UTF-16'],
    ['UTF-16, big end first', bigEndian, 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'UTF-16 (guessed: it has no mark)'],
  ])('is %s', async (_what, content, words) => {
    const read_as = `CSV in ${words}, cells separated by a semicolon (guessed from the header)`
    expect(await read('a.csv', content)).toEqual({ read_as, lines })
  })

  test('is Windows-1252 if it is not UTF-8 anywhere, and that is said to be guessed', async () => {
    expect(await converted(foreign, 'excel-de.csv')).toEqual({
      read_as:
        'CSV in Windows-1252 (guessed: it is not UTF-8), cells separated by a semicolon (guessed from the header)',
      lines: [
        '{"Name":"Müller; Söhne","Größe":"1,5","Text":"=1+1 ist zwei","Datum":"02.03.2026"}',
        '{"Name":"Straße","Größe":"2","Text":"– Gedanken\\nin zwei Zeilen","Datum":"02.03.2026"}',
        '{"Name":"Größe","Größe":"","Text":"sagt \\"ja\\"","Datum":""}',
        '{"Name":"Größe","Größe":"","Text":"sagt \\"ja\\"","Datum":""}',
      ],
    })
    const late = Buffer.concat([Buffer.from(`id,text\n${'1,a\n'.repeat(50_000)}2,`), Buffer.from([0x80, 0x0a])])
    expect(await read('late.csv', late)).toMatchObject({ read_as: expect.stringContaining('Windows-1252 (guessed') })
  })

  test('of bytes that are no text is refused', async () => {
    expect(await read('a.csv', Buffer.from([0x69, 0, 0, 0x64, 1, 2, 3]))).toBe(
      'it is no text: it has zero bytes. Expected text in UTF-8, UTF-16 or Windows-1252.',
    )
  })
})

describe('types', () => {
  const table = 'id,grade,ok,tags,note\n007,1.10,TRUE,[1],x\n008,,false,,\n'

  test('are given to the columns that are named, and all others stay text', async () => {
    expect(await read('a.csv', table, { grade: 'number', ok: 'boolean', tags: 'json', note: 'text' })).toEqual({
      read_as: 'CSV in UTF-8, cells separated by a comma',
      lines: [
        '{"id":"007","grade":1.10,"ok":true,"tags":[1],"note":"x"}',
        '{"id":"008","grade":null,"ok":false,"tags":null,"note":""}',
      ],
    })
  })

  test('that values do not have are refused, each with its line', async () => {
    expect(await read('a.csv', 'id,n\n1,"1,5"\n2,007\n3,4\n', { n: 'number' })).toBe(
      'it has values that are not of the type that input_types says: line 2 has "1,5" in n (number); line 3 has "007" in n (number). Expected a number such as 12.5, true or false, or JSON; an empty cell is null. Correct them, or leave the column out of input_types.',
    )
  })

  test('of a column that is not there are refused with the nearest name', async () => {
    expect(await read('a.csv', table, { grades: 'number' })).toBe(
      'it has no column grades, which input_types names. There is: id, grade, ok, tags, note. Did you mean grade?',
    )
  })
})

describe('a packed file', () => {
  test.each([
    ['a.csv.gz', 'id,text\n1,a\n2,b\n', 'CSV in UTF-8, cells separated by a comma, unpacked'],
    ['a.tsv.gz', 'id\ttext\n1\ta\n2\tb\n', 'CSV in UTF-8, cells separated by a tab, unpacked'],
    ['a.json.gz', '[{"id":"1","text":"a"},\n{"id":"2","text":"b"}]', 'JSON, unpacked'],
    ['a.jsonl.gz', '{"id":"1","text":"a"}\n\n{"id":"2","text":"b"}', 'JSON Lines, unpacked'],
  ])('%s is unpacked', async (name, content, read_as) => {
    expect(await read(name, gzipSync(content))).toEqual({ read_as, lines: two })
  })

  test('is pointed into as it would be unpacked', async () => {
    using folder = folderWith({ 'a.json.gz': gzipSync('{"a": [{"b": [1, 2]}, {"b": [3]}]}') })
    expect(await converted(folder.path, 'a.json.gz#/a/*/b')).toMatchObject({ lines: ['1', '2', '3'] })
  })

  test('that is cut off is refused', async () => {
    expect(await read('a.csv.gz', gzipSync('id,text\n1,a\n'.repeat(1000)).subarray(0, 40))).toBe(
      'it is not a whole gzip file. Pack it again.',
    )
  })
})
