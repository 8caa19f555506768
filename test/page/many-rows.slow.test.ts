/** The table with more rows than anybody draws, fetches or keeps at once. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, type OpenPage, Reviewing } from './browser.ts'

closeBrowserAtEnd()

/** 70 pages, of which the table keeps 60. */
const count = 7000

/** Scrolls from the first row to the last one in so many frames. */
async function scrollThrough({ page }: OpenPage, frames: number): Promise<void> {
  await page.evaluate(`(async () => {
    const box = document.querySelector('.virtual')
    const most = box.scrollHeight - box.clientHeight
    for (let at = 1; at <= ${frames}; at++) {
      box.scrollTop = (most * at) / ${frames}
      await new Promise(requestAnimationFrame)
    }
  })()`)
}

/** Holds the answers to requests for rows back until it is called; returns how many there were. */
async function holdRows({ page }: OpenPage): Promise<() => number> {
  const held = Promise.withResolvers<void>()
  let count = 0
  await page.route(
    ({ pathname }) => pathname.endsWith('/rows'),
    async (route) => {
      count += 1
      await held.promise
      await route.continue()
    },
  )
  return () => {
    held.resolve()
    return count
  }
}

/** Waits for the row at an index. */
const shown = (page: Page, index: number) =>
  page.locator(`[aria-rowindex="${index + 2}"] .cell-id`, { hasText: String(11 + index) }).waitFor()

const indexes = ({ page }: OpenPage) =>
  page.locator('.row').evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex'))))

const heads = ({ page }: OpenPage) => page.getByRole('columnheader').allTextContents()

inBrowser('the table of many rows', () => {
  test('fetches what is looked at, draws with the elements that it has, and keeps its columns', async () => {
    await using story = await Story.begin({
      ...wordFiles(count, [{ ...step1, output_schema: undefined, max_concurrency: 32 }]),
      'itemwise.yaml': 'keep: { prompts: none, items: packed }\n',
    })
    await story.run('run', 'pipelines/words.json', '--offline')
    await using reviewing = await Reviewing.begin(story, 'words')
    const opened = await reviewing.open()
    await opened.shows('7,000 items')
    const columns = await heads(opened)
    expect(columns.length).toBeGreaterThan(5)
    await opened.page.evaluate(`document.querySelectorAll('.row').forEach((row) => row.dataset.wasThere = '')`)
    const before = await indexes(opened)

    // Rows that are passed by are not asked for.
    const release = await holdRows(opened)
    await scrollThrough(opened, 100)
    expect(release()).toBeLessThanOrEqual(2)
    await shown(opened.page, count - 1)
    const after = await indexes(opened)
    expect(after).toEqual(after.toSorted((a, b) => a - b))
    expect(after.at(-1)).toBe(count + 1)
    // The elements of rows that went out of view show those that came.
    expect(await opened.page.locator('.row[data-was-there]').count()).toBe(before.length)
    expect(after.length).toBe(before.length)

    // Slowly enough to see every page: the first one is forgotten, and the columns stay as they are.
    await opened.press('Home')
    for (let page = 1; page < count / 100; page++) {
      await opened.page.evaluate(`document.querySelector('.virtual').scrollTop = ${page * 100 * 34}`)
      await shown(opened.page, page * 100)
    }
    expect(opened.asked.filter((url) => url.includes('/rows?')).length).toBeGreaterThan(60)
    expect(await heads(opened)).toEqual(columns)
    expect(opened.faults).toEqual([])
  })
})
