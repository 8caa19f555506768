/** A new release meets runs of the release before: those under way keep their code, or, if they are older than its versions, go on with the new one. */

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stages } from '../../infra/definition.ts'
import { deployStack } from '../../tools/local-aws/deployed-stack.ts'
import { freePort } from '../../tools/local-aws/localstack.ts'
import { testSettings } from '../../tools/local-aws/test-stacks.ts'
import { promptOf } from '../anthropic-server/answer.ts'
import { startAnthropicServer, testKey } from '../anthropic-server.ts'
import type { Sent } from '../stories/story.ts'
import { numbers, wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'
import { deployedVersions, makeMachine } from './own-machine.ts'
import { within } from './running-lambda-processes.ts'

/** A deployment takes a quarter of a minute on a machine that has nothing else to do. */
const patience = 1_200_000

/** Deploys the stack as it is, but for the address of the model: a change of the settings of `process` that can be observed. */
function deployWithModelAt(port: number): Promise<unknown> {
  const settings = testSettings({ stackName: stack.stackName, anthropicPort: port })
  return deployStack({ endpoint: stack.endpoint, settings, apiKey: testKey })
}

test('a run that is under way while a new release is deployed ends with the code and settings that it began with', {
  timeout: patience,
}, async () => {
  const pipeline = freshName('words')
  const files = wordFiles(600, undefined, { pipeline_name: pipeline })
  await using cloud = await Cloud.begin({ ...files, 'itemwise.yaml': 'max_concurrency: 2\n' })
  let isDeployed = false
  cloud.answer = () => (isDeployed ? undefined : { after: new Promise((done) => setTimeout(done, 1500)) })
  const port = await freePort()
  const newModel = await startAnthropicServer({ port, key: testKey })
  try {
    const before = await deployedVersions()
    const execution = await cloud.start(files['pipelines/words.json'])
    await within('answers', () => cloud.sent.length > 3)
    await deployWithModelAt(port)
    const sentBefore = cloud.sent.length
    isDeployed = true
    expect((await deployedVersions()).process).not.toBe(before.process)
    expect((await cloud.ended(execution, 600)).status).toBe('SUCCEEDED')
    const answers = await cloud.collated<{ nr: number }>({ pipeline, version: 'v0' }, '01_define.json')
    expect(answers.map(({ nr }) => nr)).toEqual(numbers(600))
    // Most of it was asked after the deployment, and of the model that the run began with.
    expect(sentBefore).toBeLessThan(500)
    expect([cloud.sent.length, newModel.requests.length]).toEqual([600, 0])

    await cloud.run({ rerun: { pipeline, ids: ['11'] } }, 250)
    expect([cloud.sent.length, (newModel.requests as Sent[]).map(({ body }) => promptOf(body))]).toEqual([
      600,
      ['Define w1.'],
    ])
  } finally {
    await deployWithModelAt(stack.anthropicPort)
    await newModel.close()
  }
})

test('an execution of the release before there were versions goes on with the Lambdas of this one', async () => {
  const pipeline = freshName('words')
  const files = wordFiles(60, undefined, { pipeline_name: pipeline })
  await using cloud = await Cloud.begin(files)
  const versions = await deployedVersions()
  let text = readFileSync(join(import.meta.dirname, '../compat/8ab3abe-machine.json'), 'utf8')
  text = text.replaceAll('<bucket>', stack.BucketName)
  for (const stage of stages) text = text.replaceAll(`<${stage}>`, versions[stage].split(':').slice(0, 7).join(':'))
  const machine = await makeMachine(text)
  const execution = await cloud.start(files['pipelines/words.json'], randomUUID(), machine)
  expect((await cloud.ended(execution)).status).toBe('SUCCEEDED')
  const answers = await cloud.collated<{ nr: number }>({ pipeline, version: 'v0' }, '01_define.json')
  expect(answers.map(({ nr }) => nr)).toEqual(numbers(60))
  expect(cloud.sent).toHaveLength(60)
})
