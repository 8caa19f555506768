/** How fast a person reads in the browser: the page of `itemwise review` over a version of a hundred thousand items, in Chromium. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumPath } from '../tools/chromium.ts'
import type { Bench } from './cases.ts'
import { middle, type ReadServer, readableWorkspace, startServer, texts } from './reading.ts'

/** Servers that are started, each to show its first rows: it has not read anything then. The last one is opened again as often. */
const starts = 5

/** In which all rows are scrolled through: as fast as by dragging the bar. */
const frames = 600

/** Says so if there is no Chromium, and measures nothing. */
export async function readingInBrowser(bench: Bench, { items }: { items: number }): Promise<void> {
  const executablePath = chromiumPath()
  if (executablePath === null) {
    console.log('The page is not measured: Chromium is not here. Install it, or name it in ITEMWISE_CHROMIUM.')
    return
  }
  const workspace = await readableWorkspace(bench, items)
  // As root, which CI is, Chromium has no sandbox.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const firstRows: number[] = []
  try {
    for (let start = 1; start < starts; start++) {
      const server = await startServer(workspace, 'review')
      firstRows.push(await firstRowsOf(await opened(browser, server)))
      await server.stop()
    }
    const server = await startServer(workspace, 'review')
    const page = await opened(browser, server)
    firstRows.push(await firstRowsOf(page))
    const script_kb = await scriptSize(page)
    const again: number[] = []
    for (let start = 0; start < starts; start++) {
      await page.reload()
      again.push(await firstRowsOf(page))
    }
    const found = await search(page)
    const scrolled = await scroll(page)
    const used = await server.stop()
    bench.report({
      ...{ case: 'read in Chromium', program: 'itemwise', items, latency_ms: 0, runs: starts, ...used },
      more: { first_rows: middle(firstRows), first_rows_again: middle(again), ...found, ...scrolled, script_kb },
    })
  } finally {
    await browser.close()
  }
}

/** The table of the last version, in a browser that has never seen it. */
async function opened(browser: Browser, server: ReadServer): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage()
  await page.addInitScript({ path: join(import.meta.dirname, 'watched-page.js') })
  // The server has answered once, to somebody else.
  await server.get('/pipelines')
  await page.goto(`${server.address}#/items/summaries/v0`)
  return page
}

/** Seconds from the navigation on. */
async function firstRowsOf(page: Page): Promise<number> {
  return (await page.evaluate<number>('watched.shown()')) / 1000
}

/** Seconds from what was typed last to the rows that it finds. */
async function search(page: Page): Promise<{ text_filter: number; slowest_text_filter: number }> {
  const seconds: number[] = []
  for (const text of texts) {
    await page.getByRole('searchbox').fill(text)
    seconds.push((await page.evaluate<number>(`watched.found(${JSON.stringify(text)})`)) / 1000)
  }
  await page.getByRole('searchbox').fill('')
  await page.getByRole('status').getByText('00 items').waitFor()
  return { text_filter: middle(seconds), slowest_text_filter: Math.max(...seconds) }
}

interface Scrolled {
  tasks: number[]
  end: number
}

async function scroll(page: Page): Promise<{ long_tasks: number; longest_task: number; rows_at_end: number }> {
  const { tasks, end } = await page.evaluate<Scrolled>(`watched.scrolled(${frames})`)
  return { long_tasks: tasks.length, longest_task: Math.max(0, ...tasks) / 1000, rows_at_end: end / 1000 }
}

/** kB of scripts that the page loads as it opens, packed. */
async function scriptSize(page: Page): Promise<number> {
  const names: string[] = await page.evaluate(
    `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))`,
  )
  const scripts = await page.evaluate<string[]>(
    `Promise.all(${JSON.stringify(names)}.map(async (name) => (await fetch(name)).text()))`,
  )
  return scripts.reduce((sum, script) => sum + gzipSync(script).length, 0) / 1000
}
