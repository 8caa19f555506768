/** Prompts in plain language: the reply is kept as it came, and nothing is asked for twice. The API answers as Claude does: in prose, unless JSON is asked for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proseTo } from '../anthropic-server/answer.ts'
import { Story } from './story.ts'
import { words } from './words.ts'

const prose = { prose: true }

interface Step {
  prompt_name: string
  [field: string]: unknown
}

function files(steps: Step[], templates: Record<string, string>): Record<string, unknown> {
  const [first, ...later] = steps
  return {
    'inputs/words.json': words(2),
    'pipelines/p.json': { pipeline_name: 'p', steps: [{ input_file: 'inputs/words.json', ...first }, ...later] },
    ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`prompts/${name}.md`, text])),
  }
}

const describe = (step: object = {}, template = 'Describe {word} in one sentence.') =>
  files([{ prompt_name: 'describe', ...step }], { describe: template })

/** What a run says of its formats. */
const told = (err: string) => /^Answers: (.*)\.$/m.exec(err)?.[1]

test('a prompt that nothing makes JSON is answered by text, asked for once, and kept to the letter', async () => {
  await using story = await Story.begin(describe(), prose)
  const { code, err } = await story.run('run', 'pipelines/p.json')
  expect({ code, told: told(err), calls: story.sent.length }).toEqual({
    code: 0,
    told: 'text (nothing asks for JSON)',
    calls: 2,
  })
  expect(story.collated('p/v0', '01_describe.json')).toEqual([
    { id: 11, text: proseTo('Describe w1 in one sentence.') },
    { id: 12, text: proseTo('Describe w2 in one sentence.') },
  ])
  expect(story.runDocument('p/v0').steps[0]?.answer_format).toBe('text')
})

test('white space around a text stays, and JSON in it is text', async () => {
  await using story = await Story.begin(describe())
  story.api.answer = ({ prompt }) => (prompt.includes('w1') ? '\n Hello.  \n' : '{"a": 1,}')
  await story.run('run', 'pipelines/p.json')
  expect(story.collated('p/v0', '01_describe.json').map(({ text }) => text)).toEqual(['\n Hello.  \n', '{"a": 1,}'])
})

