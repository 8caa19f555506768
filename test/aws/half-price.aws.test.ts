/** Half price on AWS: the state machine waits for message batches, and what comes of it is what comes of it here. */
import { expect, test } from 'vitest'
import { wordFiles } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

test('a step goes first, is sent, waited for, collected and published', async () => {
  const name = freshName('half')
  await using cloud = await Cloud.begin(wordFiles(40, undefined, { pipeline_name: name, delivery: 'batch' }))
  cloud.server.batches.behaviour.takesMs = 4000
  const execution = await cloud.start(JSON.parse(await cloud.text('pipelines/words.json')))
  const ended = await cloud.ended(execution)
  console.log(ended.status, ended.error, ended.cause, (await cloud.states(execution)).join(' '))
  expect(ended.status).toBe('SUCCEEDED')
  expect(cloud.server.batches.all).toHaveLength(1)
  expect((await cloud.metadata({ pipeline: name, version: 'v0' })).stats).toMatchObject({ processed: 40, failed: 0 })
})
