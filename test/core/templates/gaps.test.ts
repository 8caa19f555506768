import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearMissText, OfferedNames, sortGaps } from '../../../core/templates/gaps.ts'
import { canBeWritten, parseTemplate, render } from '../../../core/templates/template.ts'
import { variablesOf } from '../../../core/templates/variables.ts'
import type { Json } from '../../../core/text/json.ts'

function gapsIn(text: string, ...items: Json[]) {
  const template = parseTemplate(text, 'prompts/a.md')
  const names = new OfferedNames(template)
  for (const item of items) names.addItem(item)
  return sortGaps(template, names)
}

const film = { 'US Gross': 5, Größe: 1, 'unit-price': 2, unit_count: 3, id: 4, a: { 'b c': 1 } }

test('a gap is a field where any item has it, nested ones included', () => {
  expect(gapsIn('{US Gross} {Größe} {a__b c} {x y} {id}', { id: 1 }, film)).toEqual({
    fields: ['US Gross', 'Größe', 'a__b c'],
    near: [],
    spaced: [],
  })
})

test.each<[string, string[]]>([
  ['US Gros', ['US Gross']],
  ['us gross', ['US Gross']],
  ['US-Gross', ['US Gross']],
  ['Grösse', ['Größe']],
  ['unit price', ['unit-price']],
  ['unit count', ['unit_count']],
  ['US Gros?', ['US Gross']],
  [' US Gross ', ['US Gross']],
])('{%s} is nearly a field', (gap, meant) => {
  expect(gapsIn(`{${gap}}`, film)).toEqual({ fields: [], near: [{ gap, meant }], spaced: [] })
})

test.each(['1', 'x', '...', 'see below', '\\frac', 'US Gross: 5', 'a, b', 'gross = 5', 'US Net', 'a.b', '12'])(
  '{%s} is text',
  (gap) => {
    expect(gapsIn(`{${gap}}`, film)).toEqual({ fields: [], near: [], spaced: [] })
  },
)

test('JSON and code in a template are text, whatever the items are called', () => {
  const code = '{"id": 1, "US Gross": {}} {\n  id: 1\n} const { map } = x; if (a) { b } \\frac{1}{2} ${id}'
  expect(gapsIn(code, film)).toMatchObject({ fields: [], near: [] })
})

test('doubled braces of a mistyped name write single ones', () => {
  const text = '{{US Gros}} {{US Gross}} {{see below}} {{ id }}'
  const { fields, near } = gapsIn(text, film)
  const rendered = render(parseTemplate(text, 'a'), (name) => (name === 'item' ? '' : undefined), fields)
  expect({ near, rendered }).toMatchObject({
    near: [],
    rendered: { prompt: expect.stringMatching(/^\{US Gros\} \{US Gross\} \{\{see below\}\} \{\{ id \}\}/) },
  })
})

test('a variable with spaces in its braces is text, and told', () => {
  expect(gapsIn('{ id } { nothing }', film)).toEqual({ fields: [], near: [], spaced: [' id '] })
})

test('what is suggested can be written, and is filled in when it is', () => {
  const name = fc.string({ unit: fc.constantFrom(...'abcdefgh -{}"\n?é_1'.split('')), minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), name, (fields, typed) => {
      const item = Object.fromEntries(fields.map((field) => [field, 'filled']))
      if (!canBeWritten(typed)) return
      for (const { meant } of gapsIn(`x {${typed}}`, item).near)
        for (const suggested of meant) {
          const template = parseTemplate(`{${suggested}}`, 'a')
          const found = gapsIn(`{${suggested}}`, item).fields
          expect(render(template, (one) => variablesOf(item).get(one) as string | undefined, found)).toMatchObject({
            prompt: 'filled',
          })
        }
    }),
    { numRuns: 3000 },
  )
})

test('a near miss says what was meant and how to keep the braces', () => {
  expect(nearMissText({ gap: 'US Gros', meant: ['US Gross', 'UK Gross'] }, 'the items have')).toBe(
    'has {US Gros} in it, but the items have no field of this name. Did you mean {US Gross} or {UK Gross}? To send the braces as text, double them: {{US Gros}}.',
  )
  const [miss] = gapsIn('{Größe}'.normalize('NFD'), film).near
  expect(nearMissText(miss!, 'the items have')).toContain(
    'Did you mean {Größe}? It looks the same, but is made of other characters: copy it from the input.',
  )
})
