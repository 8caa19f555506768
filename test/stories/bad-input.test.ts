/** What bad input gets: every problem in one go, exit code 2, nothing written, nothing asked for. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Story } from './story.ts'
import { items, oneStep, refusal, request, run, tried, workspace } from './tried.ts'

type Files = Record<string, unknown>
/** What is refused, the files that make it so, and the problems it is refused over. */
type Row = [title: string, files: Files, ...problems: string[]]

function refuses(rows: Row[]): void {
  test.each(rows)('%s is refused', async (_title, files, ...problems) => {
    await using story = await Story.begin({ ...workspace, ...files })
    expect(await tried(story, run)).toEqual(refusal(...problems))
  })
}

const input = (content: unknown): Files => ({ 'inputs/items.json': content })
const array = 'Expected a JSON array, [ … ]'
const offers =
  ' If no field identifies an item, write one of these lines in the step: batch_id_field: "@content" (a short hash of the item: it survives sorting, and changes when the item is edited), or batch_id_field: "@position" (1, 2, 3: weak, since an answer stays at its position when rows are sorted, added or removed).'

describe('an input', () => {
  refuses([
    [
      'that is not JSON, with line and column,',
      input('[\n  {"id": 1, "text": "a"},\n  {"id": 2 "text": "b"}\n]'),
      'inputs/items.json is not JSON (line 3, column 12): comma expected.',
    ],
    [
      'that is cut off',
      input('[\n  {"id": 1, "text": "a"},\n  {"id": 2, "te'),
      'inputs/items.json is not JSON (line 3, column 13): unexpected end of string.',
    ],
    ['that is empty', input(''), 'inputs/items.json is not JSON (line 1, column 1): value expected.'],
    [
      'with text behind the array',
      input('[{"id": 1, "text": "a"}] and more'),
      'inputs/items.json is not JSON (line 1, column 26): expected the end of the file.',
    ],
    [
      'that is an object, naming the array in it,',
      input({ count: 1, items }),
      `Step 1 (write): 2 items have no id (positions 1, 2). Expected a text or a number of its own in id of every item. Correct the items, or name another field in batch_id_field. An object is taken as its entries, each with key and value: name key in batch_id_field, or point to an array in it: #/items behind the file's name.${offers}`,
      'prompts/write.md uses {id}, which items (position 1), (position 2) lack. Available: key, value.',
      'prompts/write.md uses {text}, which items (position 1), (position 2) lack. Available: key, value.',
    ],
    [
      'that is an object in which arrays stand deeper, naming the way to them all,',
      input({ shop: 'X', departments: { kitchen: { products: items }, office: { products: [] } } }),
      `Step 1 (write): 2 items have no id (positions 1, 2). Expected a text or a number of its own in id of every item. Correct the items, or name another field in batch_id_field. An object is taken as its entries, each with key and value: name key in batch_id_field, or point to an array in it: #/departments/*/products behind the file's name.${offers}`,
      'prompts/write.md uses {id}, which items (position 1), (position 2) lack. Available: key, value.',
      'prompts/write.md uses {text}, which items (position 1), (position 2) lack. Available: key, value.',
    ],
    ['that is a text', input('"one"'), `inputs/items.json is not an array: the whole is a text. ${array}.`],
    [
      'with a line that is not JSON Lines, with line and column,',
      {
        'inputs/items.jsonl': '{"id": 1, "text": "a"}\n{"id": 2 "text": "b"}\n',
        'pipelines/stories.yaml': request('- prompt_name: write', '  input_file: inputs/items.jsonl'),
      },
      'inputs/items.jsonl is not JSON Lines (line 2, column 10): comma expected. Expected one JSON value on each line.',
    ],
    [
      'of a single call that is not JSON, with line and column,',
      { ...oneStep('batch_mode: false'), ...input('{\n  "id": \n}') },
      'inputs/items.json is not JSON (line 3, column 1): value expected.',
    ],
    [
      'with missing and repeated ids, each listed,',
      input([
        { id: 1, text: 'a' },
        { text: 'b' },
        { id: null, text: 'c' },
        { id: '', text: 'd' },
        { id: '1', text: 'e' },
        { id: 'x', text: 'f' },
        { id: 'x', text: 'g' },
        { id: { a: 1 }, text: 'h' },
      ]),
      'Step 1 (write): 4 items have no id (positions 2-4, 8); the same id stands on more than one item: 1 (positions 1, 5), x (positions 6, 7). Expected a text or a number of its own in id of every item. Correct the items, or name another field in batch_id_field.',
      'prompts/write.md uses {id}, which item (position 2) lacks. Available: text.',
    ],
    [
      'with an empty id, and another field of a similar name,',
      input([
        { id: '', text: 'a', ids: 3 },
        { id: 2, text: 'b', ids: 4 },
      ]),
      'Step 1 (write): 1 item has no id (position 1). Expected a text or a number of its own in id of every item. Correct the items, or name another field in batch_id_field.',
    ],
    [
      'with two dozen repeated ids, each listed,',
      input(Array.from({ length: 48 }, (_, at) => ({ id: at % 24, text: 'a' }))),
      `Step 1 (write): the same id stands on more than one item: ${Array.from({ length: 24 }, (_, id) => `${id} (positions ${id + 1}, ${id + 25})`).join(', ')}. Expected a text or a number of its own in id of every item. Correct the items, or name another field in batch_id_field.`,
    ],
    [
      'whose items lack a variable, with the items and the nearest name,',
      input([
        { id: 1, text: 'a' },
        { id: 2, texts: 'b' },
        { id: 3, texts: 'c' },
      ]),
      'prompts/write.md uses {text}, which items 2, 3 lack. Available: id, texts. Did you mean texts?',
    ],
    [
      'with items that are nested too deep, with ids and lines,',
      input(
        `[\n{"id": 1, "text": "a"},\n{"id": "b", "text": ${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}},\n{"id": 1.10, "text": ${'['.repeat(3000)}${']'.repeat(3000)}}\n]`,
      ),
      'inputs/items.json has items nested more than 1,000 levels deep: b (line 3), 1.1 (line 4). Make them flatter, or leave them out of the file.',
    ],
    [
      'of a single call that is nested too deep',
      {
        ...oneStep('batch_mode: false'),
        ...input(`${'['.repeat(3000)}${']'.repeat(3000)}`),
        'prompts/write.md': '{input}',
      },
      'inputs/items.json is nested more than 1,000 levels deep. Make it flatter.',
    ],
    [
      'of CSV with wrong rows, each with its line,',
      {
        'inputs/items.csv': 'id,text\n1,a\n2,a,b\n3\n4,"un"quoted\n',
        'pipelines/stories.yaml': request(
          '- prompt_name: write',
          '  input_file: inputs/items.csv',
          '  batch_only_items: [3]',
        ),
      },
      'inputs/items.csv has rows that do not fit its header of 2 columns: line 3 has 3 cells; line 4 has 1 cell; line 5 has text behind the closing quote of a cell. Expected 2 cells in each row. A cell with a comma, a quote or a line break in it stands in quotes, and a quote inside it is written twice.',
    ],
    [
      'whose pointer leads to what only JavaScript has',
      {
        ...input({ items: [1] }),
        'pipelines/stories.yaml': request(
          '- prompt_name: write',
          '  input_file: inputs/items.json#/toString',
          '  batch_mode: false',
          '- prompt_name: rate',
          '  input_file: inputs/items.json#/items/length',
          '  batch_mode: false',
        ),
      },
      'inputs/items.json#/toString has nothing at #/toString.',
      'inputs/items.json#/items/length has nothing at #/items/length.',
    ],
    [
      'in which one name means two fields',
      input([{ id: 1, text: 'a', a__b: 1, a: { b: 2 } }]),
      'Item 1: {a__b} could be two fields: the key a__b and a nested one. Rename one of them.',
    ],
  ])

  test.each([
    ['UTF-16', 'utf16le', 'is UTF-16. Expected UTF-8; save it again with that encoding.'],
    ['Latin-1', 'latin1', 'is not UTF-8 (line 1). Save it again with that encoding.'],
  ] as const)('in %s is refused', async (_name, encoding, problem) => {
    await using story = await Story.begin(workspace)
    const mark = encoding === 'utf16le' ? '\uFEFF' : ''
    writeFileSync(join(story.root, 'inputs/items.json'), `${mark}[{"id": 1, "text": "élan"}]`, encoding)
    expect(await tried(story, run)).toEqual(refusal(`inputs/items.json ${problem}`))
  })
})