test('the dry run and the stand-in say and do the same as the run', async () => {
  await using story = await Story.begin(describe(), prose)
  const dry = await story.run('run', 'pipelines/p.json', '--dry-run')
  expect(told(dry.out)).toBe('text (nothing asks for JSON)')
  const { steps } = JSON.parse((await story.run('run', 'pipelines/p.json', '--dry-run', '--json')).out)
  expect(steps).toMatchObject([{ answer_format: 'text', answer_format_reason: 'nothing asks for JSON' }])
  const { code, err } = await story.run('run', 'pipelines/p.json', '--offline')
  expect({ code, told: told(err) }).toEqual({ code: 0, told: 'text (nothing asks for JSON)' })
  for (const answer of story.collated('p/v0', '01_describe.json'))
    expect(answer).toEqual({ id: expect.any(Number), text: expect.stringMatching(/^[^{[]+\.$/) })
})

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }

test.each<[string, object, string, string]>([
  ['answer_format', { answer_format: 'json' }, 'Describe {word}.', 'json (answer_format: json)'],
  ['an output_schema', { output_schema: schema }, 'Describe {word}.', 'json (output_schema)'],
  ['the word in the template', {}, 'Describe {word} as a Json object.', 'json (the template mentions JSON)'],
  ['the word in the system prompt', { system: 'JSON only.' }, '{word}', 'json (the system prompt mentions JSON)'],
  ['an example object', {}, '{word}: {"a": "…"}', 'json (the template shows an example of JSON)'],
  ['an example with a gap in it', {}, '{"word": "{word}", "a": …', 'json (the template shows an example of JSON)'],
  ['an example without quotes', {}, '{word} as {mood: happy}', 'json (the template shows an example of JSON)'],
  ['an example array', {}, '{word}: ["a", "b"]', 'json (the template shows an example of JSON)'],
  [
    'an example in the system prompt',
    { system: '[{"a": 1}]' },
    '{word}',
    'json (the system prompt shows an example of JSON)',
  ],
  [
    'an interval, which is none',
    {},
    'Rate {word} in [0, 1], {{x}} is {y?} [see below].',
    'text (nothing asks for JSON)',
  ],
  [
    'the template against what it shows',
    {},
    '---\nanswer_format: text\n---\n{word}: {"a": 1}',
    'text (answer_format: text)',
  ],
  [
    'the step against the template',
    { answer_format: 'json' },
    '---\nanswer_format: text\n---\n{word}',
    'json (answer_format: json)',
  ],
])('%s decides', async (_what, step, template, expected) => {
  await using story = await Story.begin(describe(step, template))
  expect(told((await story.run('run', 'pipelines/p.json', '--dry-run')).out)).toBe(expected)
})

test('text chains as {text}; a step of which a later one reads another field is JSON', async () => {
  const steps = [{ prompt_name: 'describe' }, { prompt_name: 'shorten' }, { prompt_name: 'rate' }]
  const templates = {
    describe: 'Describe {word}.',
    shorten: 'Shorten {text} about {root__word} ({id}).',
    rate: 'Rate {answer} from {score}.',
  }
  await using story = await Story.begin(files(steps, templates))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Describe') ? 'A word.' : undefined)
  const { code, err } = await story.run('run', 'pipelines/p.json')
  expect({ code, told: told(err) }).toEqual({
    code: 0,
    told: 'text in steps 1, 3 (nothing asks for JSON), json in step 2 (step 3 takes {answer} from it)',
  })
  expect(story.asked().filter((name) => name.startsWith('Shorten'))).toEqual(['Shorten A word', 'Shorten A word'])
})

test('what text answers do not have is refused before anything is paid for', async () => {
  const steps = [{ prompt_name: 'describe', answer_format: 'text' }, { prompt_name: 'rate' }]
  await using story = await Story.begin(files(steps, { describe: 'Describe {word}.', rate: 'Rate {anser}.' }))
  const { code, err } = await story.run('run', 'pipelines/p.json')
  expect({ code, err, calls: story.sent.length }).toEqual({
    code: 2,
    err: 'itemwise: prompts/rate.md uses what the text answers of step 1 (describe) do not have: {anser}. Available: id, text.\n',
    calls: 0,
  })
})

test.each<[string, Step[], string]>([
  [
    'an id where the text stands',
    [{ prompt_name: 'describe', batch_id_field: 'text', answer_format: 'text' }],
    'Step 1 (describe): its answers are text (answer_format: text) and stand under text, but there stands the id, so every answer would be lost. Give the ids another field with batch_output_id_field, or say answer_format: json.',
  ],
  [
    'a schema',
    [{ prompt_name: 'describe', output_schema: schema, answer_format: 'text' }],
    'Step 1 (describe): it has an output_schema, so its answers are JSON, but answer_format says text. Leave one of them out.',
  ],
  [
    'JSON in a text file',
    [{ prompt_name: 'describe', batch_mode: false, output_file: 'a.md', answer_format: 'json' }],
    'Step 1 (describe): it writes the text a.md, but answer_format says json. Give it an output_file that ends in .json, or leave answer_format out.',
  ],
  [
    'a text of which a later step takes an array',
    [{ prompt_name: 'describe', batch_mode: false, answer_format: 'text' }, { prompt_name: 'rate' }],
    'Step 1 (describe): its answer is text (answer_format: text), but step 2 takes an array from it. Set answer_format: json, or use only {text} or {input} there.',
  ],
])('%s contradicts text', async (_what, steps, problem) => {
  await using story = await Story.begin(files(steps, { describe: 'Describe {input?}.', rate: 'Rate {word?}.' }))
  expect(await story.run('run', 'pipelines/p.json')).toEqual({ code: 2, out: '', err: `itemwise: ${problem}\n` })
})

test('answer_format cannot stand in itemwise.yaml, where it would hold for steps with a schema too', async () => {
  await using story = await Story.begin({ ...describe(), 'itemwise.yaml': 'answer_format: text\n' })
  const { code, err } = await story.run('run', 'pipelines/p.json')
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('there is no field "answer_format"') })
})

