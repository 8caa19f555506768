/** A run on AWS from the first call of the API to the second pipeline, as a person would do it. */
import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { awsCli } from '../../tools/local-aws/aws-cli.ts'
import { prompts, wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'

let program = ''
beforeAll(async () => {
  program = await awsCli()
})

function aws(...words: string[]): string {
  return execFileSync(program, ['--endpoint-url', stack.endpoint, ...words], { encoding: 'utf8' })
}

/** Waits for the end of a run as a program does that knows the API only. */
async function finished(cloud: Cloud, runId: string) {
  for (let tries = 0; tries < 240; tries++) {
    const { body } = await cloud.api('GET', `/runs/${runId}`)
    if (body.status !== 'running') return body
    await new Promise((done) => setTimeout(done, 250))
  }
  throw new Error(`${runId} has not ended.`)
}

test('a run of 14 is posted, read with the AWS CLI, rerun in part, compared, promoted, and read by a second pipeline', async () => {
  const name = freshName('words')
  const files = wordFiles(14, undefined, { pipeline_name: name })
  await using cloud = await Cloud.begin(files)
  const request = files['pipelines/words.json']

  const posted = await cloud.api('POST', '/runs', request)
  expect(posted).toMatchObject({
    status: 202,
    body: { run_id: expect.any(String), execution_arn: expect.stringContaining(':execution:') },
  })
  expect(await finished(cloud, posted.body.run_id)).toMatchObject({
    status: 'completed',
    pipeline: name,
    version: 'v0',
  })
  expect(cloud.asked()).toEqual(prompts('Define', ...Array.from({ length: 14 }, (_, at) => at + 1)).map((p) => `${p}.`))

  const listed = aws('s3', 'ls', '--recursive', `s3://${stack.BucketName}/outputs/${name}/v0/`)
  expect(listed.match(/items\/\d+\/01_output\.json/g)).toHaveLength(14)
  expect(listed.match(/prompts\/01_prompt_\d+\.md/g)).toHaveLength(14)
  expect(listed).toContain('collated/01_define.json')
  expect(listed).toContain('metadata.json')
  expect(listed).not.toContain('/work/')
  const queried = JSON.parse(
    aws(
      ...['dynamodb', 'query', '--table-name', stack.TableName, '--key-condition-expression', 'pipeline = :p'],
      ...['--expression-attribute-values', JSON.stringify({ ':p': { S: name } })],
    ),
  )
  expect(queried.Items.map(({ record }: { record: { S: string } }) => record.S)).toEqual(['latest', 'version#00000000'])
  expect(queried.Items[1]).toMatchObject({ status: { S: 'completed' }, pipeline_status: { S: 'draft' } })

  await cloud.put('prompts/define.md', 'Define {word} in five words.')
  const rerun = await cloud.api('POST', '/runs', { rerun: { pipeline: name, ids: ['12', '17'], notes: 'Shorter' } })
  expect(await finished(cloud, rerun.body.run_id)).toMatchObject({ status: 'completed', version: 'v1' })
  expect(cloud.asked()).toEqual(['Define w2 in five words.', 'Define w7 in five words.'])
  const [before, after] = [
    await cloud.collated({ pipeline: name, version: 'v0' }, '01_define.json'),
    await cloud.collated({ pipeline: name, version: 'v1' }, '01_define.json'),
  ]
  const changed = after.filter((item, at) => JSON.stringify(item) !== JSON.stringify(before[at]))
  expect([after.length, changed.map(({ source_id }) => source_id)]).toEqual([14, [12, 17]])

  const compared = await cloud.cli('compare', name, 'v0', 'v1', '--target', 'aws')
  expect(compared.err).toBe('')
  expect(compared.out).toContain('Only in v1: (none, merged with v0)')
  expect(compared.out).toContain('Step 1 (define): 12 same, 2 changed, 0 added, 0 removed')

  const labelled = await cloud.api('PATCH', `/pipelines/${name}/versions/v1`, { pipeline_status: 'final' })
  expect(labelled).toMatchObject({ status: 200, body: { pipeline_status: 'final', notes: 'Shorter' } })
  const versions = await cloud.api('GET', `/pipelines/${name}/versions`)
  expect(versions.body).toMatchObject({ latest: 'v1' })
  expect(await cloud.json(`outputs/${name}/v1/metadata.json`)).toMatchObject({ pipeline_status: 'final' })

  const second = freshName('ratings')
  await cloud.put('prompts/rate_alone.md', 'Rate {answer}.')
  await cloud.run({
    pipeline_name: second,
    steps: [
      {
        prompt_name: 'rate_alone',
        input_file: `outputs/${name}/latest/collated/01_define.json`,
        batch_id_field: 'nr',
      },
    ],
  })
  expect(await cloud.json(`outputs/${second}/v0/run.json`)).toMatchObject({
    steps: [{ input: { resolved: `outputs/${name}/v1/collated/01_define.json` } }],
  })
  expect(cloud.asked()).toHaveLength(14)
})
