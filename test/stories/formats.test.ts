/** From a file that another program made to a file that another program opens, through the real command line. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ResolvedStep } from '../../core/documents.ts'
import { converted } from '../formats/converted.ts'
import { Story } from './story.ts'

const files = resolve(import.meta.dirname, '../formats/files')

/** A pipeline `p` over an input, and a template. */
function pipeline(input_file: string, template: string, step: object = {}) {
  return {
    'prompts/greet.md': template,
    'pipelines/p.yaml': { pipeline_name: 'p', steps: [{ prompt_name: 'greet', input_file, ...step }] },
  }
}

function bring(story: Story, name: string, as = `inputs/${name}`): void {
  mkdirSync(join(story.root, 'inputs'), { recursive: true })
  copyFileSync(join(files, name), join(story.root, as))
}

function inputOf(story: Story, version: string): Extract<ResolvedStep['input'], { from: 'file' }> {
  const [step] = story.runDocument(version).steps
  if (step?.input.from !== 'file') throw new Error('Step 1 reads no file.')
  return step.input
}

test('a spreadsheet without ids becomes answers in a spreadsheet, and those are the same items when they are read again', async () => {
  await using story = await Story.begin(pipeline('inputs/kunden.xlsx#Kunden', 'Greet {Name}: {Text}'))
  bring(story, 'openpyxl.xlsx', 'inputs/kunden.xlsx')
  const refused = await story.run('run', 'p')
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('4 items have no id (positions 1-4)')
  expect(refused.err).toContain('write one of these lines in the step: batch_id_field: "@content" (a short hash')
  expect(refused.err).toContain('or batch_id_field: "@position" (1, 2, 3: weak')
  story.write('pipelines/p.yaml', {
    pipeline_name: 'p',
    steps: [{ prompt_name: 'greet', input_file: 'inputs/kunden.xlsx#Kunden', batch_id_field: '@content' }],
  })
  const dry = await story.run('run', 'p', '--dry-run')
  expect(dry.out).toContain('inputs/kunden.xlsx#Kunden is taken as sheet Kunden (not taken: Deckblatt): 4 items.')
  expect(story.has('outputs')).toBe(false)
  const ran = await story.run('run', 'p')
  expect(ran).toMatchObject({ code: 0, err: expect.stringContaining('is taken as sheet Kunden') })
  const answers = story.json<{ item_id: string }[]>('outputs/p/v0/collated/01_greet.json')
  const [first, second, third, fourth] = answers.map(({ item_id }) => item_id)
  expect([first, second, third].every((id) => /^c[0-9a-f]{12}$/.test(id ?? ''))).toBe(true)
  expect(fourth).toBe(`${third}-2`)
  expect(new Set([first, second, third]).size).toBe(3)
  expect((await story.run('export', 'p', '--output', 'o.xlsx')).code).toBe(0)
  expect(await converted(story.root, 'o.xlsx')).toEqual({
    read_as: 'sheet Answers',
    lines: answers.map((answer) => JSON.stringify(answer)),
  })
})

test('ids by content survive sorting and another order of columns; an edited row is a new item', async () => {
  const step = { batch_id_field: '@content' }
  await using story = await Story.begin({
    ...pipeline('inputs/a.csv', 'Greet {name}', step),
    'inputs/a.csv': 'name;city\nAnna;Rome\nBert;Lima\n',
  })
  await story.run('run', 'p')
  const before = story.json<{ item_id: string }[]>('outputs/p/v0/collated/01_greet.json')
  story.write('inputs/a.csv', 'city;name\nLima;Bert\nOslo;Anna\n')
  await story.run('run', 'p')
  const after = story.json<{ item_id: string }[]>('outputs/p/v1/collated/01_greet.json')
  expect(after[0]?.item_id).toBe(before[1]?.item_id)
  expect(after[1]?.item_id).not.toBe(before[0]?.item_id)
})

