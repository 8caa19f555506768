import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runDocument } from '../../../core/documents.ts'
import { RequestRefused } from '../../../core/errors.ts'
import {
  parseRequest,
  parseYaml,
  readWorkspaceSettings,
  runRequestSchema,
} from '../../../core/request/parse-request.ts'
import { runRequest, stepRequest } from '../../../core/request.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

const problems = (value: unknown) => parseRequest(value, 'a.yaml').problems
const step = { prompt_name: 'write' }

function refusal(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof RequestRefused) return error.problems
    throw error
  }
  return []
}

describe('YAML', () => {
  test('YAML and JSON read alike, with or without a BOM', () => {
    const value = { steps: [{ prompt_name: 'write' }] }
    expect(parseYaml('\uFEFFsteps:\n  - prompt_name: write\n', 'a.yaml')).toEqual(value)
    expect(parseYaml(JSON.stringify(value), 'a.json')).toEqual(value)
  })

  test('an empty file is an empty request', () => {
    expect(parseYaml('', 'a.yaml')).toEqual({})
    expect(parseYaml('# nothing yet\n', 'a.yaml')).toEqual({})
  })

  test.each([
    ['a list that does not close', 'steps: [a\nnotes: b', 2, 1],
    ['a field twice', 'notes: a\r\nnotes: b', 2, 1],
    ['a tab for indenting', 'steps:\n\t- a', 2, 1],
    ['a text that does not close', 'notes: "a', 1, 10],
    ['a second document', 'notes: a\n---\nnotes: b', 2, 1],
    ['a place behind a BOM', '\uFEFFnotes: a\nnotes: b', 2, 1],
  ])('%s is refused with line and column', (_what, text, line, column) => {
    expect(refusal(() => parseYaml(text, 'a.yaml'))[0]).toMatch(
      new RegExp(`^a\\.yaml is not YAML \\(line ${line}, column ${column}\\): .+`),
    )
  })

  test('a .json file is said not to be JSON', () => {
    expect(refusal(() => parseYaml('{"a": [}', 'a.json'))[0]).toMatch(/^a\.json is not JSON \(line 1, column \d\): /)
  })

  test('an alias that leads back to itself is refused', () => {
    expect(refusal(() => parseYaml('a: &a { b: *a }', 'a.yaml'))).toEqual([
      'a.yaml is not YAML: an alias leads back to itself.',
    ])
  })

  test('an alias without its anchor, and one that multiplies, are refused', () => {
    const nine = (name: string) => `[${Array(9).fill(name).join(', ')}]`
    const many = `a: &a ${nine('x')}\nb: &b ${nine('*a')}\nc: &c ${nine('*b')}\nd: ${nine('*c')}`
    expect([refusal(() => parseYaml('a: *b', 'a.yaml')), refusal(() => parseYaml(many, 'a.yaml'))]).toEqual([
      ['a.yaml is not YAML: Unresolved alias (the anchor must be set before the alias): b.'],
      ['a.yaml is not YAML: Excessive alias count indicates a resource exhaustion attack.'],
    ])
  })

  test('any text is YAML or is refused', () => {
    const unit = fc.constantFrom(...'[]{}:,-?&*!|>\'"%@`# \n\ta1~'.split(''), '&a ', '*a', '<<: ', '\uFEFF', '---\n')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        for (const problem of refusal(() => parseYaml(text, 'a.yaml'))) expect(problem).toContain('a.yaml is not YAML')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a request', () => {
  test('that is whole comes out as it is', () => {
    const request = {
      $schema: 'run-request.schema.json',
      steps: [
        {
          ...{ prompt_name: 'a', input_file: 'inputs/a.json', output_file: 'a.json', batch_mode: true },
          ...{ batch_id_field: 'key', batch_output_id_field: 'nr', batch_id_start: 0, batch_only_items: ['a', 1] },
          ...{ batch_skip_items: [2], batch_skip_existing: true, batch_stop_on_error: true, model: 'm' },
          ...{ max_tokens: 1, effort: 'low', thinking: { budget_tokens: 1024 }, system: '', max_concurrency: 1 },
          output_schema: { type: 'object' },
        },
        { prompt_name: 'b', thinking: 'between_tools', output_schema: 'schemas/b.json' },
      ],
      ...{ pipeline_name: 'p', module_number: 0, path_letter: 'b', pipeline_status: 'mine', notes: '' },
      ...{ rerun_items: [4001, 'x'], resume: 'v3', verbose: true },
    }
    expect(parseRequest(request, 'a.yaml')).toEqual({ request, problems: [] })
  })

  test('with unknown fields names each with the nearest one, and the rest is checked too', () => {
    expect(
      problems({ step: 1, steps: [{ prompt_name: 'a', modle: 'x', max_tokens: 'many' }], pipline_name: 'p' }),
    ).toEqual([
      'a.yaml: max_tokens of step 1 is "many". Expected a number.',
      'a.yaml: there is no field "modle" in step 1. Did you mean model?',
      'a.yaml: there is no field "step". Did you mean steps or keep?',
      'a.yaml: there is no field "pipline_name". Did you mean pipeline_name?',
    ])
  })

  test('with an unknown field that is near to none is told the known ones', () => {
    expect(problems({ steps: [step], zzzzzzzzzz: 1 })[0]).toMatch(
      /^a\.yaml: there is no field "zzzzzzzzzz"\. Known fields: .*steps, pipeline_name, /,
    )
  })

  test('still comes out without its unknown and wrong fields, so that more can be checked', () => {
    expect(parseRequest({ steps: [{ ...step, modle: 'x', max_tokens: 0 }] }, 'a.yaml')).toEqual({
      request: { steps: [step] },
      problems: [
        'a.yaml: max_tokens of step 1 is 0. Expected at least 1.',
        'a.yaml: there is no field "modle" in step 1. Did you mean model?',
      ],
    })
  })

  test('without what every request needs does not come out', () => {
    expect(parseRequest({ notes: 'a' }, 'a.yaml').request).toBeUndefined()
    expect(parseRequest({ steps: [{ ...step, prompt_name: 5 }] }, 'a.yaml').request).toBeUndefined()
  })

  test.each<[string, unknown, string]>([
    ['null', null, 'the whole is null. Expected fields (name: value).'],
    ['a list', [], 'the whole is []. Expected fields (name: value).'],
    ['nothing', {}, 'steps is missing. Expected a list.'],
    ['no steps', { steps: [] }, 'steps is []. Expected at least one entry.'],
    ['a step that is a text', { steps: ['a'] }, 'step 1 is "a". Expected fields (name: value).'],
    ['a step without a prompt', { steps: [step, {}] }, 'prompt_name of step 2 is missing. Expected a text.'],
    [
      'an effort that does not exist',
      { steps: [{ ...step, effort: 'huge' }] },
      'effort of step 1 is "huge". Expected one of low, medium, high, xhigh, max.',
    ],
    [
      'a thinking that does not exist',
      { steps: [{ ...step, thinking: 'on' }] },
      'thinking of step 1 is "on". Expected one of off, between_tools, adaptive, or fields (name: value).',
    ],
    [
      'a budget too small to think',
      { steps: [{ ...step, thinking: { budget_tokens: 5 } }] },
      'thinking.budget_tokens of step 1 is 5. Expected at least 1024.',
    ],
    [
      'half a token',
      { steps: [{ ...step, max_tokens: 1.5 }] },
      'max_tokens of step 1 is 1.5. Expected a whole number.',
    ],
    [
      'an output file in a folder',
      { steps: [{ ...step, output_file: 'a/b.json' }] },
      'output_file of step 1 is "a/b.json". Expected a file name without folders.',
    ],
    [
      'a name that is ours',
      { steps: [step], pipeline_name: '_runs' },
      'pipeline_name is "_runs". Expected a name without slashes that does not start with _.',
    ],
    [
      'a name that leads elsewhere',
      { steps: [step], pipeline_name: '..' },
      'pipeline_name is "..". Expected a name that does not start with a dot.',
    ],
    ['two letters', { steps: [step], path_letter: 'ab' }, 'path_letter is "ab". Expected one letter.'],
    ['a version that is none', { steps: [step], resume: '3' }, 'resume is "3". Expected a version such as v3.'],
  ])('of %s is refused', (_what, value, problem) => {
    expect(problems(value)).toEqual([`a.yaml: ${problem}`])
  })

  /** Values that are nearly requests. */
  const near = fc.letrec((tie) => ({
    name: fc.oneof(
      fc.constantFrom(
        ...Object.keys(runRequest.shape),
        ...Object.keys(stepRequest.shape),
        'budget_tokens',
        'constructor',
      ),
      fc.string(),
    ),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'off', 1, 5000, true, 'v3')),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(tie('name') as fc.Arbitrary<string>, tie('value'), { maxKeys: 5 }),
    ),
  })).value

  test('of any JSON value comes out or is refused in words', () => {
    fc.assert(
      fc.property(near, (value) => {
        const parsed = parseRequest(value, 'a.yaml')
        expect(parsed.request === undefined ? parsed.problems.length : 1).toBeGreaterThan(0)
        for (const problem of parsed.problems) expect(problem).toMatch(/^a\.yaml: .+[.?]$/s)
      }),
      { numRuns: 1000 },
    )
  })

  test('with any unknown field is refused, wherever it stands', () => {
    const known = new Set([...Object.keys(runRequest.shape), ...Object.keys(stepRequest.shape)])
    const unknown = fc.string().filter((name) => !known.has(name) && name !== '__proto__')
    fc.assert(
      fc.property(unknown, fc.jsonValue(), fc.nat(2), (name, value, where) => {
        const request = { steps: [{ ...step }, { ...step, thinking: { budget_tokens: 2000 } }] }
        const holder = [request, request.steps[0], request.steps[1]][where]
        Object.assign(holder!, { [name]: value })
        expect(problems(request)).toEqual([expect.stringContaining(`there is no field ${JSON.stringify(name)}`)])
      }),
    )
  })
})

