/** Every screen: axe finds nothing serious, nothing is cut off or wider than the window, in the light and in the dark, large and small. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, type OpenPage, Reviewing } from './browser.ts'

closeBrowserAtEnd()

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Long words, scripts from right to left, emphasis, and what comes when a model fails. */
function answerTo(prompt: string): string {
  if (prompt.includes('w1')) return JSON.stringify({ answer: 'A'.repeat(400), score: 7 })
  if (prompt.includes('w2')) return JSON.stringify({ answer: 'مرحبا بالعالم، هذا نص من اليمين إلى اليسار', score: 5 })
  if (prompt.includes('w3'))
    return JSON.stringify({ answer: '# Title\n\n- **one**\n- [two](https://two.example/)', score: 9 })
  if (prompt.includes('w4')) return 'no JSON'
  return JSON.stringify({ answer: 'A plain answer.', score: 1 })
}

/** What axe says is serious or critical, on what is shown now. */
async function serious({ page }: OpenPage): Promise<string[]> {
  // Past the policy of the page, which lets no script in: as an extension of the browser would.
  await page.evaluate(axe)
  const found = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`)
  return found as string[]
}

/** By how many pixels what is shown is wider than the window. */
async function tooWide({ page }: OpenPage): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'))
}

interface Screen {
  name: string
  hash: string
  /** What it shows when it is there. */
  shows: string | RegExp
  keys?: string[]
}

const screens: Screen[] = [
  { name: 'pipelines', hash: '#/pipelines', shows: 'Took' },
  { name: 'table', hash: '#/items/words/v1/2', shows: '5 items' },
  { name: 'selected', hash: '#/items/words/v1/2', shows: '5 items', keys: ['x', 'j', 'x'] },
  { name: 'filters', hash: '#/items/words/v1/2?review=flagged&text=a', shows: '1 item' },
  { name: 'keys', hash: '#/items/words/v1/2', shows: '5 items', keys: ['?'] },
  { name: 'label', hash: '#/items/words/v1/2', shows: '5 items', keys: ['l'] },
  { name: 'long word', hash: '#/item/words/v1/1/11', shows: 'AAAA' },
  { name: 'right to left', hash: '#/item/words/v1/1/12', shows: 'مرحبا' },
  { name: 'Markdown', hash: '#/item/words/v1/1/13', shows: 'two.example' },
  { name: 'failed', hash: '#/item/words/v1/1/14', shows: 'invalid_json' },
  { name: 'flag', hash: '#/item/words/v1/2/12', shows: 'Nobody has said', keys: ['f'] },
  { name: 'compare', hash: '#/compare/words/v1/2?against=v0', shows: 'The template changed' },
]

inBrowser('every screen of the page', () => {
  test('is usable by everybody, at both sizes and in both colours', async () => {
    await using story = await Story.begin(wordFiles(6, [step1, step2]), {
      answer: ({ body }) => answerTo(promptOf(body)),
    })
    await story.run('run', 'pipelines/words.json')
    await story.run('flag', 'words', '11', '--by', 'Maria', '--comment', 'B'.repeat(200))
    story.write('prompts/rate.md', 'Rate {root__word} with care: {answer}')
    story.api.answer = ({ body }) => answerTo(promptOf(body)).replace('plain', 'better')
    await story.run('rerun', 'words', '15', '16')
    await using reviewing = await Reviewing.begin(story)
    const found: string[] = []
    for (const [width, height, colorScheme] of [
      [1280, 720, 'light'],
      [390, 844, 'dark'],
    ] as const) {
      const opened = await reviewing.open({ viewport: { width, height }, colorScheme })
      for (const { name, hash, shows, keys = [] } of screens) {
        await opened.page.evaluate(`location.hash = ''`)
        await opened.shows('Pipelines')
        await opened.page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
        await opened.shows(shows)
        await opened.press(...keys)
        if (keys.length > 0) await opened.page.locator('dialog[open], .act-bar').first().waitFor()
        const where = `${name}, ${width}, ${colorScheme}`
        found.push(...(await serious(opened)).map((one) => `${where}: ${one}`))
        const pixels = await tooWide(opened)
        if (pixels > 0) found.push(`${where}: ${pixels} pixels too wide`)
        await opened.press('Escape')
      }
      expect(opened.faults).toEqual([])
    }
    expect(found).toEqual([])
  })
})