test('ids by position are 1, 2, 3, and a later step finds its items by item_id', async () => {
  await using story = await Story.begin({
    ...pipeline('inputs/a.json', 'Greet {name}'),
    'inputs/a.json': [{ name: 'Anna' }, { name: 'Bert' }],
    'prompts/more.md': 'More about {item_id} {root__name}\n',
    'pipelines/p.yaml': {
      pipeline_name: 'p',
      steps: [
        { prompt_name: 'greet', input_file: 'inputs/a.json', batch_id_field: '@position' },
        { prompt_name: 'more' },
      ],
    },
  })
  expect((await story.run('run', 'p')).code).toBe(0)
  const answers = story.json<{ item_id: string }[]>('outputs/p/v0/collated/02_more.json')
  expect(answers.map(({ item_id }) => item_id)).toEqual(['1', '2'])
  expect((await story.run('rerun', 'p', '2')).code).toBe(0)
})

test('an item that has the field item_id, and a step that takes answers, have no use for made ids', async () => {
  await using story = await Story.begin({
    ...pipeline('inputs/a.json', 'Greet {name}', { batch_id_field: '@content' }),
    'inputs/a.json': [{ name: 'Anna' }, { name: 'Bert', item_id: 7 }],
  })
  expect((await story.run('run', 'p')).err).toBe(
    'itemwise: Step 1 (greet): the item at position 2 has a field item_id, where the id of "@content" would be written. Expected no such field. Write batch_id_field: item_id if it identifies the items; else rename it.\n',
  )
  story.write('inputs/a.json', [{ id: 1, name: 'Anna' }])
  story.write('pipelines/p.yaml', {
    pipeline_name: 'p',
    steps: [
      { prompt_name: 'greet', input_file: 'inputs/a.json' },
      { prompt_name: 'greet', output_file: 'b.json', batch_id_field: '@position' },
    ],
  })
  expect((await story.run('run', 'p')).err).toContain(
    'batch_id_field "@position" is for items without an id, but those of the step before have one. Leave batch_id_field out.',
  )
})

test('what an input became is kept in the version: a rerun needs the source no more', async () => {
  await using story = await Story.begin(pipeline('inputs/k.csv', 'Greet {Name}', { batch_id_field: '@position' }))
  bring(story, 'excel-de.csv', 'inputs/k.csv')
  await story.run('run', 'p')
  const input = inputOf(story, 'p/v0')
  expect(input).toMatchObject({
    path: 'inputs/k.csv',
    resolved: 'outputs/p/v0/inputs/01_items.jsonl',
    converted: { source: 'inputs/k.csv', items: 4, read_as: expect.stringContaining('Windows-1252 (guessed') },
  })
  expect(story.read('outputs/p/v0/inputs/01_items.jsonl').split('\n')[0]).toBe(
    '{"Name":"Müller; Söhne","Größe":"1,5","Text":"=1+1 ist zwei","Datum":"02.03.2026"}',
  )
  rmSync(join(story.root, 'inputs'), { recursive: true })
  story.asked()
  expect(await story.run('rerun', 'p', '2', '1')).toMatchObject({ code: 0 })
  expect(story.asked()).toEqual(['Greet Müller; Söhne', 'Greet Straße'])
  expect(inputOf(story, 'p/v1').resolved).toBe('outputs/p/v1/inputs/01_items.jsonl')
  expect(story.read('outputs/p/v1/inputs/01_items.jsonl')).toBe(story.read('outputs/p/v0/inputs/01_items.jsonl'))
  expect(await story.run('run', 'p')).toMatchObject({ code: 2, err: expect.stringContaining('no file inputs/k.csv') })
})

test('a run that ended early is resumed without the source', async () => {
  await using story = await Story.begin(
    pipeline('inputs/a.tsv', 'Greet {name}', { batch_stop_on_error: true, max_concurrency: 1 }),
  )
  story.write('inputs/a.tsv', 'id\tname\n1\tAnna\n2\tBert\n')
  story.api.answer = () => ({ status: 400, message: 'No.' })
  expect((await story.run('run', 'p')).code).toBe(1)
  rmSync(join(story.root, 'inputs'), { recursive: true })
  story.api.answer = undefined
  expect(await story.run('resume', 'p')).toMatchObject({ code: 0, err: expect.not.stringContaining('differs') })
  expect(story.json('outputs/p/v0/collated/01_greet.json')).toHaveLength(2)
})