describe('the workspace settings', () => {
  let workspace: WorkspaceFolder
  beforeEach(() => {
    workspace = new WorkspaceFolder()
  })
  afterEach(() => workspace.remove())

  const read = () => readWorkspaceSettings(new FolderStore(workspace.root))

  test('are none where there is no itemwise.yaml', async () => {
    expect(await read()).toEqual({})
  })

  test('are read from itemwise.yaml', async () => {
    const price = { input: 1, output: 5, cache_read: 0.1, cache_write: 1.25 }
    const text = `model: m\nanswer_timeout_seconds: 60\nprices:\n  m: ${JSON.stringify(price)}\n`
    workspace.write('itemwise.yaml', text)
    expect(await read()).toEqual({ model: 'm', answer_timeout_seconds: 60, prices: { m: price } })
  })

  test('with problems are refused with all of them', async () => {
    workspace.write('itemwise.yaml', 'max_tokens: 0\nprices:\n  m: {input: 1, outpt: 2}\n')
    await expect(read()).rejects.toThrow(
      [
        'itemwise.yaml: max_tokens is 0. Expected at least 1.',
        'itemwise.yaml: prices.m.output is missing. Expected a number.',
        'itemwise.yaml: prices.m.cache_read is missing. Expected a number.',
        'itemwise.yaml: prices.m.cache_write is missing. Expected a number.',
        'itemwise.yaml: there is no field "outpt" in prices.m. Did you mean output?',
      ].join('\n'),
    )
  })
})

