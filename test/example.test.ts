/** The example workspace is right: valid requests, templates whose variables exist, schemas that the API compiles. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { runRequest, type StepRequest, workspaceSettings } from '../core/request.ts'
import { parseTemplate, render, type Template } from '../core/templates/template.ts'
import { variablesOf, variableText } from '../core/templates/variables.ts'
import { idText } from '../core/text/ids.ts'
import { isObject, type Json, jsonText, parseJson } from '../core/text/json.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')
const request = (name: string) => runRequest.parse(parse(read(`pipelines/${name}.yaml`)))
const templateOf = (step: StepRequest) => parseTemplate(read(promptPath(step)), promptPath(step))
const promptPath = (step: StepRequest) => `prompts/${step.prompt_name}.md`

const items = parseJson(read('inputs/problems.json')) as { [key: string]: Json }[]
const problems = request('problems')
const worksheet = request('worksheet')
const steps = [...problems.steps, ...worksheet.steps]

test('the items are 4001 to 4014, in this order', () => {
  expect(items.map((item) => item.id)).toEqual(Array.from({ length: 14 }, (_, at) => 4001 + at))
})

test('the input is two-space JSON in which digits matter: writing it again changes no byte', () => {
  expect(`${jsonText(items, 2)}\n`).toBe(read('inputs/problems.json'))
  expect(read('inputs/problems.json')).toMatch(/: 1\.10,[\s\S]*18446744073709551615/)
})

test('every placeholder of a stem has a range or stands for a person', () => {
  const open = items.flatMap((item) => {
    const { stem, parameters } = item.template as { stem: string; parameters: { [key: string]: Json } }
    const known = [...Object.keys(parameters).flatMap((name) => name.split('_and_')), 'name', 'other']
    return [...stem.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).filter((name) => !known.includes(name ?? ''))
  })
  expect(open).toEqual([])
})

test('the requests name their pipelines and outputs', () => {
  const outline = [problems, worksheet].map((run) => [
    `${run.pipeline_name}_module_${run.module_number}`,
    ...run.steps.map((step) => `${step.prompt_name} -> ${step.output_file}`),
  ])
  expect(outline).toEqual([
    [
      'problem_generator_module_4',
      'generate_problem -> problems.json',
      'write_solution -> solutions.json',
      'write_hints -> hints.json',
    ],
    ['worksheet_module_4', 'review_solution -> reviews.json', 'make_worksheet -> worksheet.md'],
  ])
})

test('the workspace defaults are valid', () => {
  expect(workspaceSettings.parse(parse(read('itemwise.yaml')))).toEqual({
    model: 'claude-haiku-5-5',
    max_concurrency: 16,
  })
})

test('the first template fills from every item, with its digits, and braces inside an item stay text', () => {
  const prompts = items.map((item) => filled(templateOf(problems.steps[0]!), item))
  expect(prompts.map((prompt) => /^- Template: (.*)$/m.exec(prompt)?.[1])).toEqual(
    items.map((item) => (item.template as { stem: string }).stem),
  )
  expect(prompts[0]).toContain('Ranges: {"count": {"min": 3, "max": 6, "step": 1}, "price": {"min": 1.10, "max": 2.40')
  expect(prompts[0]).toContain('such as {price},')
})

test('only some items have a remark, and the others leave its place empty', () => {
  const template = templateOf(problems.steps[0]!)
  const withRemark = items.filter((item) => 'remark' in item)
  expect(withRemark.map((item) => item.id)).toEqual([4003, 4007, 4011, 4014])
  expect(template.names).toContain('remark')
  expect(filled(template, items[0]!)).toMatch(/if there is one: \n$/)
  expect(filled(template, items[2]!)).toMatch(/if there is one: Many pupils answer 0 %\. .*\n$/)
})

test('each later step finds its variables in what the step before writes, and {root__…} in every item', () => {
  const inputs = items.map((item) => [...variablesOf(item).keys()].map((name) => `root__${name}`))
  const roots = inputs[0]!.filter((name) => inputs.every((names) => names.includes(name)))
  const [generate, solve, hint] = problems.steps.map(templateOf) as [Template, Template, Template]
  const review = templateOf(worksheet.steps[0]!)
  expect(missing(solve, ['problem_id', 'source_id', ...answerFields(generate), ...roots])).toEqual([])
  expect(missing(hint, ['problem_id', ...answerFields(solve), ...roots])).toEqual([])
  expect(missing(review, ['problem_id', ...answerFields(solve)])).toEqual([])
  expect(templateOf(worksheet.steps[1]!).names).toEqual(['input'])
})

test('the worksheet feeds on a file that the problem generator writes, by the id that it gives', () => {
  const at = problems.steps.findIndex((step) => step.prompt_name === 'write_solution')
  const { input_file, batch_id_field } = worksheet.steps[0]!
  expect({ input_file, batch_id_field }).toEqual({
    input_file: `outputs/problem_generator_module_4/latest/collated/0${at + 1}_${problems.steps[at]?.output_file}`,
    batch_id_field: problems.steps[0]?.batch_output_id_field,
  })
})

test.each(steps.filter((step) => step.batch_mode !== false))('the API compiles the schema of $prompt_name', (step) => {
  const schema = templateOf(step).settings.output_schema
  expect(uncompilable(schema as Json, 'output_schema')).toEqual([])
  expect(() => new Ajv2020({ strict: true }).compile(schema as object)).not.toThrow()
})

test('the step that writes text has no schema', () => {
  expect(templateOf(worksheet.steps[1]!).settings.output_schema).toBeUndefined()
})

test.each([
  ['generate_problem', (schema: Json) => schema],
  ['write_solution', (schema: Json) => (schema as Nested).properties.steps!.items as Json],
  ['write_hints', (schema: Json) => schema],
])('the example answer in %s meets its schema', (prompt_name, part) => {
  const template = templateOf({ prompt_name })
  const example = /```json\n([\s\S]*?)```/.exec(read(promptPath({ prompt_name })))?.[1] ?? ''
  const validate = new Ajv2020().compile(part(template.settings.output_schema as Json) as object)
  expect({ valid: validate(JSON.parse(example)), errors: validate.errors }).toEqual({ valid: true, errors: null })
})

type Nested = { properties: { [name: string]: { [keyword: string]: Json } } }

function filled(template: Template, item: Json): string {
  const variables = variablesOf(item)
  const result = render(template, (name) => (variables.has(name) ? variableText(variables.get(name)!) : undefined))
  if ('missing' in result)
    throw new Error(`item ${idText((item as { id: Json }).id)} lacks ${result.missing.join(', ')}`)
  return result.prompt
}

function missing(template: Template, offered: string[]): string[] {
  return template.required.filter((name) => !offered.includes(name))
}

function answerFields(template: Template): string[] {
  return Object.keys((template.settings.output_schema as unknown as Nested).properties)
}

// What structured outputs take of JSON Schema, as far as the examples use it.
const keywords = ['type', 'description', 'enum', 'items', 'minItems', 'properties', 'required', 'additionalProperties']

/** Every place of a schema that the API would refuse. */
function uncompilable(schema: Json | undefined, place: string): string[] {
  if (!isObject(schema)) return [`${place} is not an object`]
  const { type, properties, required, additionalProperties, items: entry, minItems } = schema
  const names = Object.keys(isObject(properties) ? properties : {})
  return [
    ...Object.keys(schema).flatMap((keyword) => (keywords.includes(keyword) ? [] : [`${place}.${keyword}`])),
    ...(minItems === undefined || minItems === 0 || minItems === 1 ? [] : [`${place}.minItems`]),
    ...(type !== 'object' || additionalProperties === false ? [] : [`${place} is open`]),
    ...(type !== 'object' || jsonText(required) === jsonText(names)
      ? []
      : [`${place} requires other fields than it has`]),
    ...(type === 'array' ? uncompilable(entry, `${place}.items`) : []),
    ...names.flatMap((name) => uncompilable((properties as { [key: string]: Json })[name], `${place}.${name}`)),
  ]
}
