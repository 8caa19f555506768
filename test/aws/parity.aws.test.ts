/** The same workspace, run in one process and on AWS, comes to the same bytes. */
import { expect, test } from 'vitest'
import { prompts, step1, step2, step3, threeSteps, wordFiles } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'
import { comparable } from './comparable.ts'

const ways = [
  ['files', ''],
  ['packed', 'keep: { prompts: packed, items: packed }\n'],
  ['without prompts', 'keep: { prompts: none, items: packed }\n'],
] as const

test.for(ways)('three steps with failures, then a rerun, are the same tree here and on AWS: %s', async ([, keep]) => {
  const name = freshName('words')
  await using cloud = await Cloud.begin({
    ...wordFiles(30, threeSteps, { pipeline_name: name }),
    'itemwise.yaml': `answer_timeout_seconds: 20\n${keep}`,
  })
  cloud.answer = ({ prompt }) => {
    if (prompt === 'Define w5.') return { status: 400, message: 'This is not allowed.' }
    if (prompt.startsWith('Rate w8:')) return { refusal: true }
    if (/^Define w1[1-4]\./.test(prompt)) return '{"answer": ""}'
    return prompt.startsWith('Teach w9:') ? 'no JSON, sorry' : undefined
  }
  const local = await cloud.cli('run', 'pipelines/words.json')
  expect(local.code).toBe(3)
  const sentLocally = cloud.asked()
  await cloud.run(JSON.parse(await cloud.text('pipelines/words.json')))
  expect(cloud.asked()).toEqual(sentLocally)
  const folder = `outputs/${name}/v0`
  expect(comparable(await cloud.tree(folder))).toEqual(comparable(cloud.localTree(folder)))
  expect(JSON.parse(await cloud.text(`${folder}/metadata.json`)).stats.steps[0].oddities).toMatchObject([
    { kind: 'empty', count: 4, of: 29, item_ids: ['21', '22', '23'] },
  ])

  await cloud.put('prompts/define.md', 'Define {word} again.')
  expect((await cloud.cli('rerun', name, '12', '15')).code).toBe(3)
  const rerunLocally = cloud.asked()
  await cloud.run({ rerun: { pipeline: name, ids: ['12', '15'] } })
  expect(cloud.asked()).toEqual(rerunLocally)
  const second = `outputs/${name}/v1`
  expect(comparable(await cloud.tree(second))).toEqual(comparable(cloud.localTree(second)))
})

test('a single call, odd ids and the stand-in leave the same tree, too', async () => {
  const name = freshName('odd')
  const ids = ['a/b', 'A/B', 'ü ñ', '100%', `long${'x'.repeat(150)}`, '"quoted"']
  const request = {
    pipeline_name: name,
    steps: [
      { prompt_name: 'odd', input_file: 'inputs/odd.json', batch_output_id_field: 'nr' },
      { prompt_name: 'whole', batch_mode: false, output_file: 'whole.md' },
    ],
  }
  await using cloud = await Cloud.begin({
    'inputs/odd.json': ids.map((id) => ({ id, text: `grüße ${id} 🌱` })),
    'prompts/odd.md': 'Say {text}.',
    'prompts/whole.md': 'All of it: {input}',
    'pipelines/odd.json': request,
  })
  expect((await cloud.cli('run', 'pipelines/odd.json', '--offline')).code).toBe(0)
  await cloud.run({ request, offline: true })
  const folder = `outputs/${name}/v0`
  expect(comparable(await cloud.tree(folder))).toEqual(comparable(cloud.localTree(folder)))
  expect(cloud.sent).toEqual([])
})

