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
  /** The button that is clicked then. */
  click?: string
  /** What is there after keys and click. */
  opens?: string
  /** Whether it is looked at in both colours at both sizes: what has most to fill in. */
  isRich?: boolean
}

const inFront = 'dialog[open], .act-bar'

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
  {
    ...{ name: 'editor', hash: '#/item/words/v1/2/12', shows: 'Nobody has said', keys: ['e'], opens: '.edit textarea' },
    isRich: true,
  },
  {
    ...{ name: 'rerun', hash: '#/items/words/v3/2', shows: '5 items', keys: ['r'], opens: 'dialog[open] .estimate' },
    isRich: true,
  },
  {
    ...{ name: 'try', hash: '#/item/words/v1/2/12', shows: 'Nobody has said', keys: ['t'] },
    ...{ opens: 'dialog[open] .estimate-main', isRich: true },
  },
  {
    ...{ name: 'suggestion', hash: '#/item/words/v3/2/15', shows: 'suggests another answer', keys: ['s'] },
    ...{ opens: '.suggestion ins', isRich: true },
  },
  {
    ...{ name: 'more filters', hash: '#/items/words/v1/2', shows: '5 items', click: 'More filters' },
    ...{ opens: 'dialog[open] .chip', isRich: true },
  },
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
    await story.run('edit', 'words', '15', '--set', 'answer=Mine', '--by', 'Maria')
    await story.run('apply', 'words')
    await story.run('rerun', 'words', '15', '--suggest')
    await using reviewing = await Reviewing.begin(story)
    const found: string[] = []
    for (const [width, height, colorScheme, isForRich] of [
      [1280, 720, 'light', false],
      [390, 844, 'dark', false],
      [1280, 720, 'dark', true],
      [390, 844, 'light', true],
    ] as const) {
      const opened = await reviewing.open({ viewport: { width, height }, colorScheme })
      for (const screen of screens) {
        const { name, hash, shows, keys = [], click, isRich = false } = screen
        if (isForRich && !isRich) continue
        await opened.page.evaluate(`location.hash = ''`)
        await opened.shows('Pipelines')
        await opened.page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
        await opened.shows(shows)
        await opened.press(...keys)
        if (click !== undefined) await opened.page.getByRole('button', { name: click }).click()
        const opens = screen.opens ?? (keys.length > 0 ? inFront : null)
        if (opens !== null) await opened.page.locator(opens).first().waitFor()
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