const known = 'Did you mean'

describe('a request', () => {
  refuses([
    [
      'with unknown fields, each with the nearest name,',
      {
        'pipelines/stories.yaml':
          'pipeline_nam: stories\nsteps:\n  - prompt_name: write\n    input_file: inputs/items.json\n    max_token: 9\n',
      },
      `pipelines/stories.yaml: there is no field "max_token" in step 1. ${known} max_tokens?`,
      `pipelines/stories.yaml: there is no field "pipeline_nam". ${known} pipeline_name?`,
    ],
    [
      'with values of the wrong kind, each with what was expected,',
      {
        'pipelines/stories.yaml':
          'module_number: four\npath_letter: ab\nsteps:\n  - prompt_name: write\n    input_file: inputs/items.json\n    max_tokens: -1\n    effort: huge\n    batch_only_items: 3\n',
      },
      'pipelines/stories.yaml: batch_only_items of step 1 is 3. Expected a list.',
      'pipelines/stories.yaml: max_tokens of step 1 is -1. Expected at least 1.',
      'pipelines/stories.yaml: effort of step 1 is "huge". Expected one of low, medium, high, xhigh, max.',
      'pipelines/stories.yaml: module_number is "four". Expected a number.',
      'pipelines/stories.yaml: path_letter is "ab". Expected one letter.',
    ],
    [
      'that is not YAML, with line and column,',
      { 'pipelines/stories.yaml': 'steps:\n  - prompt_name: "write\n' },
      'pipelines/stories.yaml is not YAML (line 3, column 1): Missing closing "quote',
    ],
    [
      'that is YAML no longer after one mistake, without all that follows from it,',
      { 'pipelines/stories.yaml': `steps:\n- [ a: :x\n${'b: c\n'.repeat(20)}` },
      'pipelines/stories.yaml is not YAML (line 3, column 1): Flow sequence in block collection must be sufficiently indented and end with a ]',
      'pipelines/stories.yaml is not YAML (line 4, column 1): Map keys must be unique',
      'pipelines/stories.yaml is not YAML (line 5, column 1): Map keys must be unique',
      'pipelines/stories.yaml is not YAML in 17 more places, which may come of these. Correct these first.',
    ],
    [
      'that is a text',
      { 'pipelines/stories.yaml': 'hello\n' },
      'pipelines/stories.yaml: the whole is "hello". Expected fields (name: value).',
    ],
    [
      'with an empty list of steps',
      { 'pipelines/stories.yaml': 'pipeline_name: stories\nsteps: []\n' },
      'pipelines/stories.yaml: steps is []. Expected at least one entry.',
    ],
    [
      'without steps',
      { 'pipelines/stories.yaml': 'pipeline_name: stories\n' },
      'pipelines/stories.yaml: steps is missing. Expected a list.',
    ],
    [
      'with missing templates and inputs, each with the nearest names,',
      {
        'pipelines/stories.yaml': request(
          '- prompt_name: wirte',
          '  input_file: inputs/itms.json',
          '- prompt_name: something_else',
        ),
      },
      `Step 1 (wirte): There is no file prompts/wirte.md in the workspace. ${known} write.md?`,
      `Step 1 (wirte): input_file inputs/itms.json: There is no file inputs/itms.json in the workspace. ${known} items.json?`,
      'Step 2 (something_else): There is no file prompts/something_else.md in the workspace. prompts has: rate.md, write.md.',
    ],
    [
      'whose first step has no input',
      { 'pipelines/stories.yaml': request('- prompt_name: write') },
      'Step 1 (write): there is no step before it, so it needs an input_file. Expected a path such as inputs/items.json.',
    ],
    [
      'for an input with an unknown ending',
      {
        'inputs/items.ods': '',
        'pipelines/stories.yaml': request('- prompt_name: write', '  input_file: inputs/items.ods'),
      },
      'Step 1 (write): input_file inputs/items.ods: it cannot be read as an array. Expected .json, .jsonl, .csv or .tsv (each also packed, as .csv.gz), .xlsx, .parquet, a folder, a pattern such as inputs/letters/*.md, or - for stdin.',
    ],
    [
      'for a spreadsheet that is none',
      {
        'inputs/items.xlsx': 'no zip',
        'pipelines/stories.yaml': request('- prompt_name: write', '  input_file: inputs/items.xlsx'),
      },
      'Step 1 (write): input_file inputs/items.xlsx: it is no .xlsx file, or is cut off. Save it again in the program it comes from.',
    ],
    [
      'with two steps of the same output file, whatever its case,',
      {
        'pipelines/stories.yaml': request(
          '- prompt_name: write',
          '  input_file: inputs/items.json',
          '- prompt_name: rate',
          '  output_file: WRITE.json',
        ),
      },
      'Steps 1 and 2 have the same output_file write.json. Expected one name a step; give one of them another output_file.',
    ],
    [
      'in which a step that writes text feeds a batch step',
      {
        'pipelines/stories.yaml': request(
          '- prompt_name: write_all',
          '  input_file: inputs/items.json',
          '  batch_mode: false',
          '  output_file: all.md',
          '- prompt_name: rate',
        ),
        'prompts/write_all.md': 'Write: {input}\n',
      },
      'Step 2 (rate): it takes an array, but the step before writes all.md, a text. Give that step an output_file that ends in .json, or this one batch_mode: false.',
    ],
    [
      'with ids that could be two, and with numbers that lose digits, all named,',
      {
        'inputs/items.json': '[{"id": 1.1, "text": "a"}, {"id": 12, "text": "b"}]',
        'schemas/story.json':
          '{"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"const": 9007199254740993}}}',
        'pipelines/stories.yaml': request(
          '- prompt_name: write',
          '  input_file: inputs/items.json',
          '  batch_only_items: [1.10, 12]',
          '  batch_skip_items: [0012]',
          '  output_schema: schemas/story.json',
        ),
      },
      'pipelines/stories.yaml: batch_only_items[0] of step 1 is 1.10, which could be the id 1.10 or the number 1.1. Write the one that is meant in quotes: "1.10" or "1.1".',
      'pipelines/stories.yaml: batch_skip_items[0] of step 1 is 0012, which could be the id 0012 or the number 12. Write the one that is meant in quotes: "0012" or "12".',
      'Step 1 (write): schemas/story.json: output_schema.properties.a.const is 9007199254740993. A number keeps at most 15 or 16 digits, so another one would be sent (9007199254740992). Write one with fewer digits, or a text in quotes.',
      'Step 1: batch_only_items (--only) names 1.10, but the input has no such item. Did you mean 1.1?',
      'Step 1: batch_skip_items (--skip) names 0012, but the input has no such item. Did you mean 12?',
    ],
    [
      'with new ids in the field of the old ones',
      { ...oneStep('batch_output_id_field: source_id') },
      "Step 1 (write): batch_output_id_field source_id is the field that holds the item's own id (source_ and id), so the new id would be lost. Choose another name.",
    ],
    [
      'with batch fields in a single-call step',
      { ...oneStep('batch_mode: false', 'batch_id_field: id', 'batch_only_items: [1]') },
      'Step 1 (write): batch_id_field, batch_only_items cannot stand in a step with batch_mode: false, which has no items. Leave them out.',
    ],
    [
      'with paths that leave the workspace, each named,',
      {
        'pipelines/stories.yaml': request(
          '- prompt_name: ../story',
          '  input_file: ../items.json',
          '- prompt_name: write',
          '  input_file: /etc/passwd',
          '  output_file: ../../write.json',
          '- prompt_name: rate',
          '  output_schema: ../schema.json',
        ),
      },
      'pipelines/stories.yaml: output_file of step 2 is "../../write.json". Expected a file name without folders.',
      `Step 1 (../story): prompts/../story.md ${outside()}`,
      `Step 1 (../story): input_file ../items.json: ../items.json ${outside()}`,
      `Step 2 (write): input_file /etc/passwd: /etc/passwd ${outside()}`,
      `Step 3 (rate): output_schema: ../schema.json ${outside()}`,
    ],
    [
      'with a schema that the API cannot compile, each place named,',
      oneStep('output_schema: {type: object, properties: {a: {type: string, minLength: 3}}}'),
      'Step 1 (write): the API cannot compile its output_schema: # lacks additionalProperties. Every object needs additionalProperties: false; for free keys use an array of {key, value} objects.',
      'Step 1 (write): the API cannot compile its output_schema: #/properties/a has minLength, which structured outputs do not support: say it in description instead; the API does not limit lengths.',
    ],
    [
      'with a schema file that is not JSON',
      { ...oneStep('output_schema: schemas/story.json'), 'schemas/story.json': '{"type": }' },
      'Step 1 (write): output_schema: schemas/story.json is not JSON (line 1, column 10): value expected.',
    ],
    [
      'whose workspace settings have an unknown field',
      { 'itemwise.yaml': 'modle: claude-haiku-5-5\n' },
      `itemwise.yaml: there is no field "modle". ${known} model?`,
    ],
    [
      'with problems of every kind, all named in one go,',
      {
        'itemwise.yaml': 'modle: claude-haiku-5-5\n',
        'inputs/items.json': [
          { id: 1, text: 'a' },
          { id: 1, text: 'b' },
        ],
        'pipelines/stories.yaml':
          'pipeline: stories\nsteps:\n  - prompt_name: wirte\n    input_file: inputs/items.json\n    batch_only_items: [9]\n    max_tokens: 0\n  - prompt_name: rate\n    output_file: wirte.json\n    output_schema: {type: object, properties: {}}\n',
      },
      'pipelines/stories.yaml: max_tokens of step 1 is 0. Expected at least 1.',
      `pipelines/stories.yaml: there is no field "pipeline". ${known} pipeline_name or pipeline_status?`,
      `itemwise.yaml: there is no field "modle". ${known} model?`,
      `Step 1 (wirte): There is no file prompts/wirte.md in the workspace. ${known} write.md?`,
      'Step 2 (rate): the API cannot compile its output_schema: # lacks additionalProperties. Every object needs additionalProperties: false; for free keys use an array of {key, value} objects.',
      'Steps 1 and 2 have the same output_file wirte.json. Expected one name a step; give one of them another output_file.',
      'Step 1 (wirte): the same id stands on more than one item: 1 (positions 1, 2). Expected a text or a number of its own in id of every item. Correct the items, or name another field in batch_id_field.',
      `Step 1: batch_only_items (--only) names 9, but the input has no such item. ${known} 1?`,
    ],
  ])

  test('that is not there is refused with the nearest name', async () => {
    await using story = await Story.begin(workspace)
    const problem = `There is no request file pipelines/storys.yaml. ${known} stories.yaml?`
    expect(await tried(story, ['run', 'pipelines/storys.yaml'])).toEqual(refusal(problem))
  })
})

