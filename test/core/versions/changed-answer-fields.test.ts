import { expect, test } from 'vitest'
import { answerValue, changedFields } from '../../../core/versions/changed-answer-fields.ts'

const changes = (before: string, after: string) => changedFields(answerValue(before), answerValue(after))

test('nested fields that differ are named by their path', () => {
  expect(
    changes(
      '{"id": 1, "a": {"b": [1, {"c": "x"}], "same": null}, "gone": 1}',
      '{"id": 1, "a": {"b": [1, {"c": "y"}, 3], "same": null}, "new": [] }',
    ),
  ).toEqual([
    { path: 'a.b[1].c', before: 'x', after: 'y' },
    { path: 'a.b[2]', before: undefined, after: 3 },
    { path: 'gone', before: 1, after: undefined },
    { path: 'new', before: undefined, after: [] },
  ])
})

test('spaces and the order of fields are no change', () => {
  expect(changes('{"a":1,"b":2}', '{ "b": 2, "a": 1 }')).toEqual([])
})

test('numbers differ by their digits, beyond what a double holds', () => {
  expect(changes('{"n": 9007199254740993}', '{"n": 9007199254740992}').map(({ path }) => path)).toEqual(['n'])
})

test('fields that every object inherits are fields like others', () => {
  expect(changes('{}', '{"constructor": 1, "__proto__": 2}')).toEqual([
    { path: 'constructor', before: undefined, after: 1 },
    { path: '__proto__', before: undefined, after: 2 },
  ])
})

test('an answer that is no JSON is a text', () => {
  expect(changes('# Old', '# New')).toEqual([{ path: '', before: '# Old', after: '# New' }])
})