test('a single call keeps text under text in a .json file, which the next one takes, and as it is in a .md file', async () => {
  const single = { batch_mode: false }
  const steps = [
    { prompt_name: 'sum', ...single },
    { prompt_name: 'shorten', ...single, output_file: 'short.md' },
  ]
  await using story = await Story.begin(files(steps, { sum: 'Sum up: {input}', shorten: 'Shorten: {text}' }))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Sum') ? 'All of\nit.' : 'It.\n')
  const { code, err } = await story.run('run', 'pipelines/p.json')
  expect({ code, told: told(err) }).toEqual({
    code: 0,
    told: 'text in step 1 (nothing asks for JSON), text in step 2 (the output is short.md)',
  })
  expect(story.read('outputs/p/v0/collated/01_sum.json')).toBe('{\n  "text": "All of\\nit."\n}\n')
  expect(story.read('outputs/p/v0/collated/02_short.md')).toBe('It.\n\n')
})

test('a rerun has the format of its base, and nothing looks changed', async () => {
  await using story = await Story.begin(describe(), prose)
  await story.run('run', 'pipelines/p.json')
  expect((await story.run('rerun', 'p', '--changed')).out).toContain('nothing that would be sent has changed')
  story.write('prompts/describe.md', 'Describe {word} as JSON.')
  const { code, err } = await story.run('rerun', 'p', '11')
  expect({ code, told: told(err) }).toEqual({ code: 0, told: 'text (as in v0)' })
  const { out } = await story.run('compare', 'p', 'v0', 'v1', '--detail')
  expect(out).not.toContain('answer_format')
})

test('a rerun, or a run that keeps what exists, that would mix both kinds is refused', async () => {
  await using story = await Story.begin(describe({ batch_skip_existing: true }), prose)
  await story.run('run', 'pipelines/p.json')
  story.write('prompts/describe.md', '---\nanswer_format: json\n---\nDescribe {word}.')
  story.write('inputs/words.json', words(3))
  const refusal = {
    code: 2,
    out: '',
    err: 'itemwise: Step 1 (describe): the answers in v0 are text, but now they would be JSON (answer_format: json), and one output would mix both kinds. Undo that change, or start a new run.\n',
  }
  expect(await story.run('rerun', 'p', '11')).toEqual(refusal)
  expect(await story.run('run', 'pipelines/p.json')).toEqual(refusal)
  expect(story.sent.length).toBe(2)
})

test('a pipeline whose latest version has JSON stays JSON, a try-out of it too, until text is asked for', async () => {
  await using story = await Story.begin(describe({ answer_format: 'json' }))
  await story.run('run', 'pipelines/p.json')
  for (const [path, content] of Object.entries(describe())) story.write(path, content)
  expect(told((await story.run('run', 'pipelines/p.json')).err)).toBe('json (as in v0)')
  expect(told((await story.run('run', 'pipelines/p.json', '--first', '1')).err)).toBe('json (as in v1)')
  story.write('prompts/describe.md', '---\nanswer_format: text\n---\nDescribe {word}.')
  expect(told((await story.run('run', 'pipelines/p.json')).err)).toBe('text (answer_format: text)')
  const { out } = await story.run('compare', 'p', 'v1', 'v2', '--detail')
  expect(out).toMatch(/answer_format.*json.*text/)
})

test('a version without a format in its run.json means JSON: a resume and a rerun of it are as they were', async () => {
  await using story = await Story.begin(describe({ answer_format: 'json' }))
  await story.run('run', 'pipelines/p.json')
  const run = story.runDocument('p/v0')
  for (const step of [...run.steps, ...run.request.steps]) delete step.answer_format
  story.write('outputs/p/v0/run.json', run)
  for (const [path, content] of Object.entries(describe())) story.write(path, content)
  expect((await story.run('rerun', 'p', '--changed')).out).toContain('nothing that would be sent has changed')
  expect(told((await story.run('rerun', 'p', '12')).err)).toBe('json (as in v0)')
})