function outside(): string {
  return 'leads out of the workspace. Paths are relative to the workspace and stay inside it, also through links.'
}

describe('a template', () => {
  refuses([
    [
      'whose front matter is not YAML, with its line,',
      { 'prompts/write.md': '---\nmodel: "claude\n---\n{text}\n' },
      'Step 1 (write): The front matter of prompts/write.md is not YAML (line 3): Missing closing "quote.',
    ],
    [
      'whose front matter never closes',
      { 'prompts/write.md': '---\nmodel: claude-haiku-5-5\n{text}\n' },
      'Step 1 (write): prompts/write.md opens front matter with --- that never closes. Expected a second line --- below the settings.',
    ],
    [
      'with wrong settings in its front matter, beside another one without text,',
      { 'prompts/write.md': '---\nmodle: x\nmax_tokens: many\n---\n{text}\n', 'prompts/rate.md': '---\n---\n\n' },
      'Step 1 (write): The front matter of prompts/write.md: max_tokens is "many". Expected a number.',
      `Step 1 (write): The front matter of prompts/write.md: there is no field "modle". ${known} model?`,
      'Step 2 (rate): prompts/rate.md has no text. Expected the prompt; write it below the front matter.',
    ],
    [
      'with a schema that the API cannot compile',
      { 'prompts/write.md': '---\noutput_schema: {type: array, items: {type: strin}}\n---\n{text}\n' },
      'Step 1 (write): the API cannot compile its output_schema: # has type "array"; the root must be type "object". Put the value in a property of an object.',
      'Step 1 (write): the API cannot compile its output_schema: #/items has type "strin"; expected one of object, array, string, number, integer, boolean, null.',
    ],
  ])
})

