import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canBeWritten, parseTemplate, render, TemplateInvalid } from '../../../core/templates/template.ts'

const parse = (text: string) => parseTemplate(text, 'prompts/a.md')
const fill = (text: string, values: Record<string, string>, fields: string[] = []) => {
  const rendered = render(parse(text), lookupIn(values), fields)
  return 'prompt' in rendered ? rendered.prompt : rendered
}
const lookupIn = (values: Record<string, string>) => (name: string) =>
  Object.hasOwn(values, name) ? values[name] : undefined

function problemsOf(text: string): string[] {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof TemplateInvalid) return error.problems
    throw error
  }
  return []
}

test('a variable is replaced wherever it stands', () => {
  expect(fill('{a}, {b} and {a}', { a: '1', b: '2' })).toBe('1, 2 and 1')
})

test('all missing variables are named at once, each once', () => {
  expect(fill('{a} {b} {c} {b}', { a: '1' })).toEqual({ missing: ['b', 'c'] })
})

test('an optional variable is empty where the item lacks it', () => {
  expect(fill('({a?})', {})).toBe('()')
  expect(fill('({a?})', { a: '1' })).toBe('(1)')
})

test('a variable that is optional in one place and not in another is required', () => {
  expect(fill('{a?} {a}', {})).toEqual({ missing: ['a'] })
})

test('an empty text is there, so it is not missing', () => {
  expect(fill('({a})', { a: '' })).toBe('()')
})

test('doubled braces write the braces', () => {
  expect(fill('{{name}} and {{name?}} of {name}', { name: 'Ada' })).toBe('{name} and {name?} of Ada')
})

test('braces that are no variable are text, so JSON needs no escaping', () => {
  const json = '{"a": {"b": [1, {}]}, "c": "{ d }", "e-f": {1}} {} { x } {a b} {a.b} {é} {{}} {\n"a": 1}'
  expect(fill(`${json}{x}`, { x: '' })).toBe(json)
})

test('a gap that is a field is filled; other braces stay as they are', () => {
  const values = { 'US Gross': '5', Größe: 'L', 'unit-price': '2.50', 'done?': 'yes', x: '1' }
  const text = '{US Gross} {Größe} {unit-price} {US Gros} {{US Gross}} {{US Gros}} { x } {"US Gross": {x}} {US Gross'
  expect(fill(text, values, ['US Gross', 'Größe', 'unit-price'])).toBe(
    '5 L 2.50 {US Gros} {US Gross} {{US Gros}} { x } {"US Gross": 1} {US Gross',
  )
})

test('a gap with a question mark may be missing, unless the field is called so', () => {
  expect(fill('({US Gross?})', {}, ['US Gross'])).toBe('()')
  expect(fill('({US Gross?})', { 'US Gross': '5' }, ['US Gross'])).toBe('(5)')
  expect(fill('({US Gross?})', { 'US Gross?': '6', 'US Gross': '5' }, ['US Gross?'])).toBe('(6)')
})

test('a gap that is a field must be there', () => {
  expect(fill('{US Gross} {a}', { a: '1' }, ['US Gross'])).toEqual({ missing: ['US Gross'] })
})

test('a template whose only variable is a gap gets no item appended, and shares what stands above the gap', () => {
  const template = parse('Rules.\n{US Gross}')
  expect(render(template, lookupIn({ 'US Gross': '5' }), ['US Gross'])).toEqual({ prompt: 'Rules.\n5', shared: 7 })
  expect(render(template, lookupIn({ item: '{}' }))).toEqual({ prompt: 'Rules.\n{US Gross}\n\n{}\n', shared: 19 })
})

/** How releases before gaps filled in a body. */
function filledBefore(body: string, values: Record<string, string>): string {
  return body.replace(/\{\{([A-Za-z_]\w*\??)\}\}|\{([A-Za-z_]\w*)(\?)?\}/g, (_all, escaped, variable) =>
    escaped === undefined ? (values[variable] ?? '') : `{${escaped}}`,
  )
}

const bodies = fc.string({
  unit: fc.constantFrom(...'{{}}ab _-?"\n:é1'.split(''), '{a}', '{a b}', '{{a b}}', '{b?}', '{{a}}'),
  maxLength: 40,
})

test('any template without fields in its gaps is filled in as it was before there were gaps', () => {
  fc.assert(
    fc.property(bodies, fc.string(), fc.boolean(), (body, a, asBefore) => {
      const values = new Proxy<Record<string, string>>({ a }, { get: (known, name) => (name === 'a' ? known.a : '') })
      const template = parseTemplate(`{a}${body}`, 'prompts/a.md', { asBefore })
      expect(render(template, (name) => values[name])).toMatchObject({ prompt: filledBefore(`{a}${body}`, values) })
    }),
    { numRuns: 2000 },
  )
})

test('what an item contains is never filled in again, whatever its fields are called', () => {
  const name = fc.string({ unit: fc.constantFrom(...'ab -é?.()'.split('')), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 5 }), bodies, (fields, value) => {
      const writable = fields.filter(canBeWritten)
      const text = `start ${writable.map((field) => `{${field}}`).join('|')}`
      const rendered = render(parse(text), () => value, writable)
      const wanted = writable.length === 0 ? `start\n\n${value}\n` : `start ${writable.map(() => value).join('|')}`
      expect(rendered).toMatchObject({ prompt: wanted })
    }),
    { numRuns: 1000 },
  )
})

