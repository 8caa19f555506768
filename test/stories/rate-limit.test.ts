import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

test('two runs side by side share a rate limit: both come to their end, and few calls are refused', async () => {
  const steps = [{ ...step1, max_concurrency: 16 }]
  const options = { latencyMs: 20, rateLimit: { requests: 40, seconds: 2 } }
  await using story = await Story.begin(wordFiles(60, steps), options)
  const ended = await Promise.all([story.run('run', 'pipelines/words.json'), story.run('run', 'pipelines/words.json')])
  expect(ended.map(({ code }) => code)).toEqual([0, 0])
  expect(['words/v0', 'words/v1'].map((version) => story.collated(version, '01_define.json').length)).toEqual([60, 60])
  // Without slowing down before the wall each of the 16 calls under way runs into it again and again: 100 and more.
  expect(story.server.rateLimited).toBeLessThan(40)
})
