/** Inputs that no Lambda can read are converted by the command line, and come to the same bytes on a laptop and on AWS. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { RunDocument } from '../../core/documents.ts'
import { Cloud, freshName } from './cloud.ts'

const foreign = resolve(import.meta.dirname, '../formats/files')

function withoutChance({ run_id: _id, created: _created, started_by: _by, ...run }: RunDocument): unknown {
  return run
}

test('a spreadsheet and a folder of texts leave the same items, answers and export on a laptop and on AWS', async () => {
  const name = freshName('kunden')
  const request = {
    pipeline_name: name,
    steps: [
      { prompt_name: 'greet', input_file: 'inputs/kunden.xlsx#Kunden', batch_id_field: '@content' },
      { prompt_name: 'answer', input_file: 'inputs/letters/*.md', batch_id_field: 'name' },
    ],
  }
  await using cloud = await Cloud.begin({
    'prompts/greet.md': 'Greet {Name}: {Text}',
    'prompts/answer.md': 'Answer {text}',
    'inputs/letters/a.md': 'Dear A',
    'inputs/letters/b.md': 'Dear B',
    'pipelines/p.json': request,
  })
  mkdirSync(join(cloud.root, 'inputs'), { recursive: true })
  copyFileSync(join(foreign, 'openpyxl.xlsx'), join(cloud.root, 'inputs/kunden.xlsx'))
  expect((await cloud.cli('run', 'pipelines/p.json', '--offline')).code).toBe(0)
  const ran = await cloud.cli('run', 'pipelines/p.json', '--offline', '--target', 'aws')
  expect(ran).toMatchObject({ code: 0, err: expect.stringContaining('is taken as sheet Kunden') })
  const folder = `outputs/${name}/v0`
  const local = cloud.localTree(folder)
  for (const file of [
    'inputs/01_items.jsonl',
    'inputs/02_items.jsonl',
    'collated/01_greet.json',
    'collated/02_answer.json',
  ])
    expect(await cloud.text(`${folder}/${file}`)).toBe(local.get(`${folder}/${file}`))
  const runs = [await cloud.json<RunDocument>(`${folder}/run.json`), JSON.parse(local.get(`${folder}/run.json`) ?? '')]
  expect(withoutChance(runs[0])).toEqual(withoutChance(runs[1]))
  // The spreadsheet itself was not needed there.
  expect(await cloud.store.size('inputs/kunden.xlsx')).toBeUndefined()

  const exports = ['--target', 'local', '--target', 'aws']
  const texts = [exports.slice(0, 2), exports.slice(2)].map((target) =>
    cloud.cli('export', name, 'v0', '--step', '1', '--format', 'csv', ...target),
  )
  const [here, there] = await Promise.all(texts)
  expect(there?.out).toBe(here?.out)

  // A rerun by the API takes the items that its base keeps.
  const [first] = await cloud.json<{ item_id: string }[]>(`${folder}/collated/01_greet.json`)
  await cloud.run({ rerun: { pipeline: name, ids: [first?.item_id ?? ''] }, offline: true })
  expect(await cloud.text(`outputs/${name}/v1/inputs/01_items.jsonl`)).toBe(
    await cloud.text(`${folder}/inputs/01_items.jsonl`),
  )
})

test('a start without the command line is refused for a spreadsheet, with what to do', async () => {
  const name = freshName('kunden')
  await using cloud = await Cloud.begin({
    'prompts/greet.md': 'Greet {Name}',
    'inputs/kunden.xlsx': 'PK',
  })
  const steps = [{ prompt_name: 'greet', input_file: 'inputs/kunden.xlsx' }]
  const ended = await cloud
    .run({ request: { pipeline_name: name, steps }, offline: true })
    .catch((error: Error) => error)
  expect(JSON.stringify(ended, Object.getOwnPropertyNames(ended))).toContain(
    'it is converted before a run, by the command line',
  )
})