test('a rerun sees the source as it is today', async () => {
  await using story = await Story.begin({
    ...pipeline('inputs/a.csv', 'Greet {name}'),
    'inputs/a.csv': 'id;name\n1;Anna\n2;Bert\n',
  })
  await story.run('run', 'p')
  story.write('inputs/a.csv', 'id;name\n1;Anna\n2;Berta\n')
  expect(await story.run('rerun', 'p', '--changed')).toMatchObject({ code: 0 })
  expect(story.asked()).toEqual(['Greet Anna', 'Greet Bert', 'Greet Berta'])
})

test('an entry of an object and a product of a nested catalog are items', async () => {
  const catalog = {
    departments: [
      { name: 'Tools', products: [{ sku: 'h1', title: 'Hammer' }] },
      { name: 'Empty' },
      {
        name: 'Toys',
        products: [
          { sku: 'd1', title: 'Doll' },
          { sku: 'b1', title: 'Ball' },
        ],
      },
    ],
    authors: { anna: { born: 1970 }, bert: { born: 1980 } },
  }
  await using story = await Story.begin({
    ...pipeline('inputs/c.json#/departments/*/products', 'Sell {title}', { batch_id_field: 'sku' }),
    'inputs/c.json': catalog,
    'prompts/of.md': 'Born {value__born}, called {key}',
    'pipelines/q.yaml': {
      pipeline_name: 'q',
      steps: [{ prompt_name: 'of', input_file: 'inputs/c.json#/authors', batch_id_field: 'key' }],
    },
    'pipelines/r.yaml': {
      pipeline_name: 'r',
      steps: [{ prompt_name: 'greet', input_file: 'inputs/c.json#/departments/2/products', batch_id_field: 'sku' }],
    },
  })
  expect((await story.run('run', 'p')).code).toBe(0)
  expect(story.asked()).toEqual(['Sell Ball', 'Sell Doll', 'Sell Hammer'])
  expect((await story.run('run', 'q')).code).toBe(0)
  expect(story.asked()).toEqual(['Born 1970, called anna', 'Born 1980, called bert'])
  expect((await story.run('run', 'r')).code).toBe(0)
  expect(story.asked()).toEqual(['Sell Ball', 'Sell Doll'])
})

test('fields with spaces and no ids, as in movies.json of vega-datasets, fill a template', async () => {
  await using story = await Story.begin({
    ...pipeline('inputs/movies.json', 'Rate {Title} ({US Gross}, {Major Genre})', { batch_id_field: '@content' }),
    'inputs/movies.json': [
      { Title: 'The Land Girls', 'US Gross': 146083, 'Major Genre': null, 'IMDB Rating': 6.1 },
      { Title: null, 'US Gross': 10876, 'Major Genre': 'Drama', 'IMDB Rating': 6.9 },
      { Title: null, 'US Gross': 10876, 'Major Genre': 'Drama', 'IMDB Rating': 6.9 },
    ],
  })
  const { code, err } = await story.run('run', 'p')
  expect(code).toBe(0)
  const warned = err.split('\n').filter((line) => line.startsWith('Warning: '))
  expect(warned).toEqual([
    expect.stringMatching(
      /^Warning: prompts\/greet\.md: \{Major Genre\} is null in item \w+, and the prompt says null there\.$/,
    ),
    expect.stringMatching(
      /^Warning: prompts\/greet\.md: \{Title\} is null in items \w+, \w+-2, and the prompt says null there\.$/,
    ),
  ])
  expect(story.asked()).toEqual([
    'Rate null (10876, Drama)',
    'Rate null (10876, Drama)',
    'Rate The Land Girls (146083, null)',
  ])
})

test('200 text files are 200 items', async () => {
  const letters = Array.from({ length: 200 }, (_, at) => [
    `inputs/letters/${String(at).padStart(3, '0')}.md`,
    `Letter ${at}`,
  ])
  await using story = await Story.begin({
    ...pipeline('inputs/letters/*.md', 'Answer {name}: {text}', { batch_id_field: 'name' }),
    ...Object.fromEntries(letters),
  })
  const ran = await story.run('run', 'p', '--offline')
  expect(ran.err).toContain('inputs/letters/*.md is taken as 200 text files: 200 items.')
  expect(story.names('outputs/p/v0/items')).toHaveLength(200)
  expect(story.read('outputs/p/v0/prompts/01_prompt_007.md.md')).toBe('Answer 007.md: Letter 7')
})