describe('a prompt', () => {
  const blank = (ids: string, line: string) =>
    `prompts/write.md filled in with items ${ids} is blank. Expected text that can be seen; fill the items in, add words to the template, or leave them out with this line in the step: batch_skip_items: ${line}`

  const blankItems = {
    'prompts/write.md': '{text}',
    'inputs/items.json': [
      { id: 1, text: '' },
      { id: '0012', text: ' \n\t' },
      { id: 'a, b', text: '\u00a0\u3000' },
      { id: 4, text: '\u200b\u00ad\ufeff\u2060\u2800\u0000' },
      { id: 5, text: 'x' },
    ],
  }

  refuses([
    ['that is blank, with ids,', blankItems, blank('1, 0012, a, b, 4', '[1, "0012", "a, b", 4]')],
    [
      'that is blank, beside a filter of its own,',
      { ...blankItems, ...oneStep('batch_skip_items: [5, 4]') },
      blank('1, 0012, a, b', '[5, 4, 1, "0012", "a, b"]'),
    ],
    [
      'of a single call that is blank',
      { ...oneStep('batch_mode: false'), 'inputs/items.json': ' [ ]', 'prompts/write.md': '{text?}' },
      'prompts/write.md filled in with the input is blank. Expected text that can be seen; fill the input in, or add words to the template.',
    ],
    [
      'for the system that is blank',
      oneStep('system: "\\u00a0 \\n"'),
      'Step 1 (write): its system prompt is blank. Expected text that can be seen; write it, or leave system out.',
    ],
    [
      'with a second shared mark, with its line,',
      { 'prompts/write.md': '---\nmax_tokens: 9\n---\nA\n<!-- shared above -->\n{text}\n<!-- shared above -->' },
      'Step 1 (write): prompts/write.md has <!-- shared above --> on line 5 and again on line 7. Expected it once: what stands above it is the same for all items. Take the others out.',
    ],
  ])

  test('that is blank is left out by the line that its refusal prints', async () => {
    await using story = await Story.begin({ ...workspace, ...blankItems })
    const { err } = await tried(story, run)
    const line = /batch_skip_items: \[.*\]/.exec(err)?.[0] ?? ''
    story.write('pipelines/stories.yaml', oneStep(line)['pipelines/stories.yaml'])
    const { code, requests } = await tried(story, run)
    expect({ code, requests }).toEqual({ code: 0, requests: 1 })
  })

  test('that is blank in a later step is the failure of its item, and nothing is sent for it', async () => {
    await using story = await Story.begin(
      { ...workspace, 'prompts/rate.md': '{answer}' },
      { answer: ({ prompt }) => (/^Write 2/.test(prompt) ? '{"answer": " \\u200b"}' : undefined) },
    )
    const { code, requests } = await tried(story, run)
    expect({ code, requests, errors: story.errors('stories/v0', 2) }).toEqual({
      code: 3,
      requests: 5,
      errors: [
        {
          item_id: '2',
          item_index: 2,
          error:
            'The template rate filled in with this item is blank, and the API takes no blank prompts. Add words of its own to the template, or let the step before write what it takes.',
          step: 2,
          kind: 'blank_prompt',
          attempts: 0,
          request_id: null,
        },
      ],
    })
    expect((await story.run('rerun', 'stories', '--changed')).out).toContain('Nothing to do')
  })

  test('that is blank for all items of a later step ends the run, so that latest stays', async () => {
    await using story = await Story.begin(
      { ...workspace, 'prompts/rate.md': '{answer}' },
      { answer: () => '{"answer": ""}' },
    )
    const { code, requests } = await tried(story, run)
    expect({ code, requests, latest: story.has('outputs/stories/latest') }).toEqual({
      code: 1,
      requests: 3,
      latest: false,
    })
  })
})

