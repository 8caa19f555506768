/** Thousands of items through the Distributed Map. */
import { expect, test } from 'vitest'
import { numbers, wordFiles } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

const count = Number(process.env.ITEMWISE_AWS_ITEMS ?? 5000)

test(`${count} items of which one in a hundred fails go through the Distributed Map`, async () => {
  const pipeline = freshName('size')
  const files = wordFiles(count, undefined, { pipeline_name: pipeline })
  await using cloud = await Cloud.begin({ ...files, 'itemwise.yaml': 'max_concurrency: 64\n' })
  const fails = (number: number) => number % 100 === 7
  cloud.answer = ({ prompt }) =>
    fails(Number(/w(\d+)/.exec(prompt)?.[1])) ? { status: 400, message: 'Not this one.' } : undefined
  const began = performance.now()
  const execution = await cloud.start(files['pipelines/words.json'])
  expect((await cloud.ended(execution, 280)).status).toBe('SUCCEEDED')
  const seconds = (performance.now() - began) / 1000
  expect(await cloud.states(execution)).toContain('chunks')

  const ref = { pipeline, version: 'v0' }
  const failed = numbers(count).filter(fails)
  const errors = await cloud.errors(ref, 1)
  expect(errors.map(({ item_index }) => item_index)).toEqual(failed)
  const answers = await cloud.collated<{ source_id: number; nr: number }>(ref, '01_define.json')
  expect(answers.map(({ nr }) => nr)).toEqual(numbers(count).filter((number) => !fails(number)))
  expect(answers.every(({ source_id, nr }) => source_id === nr + 10)).toBe(true)
  const { stats, status } = await cloud.metadata(ref)
  expect([status, stats.items, stats.processed, stats.failed]).toEqual(['completed', count, count, failed.length])
  expect(cloud.sent).toHaveLength(count)
  console.log(
    `${count} items: ${seconds.toFixed(1)} s, ${cloud.sent.length} calls of the model, ${failed.length} failed`,
  )
})