test('a template of a version from before gaps reads as it did', () => {
  const asBefore = (text: string) => parseTemplate(text, 'templates/01_a.md', { asBefore: true, settings: false })
  const filled = (text: string) => render(asBefore(text), lookupIn({ a: '1', 'US Gross': '5' }), ['US Gross'])
  expect(filled('{US Gross} {{US Gross}} {a}')).toMatchObject({ prompt: '{US Gross} {{US Gross}} 1' })
  expect(filled('{a}\n<!-- shared above -->')).toMatchObject({ prompt: '1\n<!-- shared above -->' })
  expect(filled('{a}\n<!-- shared above -->\nB\n<!-- shared above -->\nC')).toMatchObject({
    prompt: '1\nB\n<!-- shared above -->\nC',
  })
  expect(asBefore('---\nnot_known_then: [\n---\n{a}').settings).toEqual({})
})

test('a template without variables gets the item appended', () => {
  expect(fill('Say hello.\n', { item: '{"id": 1}' })).toBe('Say hello.\n\n{"id": 1}\n')
  expect(fill('Write {{name}}.', { item: '{"id": 1}' })).toBe('Write {name}.\n\n{"id": 1}\n')
})

test('a single call without variables gets the whole input appended', () => {
  expect(fill('Sum up.', { input: '[1, 2]' })).toBe('Sum up.\n\n[1, 2]\n')
})

test('{item} and {input} are no fields that an item must have, but are missing where there is no such thing', () => {
  expect(parse('{item} {input} {a}')).toMatchObject({ required: ['a'], names: ['item', 'input', 'a'] })
  expect(fill('{item}', { input: '[]' })).toEqual({ missing: ['item'] })
  expect(fill('{input}', { item: '{}' })).toEqual({ missing: ['input'] })
  expect(fill('({input?})', { item: '{}' })).toBe('()')
})

test('front matter holds the settings, and the prompt begins behind it', () => {
  const template = parse('---\nmodel: claude-sonnet-5\nmax_tokens: 900\n---\n\nHello {a}\n')
  expect(template).toMatchObject({
    settings: { model: 'claude-sonnet-5', max_tokens: 900 },
    pieces: [{ text: 'Hello ' }, { variable: 'a', optional: false }, { text: '\n' }],
    required: ['a'],
    names: ['a'],
  })
})

test('empty front matter has no settings', () => {
  expect(parse('---\n---\nHello').settings).toEqual({})
  expect(parse('---\n# nothing yet\n---\nHello').settings).toEqual({})
})

test('a BOM is dropped and CRLF becomes LF', () => {
  expect(parse('\uFEFF---\r\nmax_tokens: 9\r\n---\r\nTwo\r\nlines {a}')).toMatchObject({
    settings: { max_tokens: 9 },
    pieces: [{ text: 'Two\nlines ' }, { variable: 'a' }],
  })
})

test('three dashes further down are text', () => {
  expect(parse('Above\n---\nbelow').pieces).toEqual([{ text: 'Above\n---\nbelow' }])
})

test('front matter that never closes is refused', () => {
  expect(problemsOf('---\nmodel: a\nHello')).toEqual([
    'prompts/a.md opens front matter with --- that never closes. Expected a second line --- below the settings.',
  ])
})

test.each(['---\nmodel: a\n---\n \n', '', '\u00a0', '<!-- shared above -->'])(
  'the template %j without text is refused',
  (text) => {
    expect(problemsOf(text)).toEqual([
      'prompts/a.md has no text. Expected the prompt; write it below the front matter.',
    ])
  },
)

test('front matter that is no YAML is refused with the line of the file', () => {
  expect(problemsOf('---\nmodel: a\nsystem: [b\n---\nHello')).toEqual([
    expect.stringMatching(/^The front matter of prompts\/a\.md is not YAML \(line 4\): .+\.$/),
  ])
})

test('an alias without its anchor is refused', () => {
  expect(problemsOf('---\nmodel: *name\n---\nHello')).toEqual([
    'The front matter of prompts/a.md is not YAML: Unresolved alias (the anchor must be set before the alias): name.',
  ])
})

test('every problem of the settings is named, an unknown one with the nearest name', () => {
  expect(problemsOf('---\nmodle: a\nmax_tokens: many\n---\nHello')).toEqual([
    'The front matter of prompts/a.md: max_tokens is "many". Expected a number.',
    'The front matter of prompts/a.md: there is no field "modle". Did you mean model?',
  ])
})

/** Values full of what a second pass would expand. */
const trap = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('{', '}', '{a}', '{b?}', '{{a}}', '{item}', '$&', '$1', 'x', '\n') }),
)

test('what an item contains is never expanded again', () => {
  const piece = fc.oneof(fc.constantFrom('{a}', '{b}', '{b?}'), fc.constantFrom(' text ', '$', '{ }', '\n'))
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1 }), trap, trap, (pieces, a, b) => {
      const values: Record<string, string> = { '{a}': a, '{b}': b, '{b?}': b }
      const expected = pieces.map((text) => values[text] ?? text).join('')
      expect(fill(`${pieces.join('')}{a}`, { a, b })).toBe(expected + a)
    }),
  )
})

test('a template without braces is itself with the item behind it', () => {
  const text = fc.string({ unit: 'binary' }).filter((some) => !/[{}\uFEFF]|\r|^---/.test(some) && some.trim() !== '')
  fc.assert(
    fc.property(text, trap, (template, item) => {
      expect(fill(template, { item })).toBe(`${template.trimEnd()}\n\n${item}\n`)
    }),
  )
})

test('any text is a template or is refused in words', () => {
  const unit = fc.constantFrom('---\n', '---', '\n', '{', '}', 'a', ': ', '[', '"', '\t', '&', '*', '!', '- ', '\uFEFF')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
      for (const problem of problemsOf(text)) expect(problem).toContain('prompts/a.md')
    }),
    { numRuns: 500 },
  )
})
