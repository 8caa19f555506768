import { expect, test } from 'vitest'
import { sideBySide } from '../../cli/columns.ts'

test('both texts wrap at spaces, long words anywhere, and wide characters take two columns', () => {
  expect(sideBySide('one two three\n\nend', 'abcdefghijkl 日本語日本', 19)).toBe(`\
one two  │ abcdefgh
three    │ ijkl
         │ 日本語日
end      │ 本
`)
})

test('what is indented stays indented', () => {
  expect(sideBySide('{\n  "a": 1\n}', 'b', 23)).toBe(`\
{          │ b
  "a": 1   │
}          │
`)
})

test('a line is never broken inside a character', () => {
  const family = '👩‍👩‍👧'
  const lines = sideBySide(family.repeat(3), 'e\u0301'.repeat(12), 19).split('\n')
  expect(lines.every((line) => line.isWellFormed() && !/^[\u200d\u0301]|│ [\u200d\u0301]/.test(line))).toBe(true)
  expect(lines.map((line) => line.split(' │')[0]?.trim()).join('')).toBe(family.repeat(3))
})