describe('a field whose name is no identifier', () => {
  const films = {
    'inputs/items.json': [
      { id: 1, 'US Gross': 100, Größe: 'L', 'unit-price': 2.5, size: 1 },
      { id: 2, 'US Gross': 200, Größe: 'M', 'unit-price': 3.5, size: 2 },
    ],
  }

  test('is filled in, also in a later step, and JSON beside it needs no escaping', async () => {
    await using story = await Story.begin(
      {
        ...workspace,
        ...films,
        'prompts/write.md': 'Write {id}: {US Gross} {Größe} {unit-price} {{US Gross}} {"US Gross": 1} {a, b}\n',
        'prompts/rate.md': 'Rate {id}: {the answer} {root__US Gross}\n',
      },
      { answer: ({ prompt }) => (prompt.startsWith('Write') ? '{"the answer": 7}' : undefined) },
    )
    const { code, err } = await tried(story, run)
    expect({ code, warnings: err.match(/^Warning.*/gm) }).toEqual({ code: 0, warnings: null })
    const sent = story.sent.map(({ body }) => body.messages[0]?.content)
    expect(sent.sort()).toEqual([
      'Rate 1: 7 100\n',
      'Rate 2: 7 200\n',
      'Write 1: 100 L 2.5 {US Gross} {"US Gross": 1} {a, b}\n',
      'Write 2: 200 M 3.5 {US Gross} {"US Gross": 1} {a, b}\n',
    ])
    expect((await story.run('rerun', 'stories', '--changed')).out).toContain('Nothing to do')
  })

  test('that only some answers have fails the others', async () => {
    await using story = await Story.begin(
      { ...workspace, 'prompts/rate.md': 'Rate {id}: {the answer}\n' },
      { answer: ({ prompt }) => (/^Write [12]/.test(prompt) ? '{"the answer": 7}' : '{"answer": 8}') },
    )
    const { code, requests } = await tried(story, run)
    expect({
      code,
      requests,
      errors: story.errors('stories/v0', 2).map(({ item_id, kind }) => [item_id, kind]),
    }).toEqual({
      code: 3,
      requests: 5,
      errors: [['3', 'missing_variable']],
    })
  })

  test('stays text in a version that was begun before gaps were filled in', async () => {
    await using story = await Story.begin(
      { ...workspace, 'prompts/rate.md': 'Rate {id}: {the answer}\n' },
      { answer: ({ prompt }) => (prompt.startsWith('Rate') ? { status: 401 } : '{"the answer": 7}') },
    )
    expect((await tried(story, run)).code).toBe(1)
    const document = story.runDocument('stories/v0')
    expect(document.steps.map(({ template_rules }) => template_rules)).toEqual([undefined, 2])
    story.write('outputs/stories/v0/run.json', {
      ...document,
      steps: document.steps.map(({ template_rules: _, ...step }) => step),
    })
    story.api.answer = undefined
    expect((await tried(story, ['resume', 'stories'])).code).toBe(0)
    expect(story.read('outputs/stories/v0/prompts/02_prompt_1.md')).toBe('Rate 1: {the answer}\n')
    const { out } = await story.run('rerun', 'stories', '--changed', '--dry-run')
    expect(out).toContain('Step 2 rate (claude-haiku-5-5): 3 items: 3 to ask for')
  })

  test('that the answers of the step before nearly have is warned of', async () => {
    await using story = await Story.begin({ ...workspace, 'prompts/rate.md': 'Rate {id}: {the answer} {ans-wer}\n' })
    const { code, err } = await tried(story, run)
    expect({ code, warnings: err.match(/^Warning.*/gm) }).toEqual({
      code: 0,
      warnings: [
        'Warning: prompts/rate.md has {ans-wer} in it, but the answers of step 1 have no field of this name. Did you mean {answer}? To send the braces as text, double them: {{ans-wer}}.',
      ],
    })
  })

  test('is told where a variable is optional and no item has it, or where spaces make it text', async () => {
    await using story = await Story.begin({
      ...workspace,
      ...films,
      'prompts/write.md': 'Write {id}: {Sise?} { size }\n',
    })
    const { code, err } = await tried(story, run)
    expect({ code, warnings: err.match(/^Warning.*/gm) }).toEqual({
      code: 0,
      warnings: [
        'Warning: prompts/write.md has { size } in it, which is sent as it stands. Write {size} to have the field filled in.',
        'Warning: prompts/write.md takes {Sise?}, which no item has: it stays empty. Did you mean size?',
      ],
    })
  })

  refuses([
    [
      'and is nearly named',
      { ...films, 'prompts/write.md': 'Write {id}: {US Gros} {us gross} {unit_price}\n' },
      'prompts/write.md has {US Gros} in it, but the items have no field of this name. Did you mean {US Gross}? To send the braces as text, double them: {{US Gros}}.',
      'prompts/write.md has {us gross} in it, but the items have no field of this name. Did you mean {US Gross}? To send the braces as text, double them: {{us gross}}.',
      'prompts/write.md uses {unit_price}, which items 1, 2 lack. Available: id, US Gross, Größe, unit-price, size. Did you mean unit-price?',
    ],
    [
      'and that some items lack',
      {
        'prompts/write.md': 'Write {id}: {US Gross}\n',
        'inputs/items.json': [{ id: 1 }, { id: 2, 'US Gross': 1 }, { id: 3, 'US {Gross': 1 }],
      },
      'prompts/write.md uses {US Gross}, which items 1, 3 lack. Available: id.',
    ],
  ])
})

