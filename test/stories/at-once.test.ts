/** Several processes that change one record at once. */
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { wordFiles } from './words.ts'

test('of six labels at once the last one holds, each that was replaced is told so, and none is an error', async () => {
  await using story = await Story.begin(wordFiles(2))
  await story.run('run', 'pipelines/words.json')
  const labels = ['a', 'b', 'c', 'd', 'e', 'f']
  const ended = await Promise.all(labels.map((label) => story.start('label', 'words', 'v0', '--status', label).ended))
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
  const last = story.metadata('words/v0').pipeline_status
  expect(labels).toContain(last)
  for (const [at, { out, err }] of ended.entries()) {
    expect(out).toMatch(new RegExp(`^v0: \\S+ → ${labels[at]}\\n$`))
    const leads = `As an input, outputs/words/@${labels[at]}/… now leads to v0.\n`
    const replaced =
      /^v0 was labelled [a-f] by somebody else right after, so outputs\/words\/@[a-f]\/… does not lead to it\.\n$/
    if (labels[at] === last) expect(err).toBe(leads)
    else expect(err === leads || replaced.test(err)).toBe(true)
  }
})

test('a label and notes that are given at once both hold', async () => {
  await using story = await Story.begin(wordFiles(2))
  await story.run('run', 'pipelines/words.json')
  for (let round = 0; round < 3; round++) {
    const ended = await Promise.all([
      story.start('label', 'words', 'v0', '--status', `s${round}`).ended,
      story.start('label', 'words', 'v0', '--notes', `n${round}`).ended,
    ])
    expect(ended.map(({ code, err }) => ({ code, err }))).toMatchObject([{ code: 0 }, { code: 0, err: '' }])
    const { pipeline_status, notes } = story.metadata('words/v0')
    expect({ pipeline_status, notes }).toEqual({ pipeline_status: `s${round}`, notes: `n${round}` })
  }
  expect(story.names('outputs/words/v0').filter((name) => name.startsWith('.') && name !== '.index')).toEqual([])
})
