/** From the terminal to the page and back, by keys alone; the pictures of the guide are taken on the way (ITEMWISE_PICTURES=yes writes them). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { closeBrowserAtEnd, inBrowser, type OpenPage, Reviewing } from './browser.ts'
import { answerTo, beginShop } from './shop.ts'

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
    const { page, press, shows, faults } = opened
    await shows('10 items')
    await press('Enter')
    for (const [id, key] of ['a', 'a', 'f', 'a', 'f', 'a'].entries()) {
      await page.getByRole('heading', { name: `Item P-${101 + id}` }).waitFor()
      await page.locator('.item-columns').waitFor()
      await press(key)
      if (key === 'a') continue
      await page.getByRole('dialog').waitFor()
      await page.keyboard.type(id === 2 ? 'How heavy is the rain?' : 'Say how bright it is')
      await press('Enter')
      await page.locator('.item-head .badge-flagged:not(.badge-waits)').waitFor()
      if (id === 2) await picture(opened, 'item')
      await press('j')
    }
    await press('Escape')
    await shows('10 items')
    await page.locator('.chip', { hasText: 'Flagged2' }).waitFor()
    await page.locator('.chip', { hasText: 'Approved4' }).waitFor()
    await picture(opened, 'table')

    story.write('prompts/describe.md', `${story.read('prompts/describe.md')}\nName every number that the facts have.`)
    story.api.answer = ({ body }) =>
      answerTo(promptOf(body), (text) =>
        text
          .replace('a day of **heavy** rain', '10 litres an hour')
          .replace('light, and', 'bright light (80 lux), and'),
      )
    await press('r')
    await shows(/2 requests, likely \$/)
    await picture(opened, 'rerun')
    await press('Control+Enter')
    await shows('v1 against')
    await page.locator('.change ins').first().waitFor()
    await shows('2 answers')
    await picture(opened, 'compare')
    await press('a')
    await page.locator('.change h2', { hasText: 'P-105' }).waitFor()
    await press('a')
    await page.locator('.badge-approved:not(.badge-waits)').waitFor()
    await press('Escape')
    await page.locator('.chip', { hasText: 'Approved6' }).waitFor()
    await press('X')
    await press('a')
    await shows('Approved 10 items.')
    await press('l')
    await shows('Nothing stands against it')
    await page.getByRole('combobox', { name: 'Label' }).fill('final')
    await press('Control+Enter')
    await shows('v1 is labelled final.')
    expect(faults).toEqual([])

    expect(story.metadata('shop_texts/v1').pipeline_status).toBe('final')
    const { out } = await story.run('reviews', 'shop_texts', '--json')
    expect(JSON.parse(out).map(({ state }: { state: string }) => state)).toEqual(Array(10).fill('approved'))
    expect((await story.run('label', 'shop_texts', 'v1', '--status', 'final', '--strict')).code).toBe(0)
  })
})
