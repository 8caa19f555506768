import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linearPattern } from '../../../core/text/linear-pattern.ts'

const texts = [
  '',
  'aaaa',
  'α',
  'Z',
  'a\u00a0b',
  ' x',
  'a\nb',
  'a\rb',
  'a\u2028b',
  '.',
  'a@b',
  '[',
  ']',
  '1234',
  '😀',
  '\n',
  'я',
  'aab',
]

test.each([
  ...[
    '^(a+)+$',
    '\\p{Script=Greek}',
    '\\p{sc=Cyrillic}',
    '\\p{L}+',
    '^\\S+$',
    '[\\s]x',
    'a.b',
    '[.]',
    '\\.',
    '^[^\\s@]+@[^\\s@]+$',
  ],
  ...[
    '[\\]\\[.]',
    '\\p{Lu}',
    '^[^]$',
    '[^.\\s]',
    '^\\d{4}$',
    '^(?:a|b)*?$',
    '^a{2,3}$',
    '\\u{1F600}',
    '\\u00a0',
    '^.$',
    '\\/',
    '',
  ],
])('%s means what it means in JavaScript', (source) => {
  const [linear, native] = [linearPattern(source), new RegExp(source, 'u')]
  expect(texts.filter((text) => linear.test(text))).toEqual(texts.filter((text) => native.test(text)))
})

test('any simple pattern finds what JavaScript finds', () => {
  const piece = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '\\s', '\\d', 'é', '^', '$')
  const many = fc.constantFrom('', '', '*', '+', '?', '{1,2}')
  const pattern = fc
    .array(fc.tuple(piece, many), { maxLength: 5 })
    .map((parts) => parts.map(([one, times]) => (/[$^]$/.test(one) && one.length === 1 ? one : one + times)).join(''))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' ', '1', '\n'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (source, whole) => {
      expect(linearPattern(source).test(whole)).toBe(new RegExp(source, 'u').test(whole))
    }),
    { numRuns: 1000 },
  )
})

test.each(['(?=a)', '(a)\\1', '(?<!a)b', 'x{1001}'])('%s is more than the engine takes', (source) => {
  expect(() => linearPattern(source)).toThrow()
})