test('items are piped in, and a rerun takes those of its base', async () => {
  await using story = await Story.begin(pipeline('-', 'Greet {name}'))
  const piped = story.shell(`printf '{"id":1,"name":"Anna"}\\n{"id":2,"name":"Bert"}\\n' | $itemwise run p`)
  const ran = await piped.ended
  expect(ran.err).toContain('The input from stdin is taken as JSON Lines: 2 items.')
  expect(ran.code).toBe(0)
  expect(await story.run('rerun', 'p', '2')).toMatchObject({ code: 0 })
  expect(story.asked()).toEqual(['Greet Anna', 'Greet Bert', 'Greet Bert'])
})

describe('export --with', () => {
  const words = [
    { id: 7, word: 'sun', level: { min: 1 } },
    { id: 8, word: 'moon', level: { min: 2 } },
    { id: 9, word: 'star', level: { min: 3 } },
  ]
  const files = {
    'inputs/w.json': words,
    'prompts/define.md': 'Define {word}.',
    'prompts/rate.md': 'Rate {text} of {root__word}.',
    'pipelines/p.yaml': {
      pipeline_name: 'p',
      steps: [
        { prompt_name: 'define', input_file: 'inputs/w.json', batch_output_id_field: 'nr', answer_format: 'text' },
        { prompt_name: 'rate', answer_format: 'text' },
      ],
    },
  }

  async function ran(): Promise<Story> {
    const story = await Story.begin(files)
    story.api.answer = ({ prompt }) =>
      prompt.startsWith('Define moon') ? { status: 400, message: 'No.' } : `About ${prompt}`
    await story.run('run', 'p', '--only', '7', '8', '9')
    return story
  }

  test('joins the item, every step and the ledger by the item that an answer descends from', async () => {
    await using story = await ran()
    const { out, code } = await story.run('export', 'p', '--with', 'input,all-steps,ledger', '--format', 'jsonl')
    expect(code).toBe(0)
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toMatchObject(
      [
        { nr: 1, text: /./, input: words[0], define: { nr: 1, source_id: 7, text: 'About Define sun.' } },
        { nr: 3, text: /./, input: words[2], define: { nr: 3, source_id: 9, text: 'About Define star.' } },
      ].map((row) => ({ ...row, text: expect.stringContaining('About Rate About Define') })),
    )
    expect(rows[0].ledger).toMatchObject({ state: 'answered', answer_version: 'v0', attempts: 1 })
    expect(rows[0].ledger_define.input_tokens).toBeGreaterThan(0)
    expect(Object.keys(rows[1])).toEqual(['nr', 'text', 'input', 'define', 'ledger_define', 'ledger'])
  })

  test('makes columns of what is joined, in CSV and in Parquet', async () => {
    await using story = await ran()
    const { out } = await story.run('export', 'p', '--with', 'input', '--step', '1')
    expect(out.split('\n').slice(0, 2)).toEqual([
      'nr,source_id,text,input__id,input__word,input__level__min',
      '1,7,About Define sun.,7,sun,1',
    ])
    await story.run('export', 'p', '--with', 'input', '--step', '1', '--output', 'o.parquet')
    expect(await converted(story.root, 'o.parquet')).toMatchObject({
      lines: [
        '{"nr":1,"source_id":7,"text":"About Define sun.","input__id":7,"input__word":"sun","input__level":{"min":1}}',
        '{"nr":3,"source_id":9,"text":"About Define star.","input__id":9,"input__word":"star","input__level":{"min":3}}',
      ],
    })
  })

  test('goes together with --where', async () => {
    await using story = await ran()
    const { out } = await story.run('export', 'p', '--with', 'input', '--step', '1', '--where', 'word = "star"')
    expect(out.split('\n').slice(1, -1)).toEqual(['3,9,About Define star.,9,star,3'])
  })

  test('warns if the input is no longer the one that was read', async () => {
    await using story = await ran()
    story.write(
      'inputs/w.json',
      words.toReversed().map((word) => ({ ...word, word: word.word.toUpperCase() })),
    )
    const { out, err } = await story.run('export', 'p', '--with', 'input', '--step', '1')
    expect(err).toContain(
      'Warning: inputs/w.json was changed since this version read it: the items beside the answers are those of today.',
    )
    expect(out).toContain('1,7,About Define sun.,7,SUN,1\n3,9,About Define star.,9,STAR,3\n')
  })

  test('is refused for what it cannot join, and for a field that it would hide', async () => {
    await using story = await ran()
    expect((await story.run('export', 'p', '--with', 'inputs')).err).toContain(
      'Expected one or more of input, all-steps, ledger, separated by commas.',
    )
    story.write('pipelines/q.yaml', {
      pipeline_name: 'q',
      steps: [
        { prompt_name: 'define', input_file: 'inputs/w.json', answer_format: 'json' },
        { prompt_name: 'rate', batch_mode: false, output_file: 'r.json', answer_format: 'json' },
      ],
    })
    story.write('prompts/rate.md', 'Rate {input}')
    story.api.answer = undefined
    expect(await story.run('run', 'q', '--offline')).toMatchObject({ code: 0 })
    expect((await story.run('export', 'q', '--with', 'input')).err).toBe(
      'itemwise: Step 2 of q v0 is a single call, so nothing can be joined to its answers. Leave --with out, or name another step with --step.\n',
    )
    story.write('prompts/define.md', 'Define {word} as JSON.')
    story.api.answer = () => '{"input": "x"}'
    await story.run('run', 'q')
    expect((await story.run('export', 'q', '--with', 'input', '--step', '1')).err).toContain(
      'Answer 1 has a field input of its own, which --with would hide.',
    )
  })
})