test('the JSON Schema for editors has every field with its description', () => {
  const schema = runRequestSchema() as { properties: Record<string, unknown>; required: string[] }
  expect(Object.keys(schema.properties)).toEqual(Object.keys(runRequest.shape))
  expect(schema).toMatchObject({
    title: 'Itemwise run request',
    required: ['steps'],
    additionalProperties: false,
    properties: { notes: { type: 'string', description: 'What this version is about.' } },
  })
})

test('a label that no input path can name is refused, and those of runs made before are read', () => {
  const steps = [{ prompt_name: 'a' }]
  expect(parseRequest({ steps, pipeline_status: 'a/b' }, 'The request').problems).toEqual([
    'The request: pipeline_status is "a/b". Expected 1 to 40 characters without /, \\ or #, not only spaces, without @ at the start, and not a version such as v3 or latest.',
  ])
  for (const pipeline_status of ['v3b', 'latest one', 'rc 1', 'mine@home', '草稿'])
    expect(parseRequest({ steps, pipeline_status }, 'The request').problems).toEqual([])
  expect(runDocument.shape.request.safeParse({ steps, pipeline_status: '@a/b' }).success).toBe(true)
})

test('an id of twenty digits keeps them', () => {
  expect(parseYaml('rerun_items: [12345678901234567890, 7, "a"]\nmax: 3', 'r.yaml')).toEqual({
    rerun_items: ['12345678901234567890', 7, 'a'],
    max: 3,
  })
})
