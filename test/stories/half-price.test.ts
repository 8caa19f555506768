/** Runs at half price on the loopback API, as a person would have them. */
import { expect, test } from 'vitest'
import { sum } from './billed.ts'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

test('a step at half price is asked for live once and by one batch', async () => {
  await using story = await Story.begin(wordFiles(30, [step1, step2], { delivery: 'batch' }))
  const { code, err } = await story.run('run', 'pipelines/words.json')
  console.log(err)
  expect(code).toBe(0)
  console.log(story.ledger('words/v0', 1)[2], story.metadata('words/v0').stats)
  expect(sum([])).toBeTruthy()
})
