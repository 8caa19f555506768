import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RequestRefused } from '../../../core/errors.ts'
import { parseRequest, parseYaml } from '../../../core/request/parse-request.ts'
import { startOf } from '../../../core/request/start-input.ts'
import { parseTemplate, TemplateInvalid } from '../../../core/templates/template.ts'

const steps = 'steps: [{prompt_name: a}]'
const read = (text: string, where = 'a.yaml') => parseRequest(parseYaml(text, where), where)
const rerunOf = (ids: string) => read(`rerun_items: [${ids}]\n${steps}`)

describe('an id', () => {
  test('keeps its source text', () => {
    const ids =
      '4001, "0012", a, 1.1, -5, 12345678901234567890, 9007199254740993, yes, no, on, 2026-01-02, 12:30, 1_000, 0b1, !!str 007'
    expect(rerunOf(ids)).toMatchObject({
      request: {
        rerun_items: [
          ...[
            4001,
            '0012',
            'a',
            '1.1',
            -5,
            '12345678901234567890',
            '9007199254740993',
            'yes',
            'no',
            'on',
            '2026-01-02',
          ],
          ...['12:30', '1_000', '0b1', '007'],
        ],
      },
      problems: [],
    })
  })

  test.each([
    ['1.10', '1.1'],
    ['0012', '12'],
    ['1e3', '1000'],
    ['1E+3', '1000'],
    ['0x1F', '31'],
    ['0o17', '15'],
    ['12.0', '12'],
    ['.5', '0.5'],
    ['+5', '5'],
    ['5.', '5'],
    ['-0', '0'],
    ['1e400', 'Infinity'],
    ['1e21', '1000000000000000000000'],
    ['0.1000000000000000055', '0.1'],
  ])('%s that could be the number %s is refused with the quoted form', (written, plain) => {
    const problem = (place: string, where: string) =>
      `${where}: ${place} is ${written}, which could be the id ${written} or the number ${plain}. Write the one that is meant in quotes: "${written}" or "${plain}".`
    expect(rerunOf(`7, ${written}`).problems).toEqual([problem('rerun_items[1]', 'a.yaml')])
    const ofStep = read(
      `{"steps": [{"prompt_name": "a", "batch_only_items": [${written}], "batch_skip_items": [1, ${written}]}]}`,
      'a.json',
    )
    expect(ofStep.problems).toEqual([
      problem('batch_only_items[0] of step 1', 'a.json'),
      problem('batch_skip_items[1] of step 1', 'a.json'),
    ])
  })

  test('that an alias repeats is seen through it', () => {
    expect(
      read('notes: &n a\nsteps:\n  - prompt_name: a\n    batch_only_items: &ids [0012]\n    batch_skip_items: *ids')
        .problems,
    ).toHaveLength(2)
  })

  test('of YAML 1.1 is refused where it would become another', () => {
    const { problems } = read(`%YAML 1.1\n---\nrerun_items: [0012, 1_000, 12:30, yes]\n${steps}`)
    expect(problems).toEqual([
      'a.yaml: rerun_items[3] is true. Expected a text, or a number.',
      ...[
        ['0', '0012', '10'],
        ['1', '1_000', '1000'],
        ['2', '12:30', '750'],
      ].map(
        ([at, written, plain]) =>
          `a.yaml: rerun_items[${at}] is ${written}, which could be the id ${written} or the number ${plain}. Write the one that is meant in quotes: "${written}" or "${plain}".`,
      ),
    ])
  })

  test.each(['true', 'null', '~', '[1]', ''])('%s is none', (written) => {
    expect(rerunOf(`1, ${written || '""'}, ${written || '{}'}`).problems.join()).toMatch(
      /Expected a text, or a number\./,
    )
  })

  test('that was a number before it came here is refused above 2^53 and with decimals: its digits are gone', () => {
    const tooHigh = (place: string) =>
      `The input: ${place} is 9007199254740992. A number above 9007199254740991 may have lost digits, and would name another item. Write the id in quotes.`
    const problemsOf = (input: unknown) => {
      try {
        const { start } = startOf(input)
        return start.kind === 'run' ? parseRequest(start.request, 'The input').problems : []
      } catch (error) {
        if (error instanceof RequestRefused) return error.problems
        throw error
      }
    }
    const step = { prompt_name: 'a' }
    // biome-ignore lint/correctness/noPrecisionLoss: this is what a person writes and a parser takes for its neighbour.
    const id = 9007199254740993
    expect(problemsOf({ rerun: { pipeline: 'p', ids: [1, '9007199254740993', id] } })).toEqual([
      tooHigh('rerun.ids[2]'),
    ])
    expect(problemsOf({ request: { steps: [step], rerun_items: [id] } })).toEqual([tooHigh('rerun_items[0]')])
    expect(problemsOf({ steps: [{ ...step, batch_skip_items: [id] }] })).toEqual([
      tooHigh('batch_skip_items[0] of step 1'),
    ])
    expect(problemsOf({ rerun: { pipeline: 'p', ids: [Number.MAX_SAFE_INTEGER, 0, -1] } })).toEqual([])
    expect(problemsOf({ rerun: { pipeline: 'p', ids: [1.1] } })).toEqual([
      'The input: rerun.ids[0] is 1.1. It may have been written 1.10, which is another id. Write the id in quotes.',
    ])
  })

  test('of any digits is taken as it was written, or refused', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.eE+-x_'.split('')), minLength: 1, maxLength: 24 })
    fc.assert(
      fc.property(digits, (written) => {
        let found: ReturnType<typeof rerunOf>
        try {
          found = rerunOf(written)
        } catch (error) {
          if (error instanceof RequestRefused) return
          throw error
        }
        if (found.problems.length === 0) expect(found.request?.rerun_items?.map(String)).toEqual([written])
      }),
      { numRuns: 3000 },
    )
  })
})

