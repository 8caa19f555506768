/** A report in Chromium, opened as a file without a network, as whoever got it by mail opens it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, openedBrowser } from './browser.ts'

closeBrowserAtEnd()

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const harm = '<script>window.hit=1</script><img src="http://evil.example/a.png" onerror="window.hit=1"> مرحبا بالعالم'

inBrowser('a report in a browser', () => {
  test.each(['light', 'dark'] as const)(
    'opens from file:// without a network, runs nothing of others, and is readable (%s)',
    async (colorScheme) => {
      await using story = await Story.begin(wordFiles(6, [step1, step2]))
      story.api.answer = ({ prompt }) =>
        prompt === 'Define w4.' ? { refusal: true } : JSON.stringify({ answer: `${harm} ${prompt}`, list: ['a'] })
      await story.run('run', 'pipelines/words.json')
      await story.run('flag', 'words', '12', '--comment', harm, '--by', harm)
      await story.run('edit', 'words', '13', '--set', 'answer=mine', '--by', 'Otto')
      story.api.answer = ({ prompt }) => JSON.stringify({ answer: `${harm} other ${prompt}`, list: ['b'] })
      await story.run('rerun', 'words', '15')
      await story.run('report', 'words', '--against', 'v0', '--output', 'r.html')
      const browser = await openedBrowser()
      // CSP keeps axe out, too; nothing else is let in by that.
      const context = await browser.newContext({ colorScheme, offline: true, viewport: { width: 390, height: 800 } })
      const page = await context.newPage()
      const asked: string[] = []
      const said: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      page.on('console', (message) => said.push(message.text()))
      const address = pathToFileURL(join(story.root, 'r.html')).href
      await page.goto(address)
      expect([asked, said]).toEqual([[address], []])
      expect(await page.evaluate('"hit" in window')).toBe(false)
      // Its style sheet holds: no column is wider than the window.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
      await page.getByRole('link', { name: '13', exact: true }).click()
      expect(page.url()).toMatch(/#i\d$/)
      await page.evaluate(axe)
      const serious = `axe.run().then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id))`
      expect(await page.evaluate(serious)).toEqual([])
      await context.close()
    },
  )
})
