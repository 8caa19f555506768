import { expect, test } from 'vitest'
import { rowChanges, withChanges } from '../../../core/reviews/cell-changes.ts'
import { type Json, jsonText, parseJson } from '../../../core/text/json.ts'

/** Of an answer with one field. */
function change(before: string, cell: Json) {
  const { changes, problems } = rowChanges({ f: parseJson(before) }, { f: cell })
  return problems[0]?.problem ?? (changes.length === 0 ? 'same' : jsonText(changes[0]!.value))
}

test.each<[before: string, cell: Json, after: string]>([
  // What programs change without being asked.
  ['"a\\r\\nb"', 'a\nb', 'same'],
  ['1.50', '1.5', 'same'],
  ['1.5', '1,5', 'same'],
  ['1e3', 1000, 'same'],
  ['9007199254740993', '9007199254740993', 'same'],
  ['12', 12, 'same'],
  ['"12"', 12, 'same'],
  ['true', 'TRUE', 'same'],
  ['true', true, 'same'],
  ['null', '', 'same'],
  ['""', null, 'same'],
  ['[1, "a"]', '[1,"a"]', 'same'],
  ['{}', '{ }', 'same'],
  // What a person changed keeps the kind of what stood there.
  ['"a"', 'b', '"b"'],
  ['"a"', null, '""'],
  ['"007"', 7, '"7"'],
  ['3', '4', '4'],
  ['3', 4.5, '4.5'],
  ['3', null, 'null'],
  ['3', 'four', 'is no number such as 2.5: four'],
  ['3', '2,5', 'is no number such as 2.5: 2,5'],
  ['true', 'false', 'false'],
  ['true', 'no', 'is not true or false: no'],
  ['["a"]', '["a", "b"]', '["a","b"]'],
  ['["a"]', 'a, b', 'is no list in JSON, such as ["a", "b"]: a, b'],
  ['["a"]', '{"a": 1}', 'is no list in JSON, such as ["a", "b"]: {"a": 1}'],
  ['null', 'new', '"new"'],
  ['"a"', ' ', '" "'],
])('%s with the cell %j is %s', (before, cell, after) => {
  expect(change(before, cell)).toBe(after)
})

test('a nested field is changed in its place, and fields that are not there are told', () => {
  const answer = parseJson('{"id": 1, "place": {"city": "Köln", "zip": 50667}, "a__b": "x"}')
  const row = { id: 1, place__city: 'Bonn', place__zip: '50667', a__b: 'y', notes: 'mine', empty: '' }
  const { changes, problems, others } = rowChanges(answer, row)
  expect({ changes, problems, others }).toEqual({
    changes: [
      { column: 'place__city', value: 'Bonn' },
      { column: 'a__b', value: 'y' },
    ],
    problems: [],
    others: ['notes'],
  })
  expect(jsonText(withChanges(answer, [...changes, { column: 'hint', value: 'new' }]))).toBe(
    '{"id":1,"place":{"city":"Bonn","zip":50667},"a__b":"y","hint":"new"}',
  )
})
