import { expect, test } from 'vitest'
import { foldIds, sortIds } from '../../../core/text/id-runs.ts'

test('three or more consecutive whole numbers fold, two stay apart', () => {
  const folded = {
    '11, 13-18, 20-24': ['11', '13', '14', '15', '16', '17', '18', '20', '21', '22', '23', '24'],
    '13, 14': ['14', '13'],
    '8-11': ['10', '9', '11', '8'],
    '': [],
    '0-2': ['2', '1', '0'],
    '9007199254740992-9007199254740994': ['9007199254740993', '9007199254740992', '9007199254740994'],
  }
  for (const [text, ids] of Object.entries(folded)) expect(foldIds(ids)).toBe(text)
})

test('ids that are no plain whole numbers never fold and come last', () => {
  expect(foldIds(['b', '007', '3', '-1', '008', '2', '1.5', '009', '1', 'a'])).toBe('1-3, -1, 007, 008, 009, 1.5, a, b')
})

test('whole numbers sort by size', () => {
  expect(sortIds(['100', '9', 'x', '20'])).toEqual(['9', '20', '100', 'x'])
})
