/** `remove` on AWS keeps the rule that it keeps on a laptop (test/stories/removed.test.ts), and versions that were removed stay away from push and pull. */
import { expect, test } from 'vitest'
import type { Tombstone } from '../../core/versions/tombstone.ts'
import { step1, wordFiles, words } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

const onAws = ['--target', 'aws']

test('a version that nothing needs is removed; its number and its sequential ids are not used again', async () => {
  const name = freshName('removed')
  const files = wordFiles(3, [{ ...step1, batch_skip_existing: true }], { pipeline_name: name })
  await using cloud = await Cloud.begin(files)
  const request = files['pipelines/words.json']
  const more = async (id: number) => {
    await cloud.put('inputs/words.json', [...words(3), { id, word: `new${id}` }])
    await cloud.run(request)
  }
  const remove = async (...args: string[]) => {
    const { code, out, err } = await cloud.cli('remove', name, ...args, ...onAws)
    return [code, out + err]
  }
  await cloud.run(request)
  await more(14)
  expect(await cloud.cli('pull', name)).toMatchObject({ code: 0 })
  const { cost_usd } = (await cloud.metadata({ pipeline: name, version: 'v1' })).stats

  expect(await remove('v0')).toEqual([
    2,
    expect.stringContaining(`${name} v0 was not removed, because other versions need it: v1 is based on it`),
  ])
  expect(await remove('v1')).toEqual([2, expect.stringContaining('because it is the latest completed version')])
  expect(await remove('v1', '--force')).toEqual([0, expect.stringContaining(`${name} v1 was removed.`)])
  expect(await cloud.json<Tombstone>(`outputs/${name}/removed/v1.json`)).toMatchObject({
    ...{ version: 'v1', status: 'completed', base_version: 'v0', cost_usd },
    steps: [{ step: 1, highest_item_index: 4 }],
  })
  expect([await cloud.store.list(`outputs/${name}`), await cloud.store.latest(name)]).toEqual([
    ['removed/', 'v0/'],
    'v0',
  ])
  expect(await cloud.cli('list', name, '--all', ...onAws)).toMatchObject({
    ...{ code: 0, out: expect.stringContaining(`Removed from ${name}: v1 (`) },
  })
  expect(await cloud.cli('show', name, 'v1', ...onAws)).toMatchObject({
    ...{ code: 2, err: `itemwise: ${name} v1 was removed. Versions: v0.\n` },
  })
  expect((await cloud.api('GET', `/pipelines/${name}/versions/v1`)).status).toBe(404)

  // It is here still, but it does not come back.
  expect(await cloud.cli('push', `outputs/${name}/v1`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('was removed on AWS'),
  })
  await more(15)
  expect((await cloud.ledger({ pipeline: name, version: 'v2' }, 1)).at(-1)).toMatchObject({
    item_index: 5,
    output_id: 5,
  })
  expect(await cloud.cli('remove', name, 'v1', '--force')).toMatchObject({ code: 0 })
  expect(await cloud.cli('remove', name, 'v0', '--force')).toMatchObject({ code: 0 })
  expect(await cloud.cli('pull', name)).toMatchObject({
    ...{ code: 0, err: expect.stringContaining(`Not fetched, because removed here: outputs/${name}/v0.`) },
  })
  expect(await cloud.cli('pull', name, 'v0')).toMatchObject({
    code: 2,
    err: expect.stringContaining('was removed here'),
  })
})
