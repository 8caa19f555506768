import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flawless, killCampaign } from '../campaigns/kill.ts'
import { Story } from './story.ts'
import { prompts, wordFiles } from './words.ts'

const kills = Number(process.env.ITEMWISE_KILLS ?? 4)
const seed = Number(process.env.ITEMWISE_SEED ?? Date.now() % 100_000)

test.for([
  ['files', false],
  ['packs', true],
] as const)(
  `a run with %s that is killed ${kills} times (seed ${seed}) answers every item, asks for no kept answer again and counts what it paid`,
  {
    timeout: 60_000 + kills * 10_000,
  },
  async ([, packed]) => {
    const report = await killCampaign({ kills, items: 300, seed, concurrency: 16, packed })
    expect(report).toEqual(flawless(report))
    expect(report.kills).toBe(kills)
  },
)

test('resume publishes a version whose process was killed when it had completed it', async () => {
  await using story = await Story.begin(wordFiles(2))
  await story.run('run', 'pipelines/words.json')
  // As the disk is between the last two writes.
  rmSync(join(story.root, 'outputs/words/latest'))
  mkdirSync(join(story.root, 'outputs/words/v0/work'))
  expect(await story.run('resume', 'words')).toMatchObject({ code: 2, out: '' })
  expect({ folder: story.names('outputs/words'), work: story.has('outputs/words/v0/work') }).toEqual({
    folder: ['latest', 'v0'],
    work: false,
  })
  const { code } = await story.run('rerun', 'words', '12')
  expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: prompts('Define', 1, 2, 2) })
})
