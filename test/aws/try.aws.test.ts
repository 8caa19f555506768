/** `itemwise try` and what it is compared with, on AWS. */
import { expect, test } from 'vitest'
import { threeSteps, wordFiles } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

test('a try on AWS is a one-off there, shown as one on a laptop, and compared with the latest version', async () => {
  const name = freshName('tried')
  await using cloud = await Cloud.begin(wordFiles(4, threeSteps, { pipeline_name: name }))
  const onAws = ['--target', 'aws']
  await cloud.run({ request: JSON.parse(await cloud.text('pipelines/words.json')) })
  cloud.asked()
  const tried = await cloud.cli('try', 'words', '12', '--json', ...onAws)
  expect(tried.code).toBe(0)
  const asked = cloud.asked()
  const [first] = JSON.parse(tried.out).tries
  expect(first.items).toMatchObject([{ item: '12', steps: [{ step: 1 }, { step: 2 }, { step: 3 }] }])
  const here = JSON.parse((await cloud.cli('try', 'words', '12', '--json')).out).tries[0]
  expect(cloud.asked()).toEqual(asked)
  const answers = (one: typeof first) =>
    one.items[0].steps.map(({ prompt, answer }: { prompt: string; answer: object }) => ({ prompt, answer }))
  expect(answers(first)).toEqual(answers(here))
  const compared = await cloud.cli('compare', name, '--last-try', '--json', ...onAws)
  const { a, b, steps } = JSON.parse(compared.out)
  expect({ a: a.version, b: b.version }).toEqual({ a: 'v0', b: first.run })
  expect(steps.map(({ answers: counts }: { answers: object }) => counts)).toEqual(
    threeSteps.map(() => ({ same: 1, changed: 0, added: 0, removed: 0 })),
  )
  expect(JSON.parse((await cloud.cli('list', name, '--all', '--json', ...onAws)).out)[0].versions).toHaveLength(1)
})