test('an unfinished version without a format in its run.json is gone on with in place', async () => {
  const existing = { batch_skip_existing: true, max_concurrency: 1 }
  await using story = await Story.begin(describe({ ...existing, answer_format: 'json' }))
  story.api.answer = ({ nth }) => (nth === 2 ? { status: 401 } : undefined)
  expect((await story.run('run', 'pipelines/p.json')).code).toBe(1)
  const run = story.runDocument('p/v0')
  for (const step of [...run.steps, ...run.request.steps]) delete step.answer_format
  story.write('outputs/p/v0/run.json', run)
  for (const [path, content] of Object.entries(describe(existing))) story.write(path, content)
  story.api.answer = undefined
  expect((await story.run('run', 'pipelines/p.json')).code).toBe(0)
  expect({ versions: story.names('outputs/p'), calls: story.sent.length }).toEqual({
    versions: ['latest', 'v0'],
    calls: 3,
  })
})

test('an empty text is asked for again once, without a word of JSON; one that is cut off or refused fails', async () => {
  await using story = await Story.begin({ ...describe(), 'inputs/words.json': words(4) })
  story.api.answer = ({ prompt, nthForPrompt, body }) => {
    if (prompt.includes('w1')) return body.messages[0]?.content === prompt ? ' \n' : 'Now.'
    if (prompt.includes('w2')) return { truncated: true }
    if (prompt.includes('w3')) return { refusal: true }
    return nthForPrompt > 9 ? undefined : 'Fine.'
  }
  const { code } = await story.run('run', 'pipelines/p.json')
  expect({ code, kinds: story.errors('p/v0', 1).map(({ item_id, kind }) => `${item_id} ${kind}`) }).toEqual({
    code: 3,
    kinds: ['11 empty_answer', '12 max_tokens', '13 refusal'],
  })
  const again = story.sent.filter(({ body }) => JSON.stringify(body.messages).includes('Answer again'))
  expect(again.map(({ body }) => body.messages)).toEqual([
    [{ role: 'user', content: 'Describe w1 in one sentence.\n\nThe answer is empty. Answer again.' }],
  ])
})

/** The guide's templates and pipelines by their paths, as its commands write them. */
function guideFiles(): Record<string, string> {
  const folder = join(import.meta.dirname, '../../docs/guide')
  const guide = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
  const echoed = [...guide.matchAll(/^\$ echo '([^'\n]*)' > (prompts\/\S+\.md)$/gm)].map(([, text, path]) => [
    path,
    `${text}\n`,
  ])
  const written = [...guide.matchAll(/^\$ cat > (\S+) << 'END'\n([\s\S]*?)^END$/gm)].map(([, path, text]) => [
    path,
    text,
  ])
  return Object.fromEntries([...echoed, ...written])
}

test.each([
  ['greet', 'greetings', 'greet', [{ name: 'Ada', city: 'Rome' }]],
  ['titles', 'titles', 'title', [{ problem_id: 1, problem: 'What does a pencil cost?' }]],
  ['numbers', 'numbers', 'sentence', [{ id: 7 }]],
])(
  "the guide's pipeline %s gets the prose that Claude answers, asked for once",
  async (file, pipeline, prompt, items) => {
    const guide = guideFiles()
    const request = guide[`pipelines/${file}.yaml`]!.replace(/input_file: .*/, 'input_file: inputs/items.json')
    await using story = await Story.begin(
      {
        'inputs/items.json': items,
        'pipelines/p.yaml': request,
        [`prompts/${prompt}.md`]: guide[`prompts/${prompt}.md`],
      },
      prose,
    )
    const { code, err } = await story.run('run', 'pipelines/p.yaml')
    expect({ code, told: told(err), calls: story.sent.length }).toEqual({
      code: 0,
      told: 'text (nothing asks for JSON)',
      calls: 1,
    })
    const asked = story.read(`outputs/${pipeline}/v0/prompts/${story.names(`outputs/${pipeline}/v0/prompts`)[0]}`)
    expect(story.collated(`${pipeline}/v0`, `01_${prompt}.json`)).toMatchObject([{ text: proseTo(asked) }])
  },
)
