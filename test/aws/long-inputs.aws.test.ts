/** Inputs that no execution takes travel through the bucket, from the command line and from the API; and who started a run is known. */
import { expect, test } from 'vitest'
import type { RunDocument } from '../../core/documents.ts'
import { step1, wordFiles, words } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

const root = 'arn:aws:iam::000000000000:root'

/** Waits for the document of a run that has begun. */
async function runDocument(cloud: Cloud, folder: string): Promise<RunDocument> {
  while ((await cloud.store.size(`${folder}/run.json`)) === undefined)
    await new Promise((done) => setTimeout(done, 250))
  return cloud.json<RunDocument>(`${folder}/run.json`)
}

test('60,000 ids are rerun by the command line and by the API', async () => {
  const pipeline = freshName('words')
  const files = wordFiles(3, [step1], { pipeline_name: pipeline })
  await using cloud = await Cloud.begin(files)
  await cloud.run({ request: files['pipelines/words.json'], offline: true })
  expect(await cloud.json(`outputs/${pipeline}/v0/run.json`)).toMatchObject({ started_by: null })

  await cloud.put('inputs/words.json', words(60_000))
  const ids = words(60_000).map(({ id }) => String(id))
  const started = await cloud.cliOf(['rerun', pipeline, ...ids, '--offline', '--detach', '--json', '--target', 'aws'])
  expect(started).toMatchObject({ code: 0, err: expect.stringContaining('Follow it') })
  const byCommand = await runDocument(cloud, `outputs/${pipeline}/v1`)
  expect(byCommand.rerun?.ids).toEqual(ids)
  expect(byCommand.started_by).toEqual({ arn: root, self_reported: true })
  await cloud.stop(JSON.parse(started.out).execution_arn)

  const answer = await cloud.api('POST', '/runs', { rerun: { pipeline, ids }, offline: true })
  expect(answer.status).toBe(202)
  expect((await runDocument(cloud, `outputs/${pipeline}/v2`)).rerun?.ids).toEqual(ids)
  await cloud.stop(answer.body.execution_arn)
})

test('whoever labels a version stands in its log', async () => {
  const pipeline = freshName('words')
  const files = wordFiles(1, [step1], { pipeline_name: pipeline })
  await using cloud = await Cloud.begin(files)
  await cloud.run({ request: files['pipelines/words.json'], offline: true })
  const labelled = await cloud.cli('label', pipeline, 'v0', '--status', 'final', '--target', 'aws')
  expect(labelled).toMatchObject({ code: 0, out: 'v0: draft → final\n' })
  expect((await cloud.metadata({ pipeline, version: 'v0' })).logs).toEqual([
    expect.objectContaining({ message: `Labelled by ${root}, as the command line says: draft → final.` }),
  ])
})
