/** What a person does with the texts of the shop, by keys alone: review, flag two, rerun them, compare, approve, label. */
import { promptOf } from '../anthropic-server/answer.ts'
import type { Call } from '../anthropic-server.ts'
import type { OpenPage } from './browser.ts'
import { answerTo } from './shop.ts'

export interface ShopStory {
  /** Makes the template better, between the review and the rerun. */
  improve: () => Promise<void> | void
  /** Called wherever the guide shows a picture. */
  picture?: (name: string) => Promise<void>
}

/** How the model answers to the better template. */
export function betterAnswer({ body }: Call): string {
  return answerTo(promptOf(body), (text) =>
    text.replace('a day of **heavy** rain', '10 litres an hour').replace('light, and', 'bright light (80 lux), and'),
  )
}

/** From the table of v0 to the label of v1. */
export async function reviewShop(opened: OpenPage, { improve, picture = async () => {} }: ShopStory): Promise<void> {
  const { page, press, shows } = opened
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
    if (id === 2) await picture('item')
    await press('j')
  }
  await press('Escape')
  await shows('10 items')
  await page.locator('.chip', { hasText: 'Flagged2' }).waitFor()
  await page.locator('.chip', { hasText: 'Approved4' }).waitFor()
  await picture('table')

  await improve()
  await press('r')
  await shows(/2 requests, likely \$/)
  await picture('rerun')
  await press('Control+Enter')
  await shows('v1 against')
  await page.locator('.change ins').first().waitFor()
  await shows('2 answers')
  await picture('compare')
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
}