describe('numbers of a schema', () => {
  const text = 'output_schema: {type: object, properties: {a: {enum: [NUMBER, 1.10, 1e3, 0.1]}}}'
  const lossy = (place: string, shown: string) =>
    `${place} is ${shown}. A number keeps at most 15 or 16 digits, so another one would be sent (${Number(shown)}). Write one with fewer digits, or a text in quotes.`

  test('that lose digits are refused, in a request and in front matter', () => {
    for (const number of ['9007199254740993', '0.1000000000000000055', '12345678901234567890']) {
      const request = read(`steps:\n  - prompt_name: a\n    ${text.replace('NUMBER', number)}`)
      expect(request.problems).toEqual([lossy('a.yaml: output_schema.properties.a.enum[0] of step 1', number)])
      const template = `---\n${text.replace('NUMBER', number)}\n---\n{a}`
      expect(() => parseTemplate(template, 'prompts/a.md')).toThrow(
        new TemplateInvalid([lossy('The front matter of prompts/a.md: output_schema.properties.a.enum[0]', number)]),
      )
    }
  })

  test('that keep their value stay numbers', () => {
    const { request, problems } = read(`steps:\n  - prompt_name: a\n    ${text.replace('NUMBER', '0x1F')}`)
    expect({ problems, schema: request?.steps[0]?.output_schema }).toEqual({
      problems: [],
      schema: { type: 'object', properties: { a: { enum: [31, 1.1, 1000, 0.1] } } },
    })
  })

  test('that are keys keep their text', () => {
    expect(parseYaml('output_schema: {properties: {1.10: {}, 0012: {}, 7: {}}}', 'a.yaml')).toEqual({
      output_schema: { properties: { '1.10': {}, '0012': {}, '7': {} } },
    })
  })
})

test('numbers of other settings are numbers, however they are written', () => {
  expect(read('max_cost_usd: 2.50\nmodule_number: 04\nsteps: [{prompt_name: a, max_tokens: 1e3}]')).toEqual({
    request: { max_cost_usd: 2.5, module_number: 4, steps: [{ prompt_name: 'a', max_tokens: 1000 }] },
    problems: [],
  })
})

test('a request with numbers of every form can be sent on as JSON', () => {
  const value = parseYaml('max_cost_usd: 2.50\nrerun_items: [12345678901234567890, 1]\nsteps: []', 'a.yaml')
  expect(JSON.parse(JSON.stringify(value))).toEqual({
    max_cost_usd: 2.5,
    rerun_items: ['12345678901234567890', 1],
    steps: [],
  })
})