test('what an expression and a sample choose is the same, in a run, in a later step and in a rerun', async () => {
  const name = freshName('chosen')

  const steps = [
    { ...step1, batch_where: 'word != "w2"' },
    { ...step2, batch_where: '$contains($item.answer, /[0-7]$/)' },
    step3,
  ]
  await using cloud = await Cloud.begin(wordFiles(12, steps, { pipeline_name: name }))
  const request = JSON.parse(await cloud.text('pipelines/words.json'))
  expect((await cloud.cli('run', 'pipelines/words.json', '--sample', '8', '--seed', '3')).code).toBe(0)
  const sentLocally = cloud.asked()
  expect(sentLocally.filter((prompt) => prompt.startsWith('Define'))).toHaveLength(8)
  await cloud.run({ request, sample: 8, seed: 3 })
  expect(cloud.asked()).toEqual(sentLocally)
  const folder = `outputs/${name}/v0`
  expect(comparable(await cloud.tree(folder))).toEqual(comparable(cloud.localTree(folder)))

  const where = 'ledger.state = "answered" and $number($substringAfter(word, "w")) > 3'
  expect((await cloud.cli('rerun', name, '--where', where, '--step', 'define', '--sample', '3')).code).toBe(0)
  const rerunLocally = cloud.asked()
  expect(rerunLocally.filter((prompt) => prompt.startsWith('Define'))).toHaveLength(3)
  await cloud.run({ rerun: { pipeline: name, where, step: 'define', sample: 3 } })
  expect(cloud.asked()).toEqual(rerunLocally)
  const version = `outputs/${name}/v1`
  expect(comparable(await cloud.tree(version))).toEqual(comparable(cloud.localTree(version)))
  const words = ['show', name, 'v1', '--where', `$not(${where})`]
  const shown = await cloud.cli(...words)
  expect(await cloud.cli(...words, '--target', 'aws')).toEqual(shown)
})

test('edits are put in place in the same way, and what is made from them is asked for again', async () => {
  const name = freshName('edited')
  await using cloud = await Cloud.begin(wordFiles(8, threeSteps, { pipeline_name: name }))
  expect((await cloud.cli('run', 'pipelines/words.json')).code).toBe(0)
  await cloud.run(JSON.parse(await cloud.text('pipelines/words.json')))
  const edit = (id: string, step: string, ...more: string[]) =>
    cloud.cli('edit', name, id, '--step', step, '--set', `answer=Mine ${id}`, '--by', 'Maria Å', ...more)
  for (const [id, step] of [
    ['12', 'define'],
    ['15', 'rate'],
    ['18', 'teach'],
  ] as const)
    expect(await edit(id, step)).toMatchObject({ code: 0, err: '' })
  expect((await cloud.cli('push', `outputs/${name}/reviews.jsonl`)).code).toBe(0)
  cloud.asked()
  expect((await cloud.cli('apply', name)).code).toBe(0)
  // Tokens are counted here, which is no question: each prompt once.
  const names = () => [...new Set(cloud.asked().map((prompt) => prompt.split(':', 1)[0]))]
  const again = [...prompts('Rate', 2), ...prompts('Teach', 2, 5)]
  expect(names()).toEqual(again)
  await cloud.run({ apply: { pipeline: name } })
  expect(names()).toEqual(again)
  const folder = `outputs/${name}/v1`
  expect(comparable(await cloud.tree(folder))).toEqual(comparable(cloud.localTree(folder)))
  // From the command line: later edits, in the last step, for which nothing is asked.
  const onAws = ['--target', 'aws']
  expect(await edit('14', 'teach', ...onAws)).toMatchObject({ code: 0, err: '' })
  const applied = await cloud.cli('apply', name, ...onAws)
  expect(applied).toMatchObject({
    code: 0,
    err: expect.stringContaining('1 edited answer goes into v1: 14. Nothing is asked for.'),
  })
  expect(cloud.asked()).toEqual([])
  const array: { answer: string }[] = JSON.parse(await cloud.text(`outputs/${name}/v2/collated/03_teach.json`))
  expect(array.map(({ answer }) => /^Mine/.test(answer))).toEqual(
    [3, 7].reduce((all, at) => all.with(at, true), Array(8).fill(false)),
  )
  const refused = await cloud.cli('rerun', name, '14', ...onAws)
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('names 14, which has an edited answer in v2') })
})
