import fc from 'fast-check'
import { expect, test } from 'vitest'
import { promptParts } from '../../../core/templates/prompt-parts.ts'
import { parseTemplate, render } from '../../../core/templates/template.ts'

const parts = (template: string, prompt: string) =>
  promptParts(prompt, parseTemplate(template, 'a.md'))?.map(({ text, from }) =>
    from === null ? text : `[${from}: ${text}]`,
  )

test.each<[string, string, string[] | undefined]>([
  ['Define {word}.', 'Define tree.', ['Define ', '[word: tree]', '.']],
  ['{word}', 'tree', ['[word: tree]']],
  ['A {a} and {b}', 'A x and y and z', ['A ', '[a: x]', ' and ', '[b: y and z]']],
  ['{a}{b}!', 'xy!', ['[a, b: xy]', '!']],
  ['Write {{word}} for {word}', 'Write {word} for tree', ['Write {word} for ', '[word: tree]']],
  ['Say {first name} {word}', 'Say Maria tree', ['Say ', '[first name: Maria]', ' ', '[word: tree]']],
  ['Say {first name} {word}', 'Say {first name} tree', ['Say {first name} ', '[word: tree]']],
  ['Say it.\n', 'Say it.\n\n{"id": 1}\n', ['Say it.\n\n', '[item: {"id": 1}]', '\n']],
  ['{a?}Define {word}.', 'Define tree.', ['Define ', '[word: tree]', '.']],
  ['Define {word}.', 'Explain tree.', undefined],
  ['Define {word}.', 'Define tree!', undefined],
])('%j sent as %j came from its item where that is marked', (template, prompt, expected) => {
  expect(parts(template, prompt)).toEqual(expected)
})

const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', ' ', '\n', 'ü', '\uD83C'), maxLength: 5 })
const name = fc.constantFrom('a', 'b', 'c')

test('whatever is in a template and in its items, the parts joined are the prompt', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(fc.tuple(name, text), { maxLength: 4 }),
      fc.dictionary(name, text),
      (first, rest, item) => {
        const template = parseTemplate(`x${first}${rest.map(([one, after]) => `{${one}?}${after}`).join('')}`, 'a.md')
        const rendered = render(template, (variable) => (variable === 'item' ? 'an item' : item[variable]))
        const prompt = 'prompt' in rendered ? rendered.prompt.toWellFormed() : ''
        expect(
          promptParts(prompt, template)
            ?.map((part) => part.text)
            .join(''),
        ).toBe(prompt)
      },
    ),
    { numRuns: 1000 },
  )
})
