/** From the terminal to the page and back, by keys alone; the pictures of the guide are taken on the way (ITEMWISE_PICTURES=yes writes them). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { closeBrowserAtEnd, inBrowser, type OpenPage, Reviewing } from './browser.ts'
import { beginShop, betterTemplate } from './shop.ts'
import { betterAnswer, reviewShop } from './shop-story.ts'

closeBrowserAtEnd()

const folder = resolve(import.meta.dirname, '../../docs/guide/pictures')
const guide = readFileSync(resolve(folder, '../review.md'), 'utf8')

async function picture({ page }: OpenPage, name: string): Promise<void> {
  expect(guide.includes(`pictures/${name}.png`)).toBe(true)
  const path = join(folder, `${name}.png`)
  if (process.env.ITEMWISE_PICTURES === 'yes') writeFileSync(path, await page.screenshot())
  expect(existsSync(path)).toBe(true)
}

inBrowser('the story', () => {
  test('run, review, flag two, rerun them, compare, approve, label', async () => {
    await using story = await beginShop()
    await using reviewing = await Reviewing.begin(story, 'shop_texts', '--by', 'Maria')
    const opened = await reviewing.open()
    await reviewShop(opened, {
      improve: () => {
        story.write('prompts/describe.md', betterTemplate)
        story.api.answer = betterAnswer
      },
      picture: (name) => picture(opened, name),
    })
    expect(opened.faults).toEqual([])

    expect(story.metadata('shop_texts/v1').pipeline_status).toBe('final')
    const { out } = await story.run('reviews', 'shop_texts', '--json')
    expect(JSON.parse(out).map(({ state }: { state: string }) => state)).toEqual(Array(10).fill('approved'))
    expect((await story.run('label', 'shop_texts', 'v1', '--status', 'final', '--strict')).code).toBe(0)
  })
})
