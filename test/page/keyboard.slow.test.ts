/** The page in Chromium with a keyboard and nothing else: where the focus is can be seen, and it does not get lost. */
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, type OpenPage, Reviewing } from './browser.ts'

closeBrowserAtEnd()

/** Three words of which the first has an answer that no window holds. */
async function begun(): Promise<Story> {
  const story = await Story.begin(wordFiles(3, [step1, step2]), {
    answer: ({ body }) =>
      JSON.stringify({ answer: promptOf(body).includes('w1') ? 'One line.\n\n'.repeat(80) : 'Short.', score: 5 }),
  })
  await story.run('run', 'pipelines/words.json')
  return story
}

/** What has the focus: what a screen reader would call it. */
function focused({ page }: OpenPage): Promise<string> {
  return page.evaluate(
    `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent ?? '')
      .trim()`,
  ) as Promise<string>
}

inBrowser('the focus', () => {
  test('is in the table at first, comes back from a window, and stays on the head that sorts', async () => {
    await using story = await begun()
    await using reviewing = await Reviewing.begin(story, 'words')
    const opened = await reviewing.open()
    const { page, press, shows } = opened
    await shows('3 items')
    await expect.poll(() => focused(opened), { timeout: 20_000 }).toBe('Items')
    await press('f')
    await page.getByRole('dialog', { name: 'Flag 11' }).waitFor()
    await press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focused(opened)).toBe('Items')
    await press('Tab', 'Enter')
    await page.locator('[aria-sort=ascending]').waitFor()
    await press('Enter')
    await page.locator('[aria-sort=descending]').waitFor()
    expect(await focused(opened)).toBe('Item ↓')
    // A rerun begins with the choice of items, not with the button that closes it.
    await press('r')
    await page.getByRole('dialog', { name: 'Rerun items' }).waitFor()
    expect(await focused(opened)).toBe('Flagged')
    await press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focused(opened)).toBe('Item ↓')
    expect(opened.faults).toEqual([])
  })

  test('goes along from item to item, and a long answer is scrolled wherever it is', async () => {
    await using story = await begun()
    await using reviewing = await Reviewing.begin(story, 'words', '--by', 'Maria')
    const opened = await reviewing.open({}, '#/item/words/v0/1/11')
    const { page, press, shows } = opened
    await shows('One line.')
    await press('PageDown')
    const top = () => page.locator('.answer .pane-body').evaluate(({ scrollTop }) => scrollTop)
    await expect.poll(top, { timeout: 20_000 }).toBeGreaterThan(100)
    await press('PageUp')
    await expect.poll(top, { timeout: 20_000 }).toBe(0)
    while ((await focused(opened)) !== 'Next item') await press('Tab')
    await press('Enter')
    await shows('2 of 3')
    await press('Enter')
    await shows('3 of 3')
    expect(await focused(opened)).toBe('Next item')
    expect(opened.faults).toEqual([])
  })

  test('is seen on a row among selected ones, and what was done says which key takes it back', async () => {
    await using story = await begun()
    await using reviewing = await Reviewing.begin(story, 'words', '--by', 'Maria')
    const opened = await reviewing.open()
    const { page, press, shows } = opened
    await shows('3 items')
    await press('x', 'j', 'x')
    await shows('2 items selected')
    const isMarked = `[...document.querySelectorAll('.row-selected')].map((row) => getComputedStyle(row).boxShadow !== 'none')`
    expect(await page.evaluate(isMarked)).toEqual([false, true])
    await press('a')
    await page.locator('.toast', { hasText: 'Approved 2 items.' }).locator('kbd', { hasText: 'U' }).waitFor()
    await press('u')
    await expect.poll(opened.rows, { timeout: 20_000 }).toEqual(['11 Unreviewed', '12 Unreviewed', '13 Unreviewed'])
    // What is said of all of the filter has all rows come anew; the keys go on where they were.
    await press('X', 'a')
    await expect.poll(opened.rows, { timeout: 20_000 }).toEqual(['11 Approved', '12 Approved', '13 Approved'])
    expect(await page.locator('.row-active').getAttribute('id')).toBe('row-1')
    expect(opened.faults).toEqual([])
  })
})
