/** What openpyxl, pandas and pyarrow read of exported files, if a Python with them is there: `npm test` installs one. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseJson } from '../../core/text/json.ts'
import type { ExportFormat } from '../../formats/export/formats.ts'
import { written } from '../../formats/export/write.ts'
import { hasTestModules, testPython } from '../../tools/test-python.ts'
import { folderWith } from './converted.ts'

const isThere = hasTestModules()

const items = parseJson(
  '[{"id":"a","text":"=1+1","n":-5,"f":1.5,"yes":true,"place":{"city":"Köln"},"none":null},{"id":"b","text":"two\\r\\nlines, \\"q\\" 😀","n":9007199254740993,"f":0.1,"yes":false,"place":{"city":null},"none":null}]',
)

async function* stream() {
  yield* items as never[]
}

async function bytes(format: ExportFormat): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(written(stream, format), (chunk) => Buffer.from(chunk as string)))
}

/** What a script prints as JSON about files of all formats in its folder. */
async function said(script: string): Promise<unknown> {
  using folder = folderWith({
    'o.csv': await bytes('csv'),
    'o.xlsx': await bytes('xlsx'),
    'o.parquet': await bytes('parquet'),
  })
  const out = execFileSync(testPython(), ['-W', 'error', '-c', `import json\n${script}`], { cwd: folder.path })
  return JSON.parse(out.toString())
}

test.skipIf(!isThere)('openpyxl opens a workbook without a warning, and finds the types of its cells', async () => {
  const rows = await said(`
import openpyxl
sheet = openpyxl.load_workbook("o.xlsx").active
print(json.dumps([[[cell.value, cell.data_type] for cell in row] for row in sheet.iter_rows()]))`)
  const [s, n, b] = ['s', 'n', 'b']
  expect(rows).toEqual([
    [
      ['id', s],
      ['text', s],
      ['n', s],
      ['f', s],
      ['yes', s],
      ['place__city', s],
      ['none', s],
    ],
    [
      ['a', s],
      ['=1+1', s],
      [-5, n],
      [1.5, n],
      [true, b],
      ['Köln', s],
      [null, n],
    ],
    [
      ['b', s],
      ['two\r\nlines, "q" 😀', s],
      ['9007199254740993', s],
      [0.1, n],
      [false, b],
      [null, n],
      [null, n],
    ],
  ])
})

test.skipIf(!isThere)('pandas opens the workbook and the CSV file as the same table', async () => {
  const read = await said(`
import pandas
book = pandas.read_excel("o.xlsx", dtype=str, keep_default_na=False)
table = pandas.read_csv("o.csv", dtype=str, keep_default_na=False)
print(json.dumps([book["id"].tolist(), book["text"].tolist(), list(table.columns), table["id"].tolist(), table["text"].tolist(), table["n"].tolist()]))`)
  expect(read).toEqual([
    ['a', 'b'],
    ['=1+1', 'two\r\nlines, "q" 😀'],
    ['id', 'text', 'n', 'f', 'yes', 'place__city', 'none', 'itemwise_prefixed'],
    ['a', 'b'],
    ["'=1+1", 'two\r\nlines, "q" 😀'],
    ['-5', '9007199254740993'],
  ])
})

test.skipIf(!isThere)('pyarrow finds the types of the columns, and nested values as JSON text', async () => {
  const read = await said(`
import pyarrow.parquet
table = pyarrow.parquet.read_table("o.parquet")
rows = [{name: str(value) if name == "place" else value for name, value in row.items()} for row in table.to_pylist()]
print(json.dumps([[str(field.type) for field in table.schema][:5], rows]))`)
  expect(read).toEqual([
    ['string', 'string', 'int64', 'double', 'bool'],
    [
      { id: 'a', text: '=1+1', n: -5, f: 1.5, yes: true, place: '{"city":"Köln"}', none: null },
      {
        id: 'b',
        text: 'two\r\nlines, "q" 😀',
        n: Number('9007199254740993'),
        f: 0.1,
        yes: false,
        place: '{"city":null}',
        none: null,
      },
    ],
  ])
})
