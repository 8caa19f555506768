/** The page in Chromium with `--target aws`: from the command line to the page and back, on LocalStack. */
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from '../page/browser.ts'
import { answerTo, betterTemplate, shopFiles } from '../page/shop.ts'
import { betterAnswer, reviewShop } from '../page/shop-story.ts'
import { Cloud, freshName } from './cloud.ts'

closeBrowserAtEnd()

inBrowser('the page on AWS', () => {
  test('run, review, flag two, rerun them, compare, approve, label', async () => {
    const name = freshName('shop')
    const files = shopFiles(name)
    await using cloud = await Cloud.begin(files)
    cloud.answer = ({ body }) => answerTo(promptOf(body))
    await cloud.run(files['pipelines/shop.json'])
    const server = { start: (...words: string[]) => cloud.startCli(...words) }
    await using reviewing = await Reviewing.begin(server, name, '--target', 'aws')
    const opened = await reviewing.open()
    await reviewShop(opened, {
      improve: async () => {
        cloud.answer = betterAnswer
        await cloud.put('prompts/describe.md', betterTemplate)
      },
    })
    expect(opened.faults).toEqual([])
    expect(opened.asked.filter((url) => !url.startsWith(reviewing.origin))).toEqual([])

    expect(await cloud.metadata({ pipeline: name, version: 'v1' })).toMatchObject({
      ...{ mode: 'rerun', base_version: 'v0', pipeline_status: 'final' },
    })
    const { out, err } = await cloud.cli('reviews', name, '--json', '--target', 'aws')
    expect([err, JSON.parse(out).map(({ state }: { state: string }) => state)]).toEqual([
      '',
      Array(10).fill('approved'),
    ])
    const acts = await Array.fromAsync(cloud.store.reviews.all(name))
    const flagged = acts.filter(({ act }) => act === 'flag')
    expect(flagged.map(({ root_id, comment }) => `${root_id}: ${comment}`)).toEqual([
      'P-103: How heavy is the rain?',
      'P-105: Say how bright it is',
    ])
    // Whoever has the credentials says it.
    expect([...new Set(acts.map(({ by }) => by))]).toEqual([expect.stringMatching(/^arn:aws:/)])
  })
})
