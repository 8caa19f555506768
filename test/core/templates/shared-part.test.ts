import { expect, test } from 'vitest'
import { parseTemplate, render } from '../../../core/templates/template.ts'

/** The prompt in two parts: what all items share, and the rest. */
function partsOf(text: string, values: Record<string, string> = {}): [string, string] {
  const rendered = render(parseTemplate(text, 'prompts/a.md'), (name) => values[name])
  if ('missing' in rendered) throw new Error(`missing: ${rendered.missing}`)
  return [rendered.prompt.slice(0, rendered.shared), rendered.prompt.slice(rendered.shared)]
}

test('prompts share what stands above the first variable', () => {
  expect(partsOf('Rules.\n\nThe word is {word}. More rules.', { word: 'sun' })).toEqual([
    'Rules.\n\nThe word is ',
    'sun. More rules.',
  ])
})

test('a template that begins with a variable shares nothing', () => {
  expect(partsOf('{word}: write about it.', { word: 'sun' })).toEqual(['', 'sun: write about it.'])
})

test('an optional variable ends the shared part too, and doubled braces do not', () => {
  expect(partsOf('Write {{name}}. {hint?}', {})).toEqual(['Write {name}. ', ''])
})

test('a template without variables shares all its text; the item stands below', () => {
  expect(partsOf('Write a riddle.\n', { item: '{"id": 1}' })).toEqual(['Write a riddle.\n\n', '{"id": 1}\n'])
})

test('all above the mark is shared, variables included, and the mark is not sent', () => {
  const template = 'The book: {root__book}\n\n<!-- shared above -->\nThe word: {word}'
  expect(partsOf(template, { root__book: 'Light', word: 'sun' })).toEqual(['The book: Light\n\n', 'The word: sun'])
})

test('a mark may be indented, and below the first variable moves the end of the shared part down', () => {
  expect(partsOf('{a}\n  <!-- shared above -->  \n{b}', { a: '1', b: '2' })).toEqual(['1\n', '2'])
})

test('a mark above the first variable moves the end of the shared part up', () => {
  expect(partsOf('Rules.\n<!-- shared above -->\nToday: {word}', { word: 'sun' })).toEqual(['Rules.\n', 'Today: sun'])
})

test('a mark that does not stand on a line of its own is text', () => {
  expect(partsOf('Write <!-- shared above -->\n{a}', { a: '1' })).toEqual(['Write <!-- shared above -->\n', '1'])
})

test('a mark on the last line is not sent, with or without a line end, CRLF or not', () => {
  for (const end of ['', '\n', '\r\n', '  ']) {
    expect(partsOf(`Write {a}\r\n<!-- shared above -->${end}`, { a: '1' })).toEqual(['Write 1\n', ''])
    expect(partsOf(`Write.\n<!-- shared above -->${end}`, { item: '{}' })).toEqual(['Write.\n\n', '{}\n'])
  }
})

test('a second mark is refused with the lines of the file', () => {
  const text =
    '---\nmax_tokens: 9\n---\n\nA\n<!-- shared above -->\nB\n<!-- shared above -->\n{a}\n <!-- shared above -->'
  expect(() => partsOf(text)).toThrow(
    'prompts/a.md has <!-- shared above --> on line 6 and again on line 8 and 10. Expected it once: what stands above it is the same for all items. Take the others out.',
  )
})