test('--output with a foreign ending, a binary format on stdout, and --excel for another format are refused', async () => {
  await using story = await Story.begin({
    ...pipeline('inputs/a.json', 'Greet {name}'),
    'inputs/a.json': [{ id: 1, name: 'Anna' }],
  })
  await story.run('run', 'p', '--offline')
  expect((await story.run('export', 'p', '--output', 'o.ods')).err).toBe(
    'itemwise: o.ods has an ending of another format. Expected .csv, .xlsx, .jsonl, .json, .parquet; or name the format with --format.\n',
  )
  expect((await story.run('export', 'p', '--format', 'xlsx')).err).toBe(
    'itemwise: A file of the format xlsx cannot be printed. Name a file: --output answers.xlsx\n',
  )
  expect((await story.run('export', 'p', '--output', 'o.xlsx', '--excel')).err).toBe(
    'itemwise: --excel and --separator are for CSV, but the format is xlsx. Leave them out.\n',
  )
  expect(await story.run('export', 'p', '--excel', '--separator', 'comma')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\uFEFFid,/),
  })
})

test('a formula in an answer is told of, and an export is the same items when it is read again', async () => {
  await using story = await Story.begin({
    ...pipeline('inputs/a.json', 'Greet {name}', { answer_format: 'text' }),
    'inputs/a.json': [
      { id: 1, name: 'Anna' },
      { id: 2, name: 'Bert' },
    ],
    'pipelines/again.yaml': {
      pipeline_name: 'again',
      steps: [{ prompt_name: 'again', input_file: 'inputs/o.csv' }],
    },
    'prompts/again.md': 'Again {id} {text}',
  })
  story.api.answer = ({ prompt }) => (prompt.includes('Anna') ? '=HYPERLINK("x")' : "'tis")
  await story.run('run', 'p')
  const exported = await story.run('export', 'p', '--output', 'inputs/o.csv')
  expect(exported.err).toContain('2 texts that begin like a formula have an apostrophe before them')
  expect(story.read('inputs/o.csv')).toBe(`id,text,itemwise_prefixed\n1,"'=HYPERLINK(""x"")",1\n2,''tis,1\n`)
  story.asked()
  await story.run('run', 'again')
  expect(story.asked()).toEqual(['Again 1 =HYPERLINK("x")', "Again 2 'tis"])
  expect((await story.run('export', 'p', '--raw')).out).toBe(`id,text\n1,"=HYPERLINK(""x"")"\n2,'tis\n`)
})