describe('a link', () => {
  test.each([
    ['inputs/items.json', 'Step 1 (write): input_file inputs/items.json: inputs/items.json'],
    ['prompts/write.md', 'Step 1 (write): prompts/write.md'],
    ['outputs', 'outputs/stories'],
  ])('%s that leads out of the workspace is refused, and nothing is written there', async (link, place) => {
    const { [link]: _linked, ...files } = workspace
    await using story = await Story.begin(files)
    const elsewhere = mkdtempSync(join(tmpdir(), 'itemwise-elsewhere-'))
    try {
      for (const folder of ['inputs', 'prompts']) story.write(`${folder}/.keep`, '')
      const target = link === 'outputs' ? elsewhere : join(elsewhere, 'target')
      if (target !== elsewhere) writeFileSync(target, '[{"id": 1, "text": "a"}]')
      symlinkSync(target, join(story.root, link))
      expect(await tried(story, run)).toEqual(refusal(`${place} ${outside()}`))
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  })
})

describe('ids that nobody has', () => {
  test('are refused in --only and --skip, each with the nearest', async () => {
    await using story = await Story.begin(workspace)
    expect(await tried(story, [...run, '--only', '1', '4001', '--skip', '12'])).toEqual(
      refusal(
        'Step 1: batch_only_items (--only) names 4001, but the input has no such item.',
        `Step 1: batch_skip_items (--skip) names 12, but the input has no such item. ${known} 1 or 2 or 3?`,
      ),
    )
  })

  test('filters that leave no item are refused before a version without answers becomes the latest', async () => {
    await using story = await Story.begin(workspace)
    expect(await tried(story, [...run, '--only', '1', '2', '--skip', '2', '1'])).toEqual(
      refusal(
        'Step 1: batch_only_items (--only) and batch_skip_items (--skip) leave none of 3 items. Correct the ids, or leave the filter out.',
      ),
    )
    expect(await tried(story, [...run, '--skip', '1', '2', '3'])).toEqual(
      refusal('Step 1: batch_skip_items (--skip) leaves none of 3 items. Correct the ids, or leave the filter out.'),
    )
  })

  const later = (filter: string) => ({
    'pipelines/stories.yaml': request(
      '- prompt_name: write',
      '  input_file: inputs/items.json',
      '  batch_output_id_field: story',
      '  batch_id_start: 101',
      '- prompt_name: rate_story',
      `  ${filter}`,
    ),
    'prompts/rate_story.md': 'Rate {story}: {answer}\n',
  })

  refuses([
    [
      'a later step with only unknown ids',
      later('batch_only_items: [999]'),
      'Step 2 takes only 999 (batch_only_items), but none of them came to it. Correct the ids and start a new run; `batch_skip_existing` keeps the answers of the steps before.',
    ],
  ])

  test('of a later step whose ids the model writes are refused in its plan, and what was answered before is kept', async () => {
    await using story = await Story.begin({
      ...workspace,
      'pipelines/stories.yaml': request(
        '- prompt_name: write',
        '  input_file: inputs/items.json',
        '- prompt_name: rate',
        '  batch_id_field: answer',
        '  batch_only_items: [nobody]',
      ),
    })
    const { code, err, requests } = await tried(story, run)
    expect({ code, requests, last: err.split('\n').at(-2) }).toEqual({
      code: 1,
      requests: 3,
      last: 'itemwise: Step 2 takes only nobody (batch_only_items), but none of them came to it. Correct the ids and start a new run; `batch_skip_existing` keeps the answers of the steps before.',
    })
    expect(story.collated('stories/v0', '01_write.json')).toHaveLength(3)
  })

  test('among those of a later step are warned of, once, and the ids that the step before gives count', async () => {
    await using story = await Story.begin({ ...workspace, ...later('batch_only_items: [102, 999]') })
    const { code, err } = await tried(story, run)
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Rate 102', 'Write 1', 'Write 2', 'Write 3'] })
    expect(err.match(/^Warning: .*$/gm)).toEqual([
      'Warning: Step 2 (rate_story) filters by 999, but no such items came to it.',
    ])
  })
})

test('--first 0 is refused', async () => {
  await using story = await Story.begin(workspace)
  expect(await tried(story, [...run, '--first', '0'])).toEqual({
    ...refusal(''),
    err: "error: option '--first <n>' argument '0' is invalid. Expected a whole number from 1.\n(itemwise run --help shows how to use it)\n",
  })
})
