import { expect, test } from 'vitest'
import { parseJson } from '../../../core/text/json.ts'
import { csv } from '../../../formats/export/csv.ts'
import { jsonLines } from '../../../formats/export/json-lines.ts'

function items(...texts: string[]) {
  return async function* () {
    for (const text of texts) yield parseJson(text)
  }
}

async function joined(chunks: AsyncIterable<string>): Promise<string> {
  return (await Array.fromAsync(chunks)).join('')
}

test('columns are the fields of all items in the order in which they first appear, nested ones joined with __', async () => {
  const rows = items(
    '{"id": 1, "a": {"b": "x", "c": {"d": null}}, "tags": ["p", 1]}',
    '{"id": 2, "extra": true, "a": {"b": "two \\"words\\", and\\nlines"}, "empty": {}}',
  )
  expect(await joined(csv(rows))).toBe(`\
id,a__b,a__c__d,tags,extra,empty
1,x,,"[""p"",1]",,
2,"two ""words"", and
lines",,,true,{}
`)
})

test('numbers keep the digits of their source', async () => {
  const rows = items('{"id": 9007199254740993, "n": 1.10, "list": [1e400]}')
  expect(await joined(csv(rows))).toBe('id,n,list\n9007199254740993,1.10,[1e400]\n')
  expect(await joined(jsonLines(rows))).toBe('{"id":9007199254740993,"n":1.10,"list":[1e400]}\n')
})

test('more rows than are formatted at once come out in order', async () => {
  const texts = Array.from({ length: 1201 }, (_, at) => `{"id": ${at}}`)
  const expected = `id\n${texts.map((_, at) => `${at}\n`).join('')}`
  expect(await joined(csv(items(...texts)))).toBe(expected)
})

test('two fields that would share a column are refused before anything is written', async () => {
  const rows = csv(items('{"id": 1}', '{"a": {"b": 1}, "a__b": 2}'))
  await expect(rows.next()).rejects.toThrow('Item 2 has two fields that would both be the column "a__b"')
})

test('an empty array is an empty table', async () => {
  expect(await joined(csv(items()))).toBe('')
  expect(await joined(jsonLines(items()))).toBe('')
})
