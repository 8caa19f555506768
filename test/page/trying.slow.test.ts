/** Another template is tried on one item in the page: first its price, then its answer beside the kept one. */
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

inBrowser('the page', () => {
  test('tries another template on one item', async () => {
    await using story = await Story.begin(wordFiles(3, [step1]), {
      answer: ({ body }) =>
        JSON.stringify({ answer: promptOf(body).includes('briefly') ? 'A short word.' : 'A long word.' }),
    })
    await story.run('run', 'pipelines/words.json')
    await using reviewing = await Reviewing.begin(story, 'words')
    const { page, press, shows, faults } = await reviewing.open()
    await shows('3 items')
    await press('Enter')
    await shows('A long word.')
    const before = story.sent.length
    await press('t')
    await shows(/1 request, likely \$/)
    await page.getByRole('textbox', { name: /Template of define/ }).fill('Define {word} briefly.')
    await shows('The prompt as it would be sent')
    await page.locator('.try details .text', { hasText: 'Define w1 briefly.' }).waitFor({ state: 'attached' })
    expect(story.sent.filter(({ path }) => path === '/v1/messages').length).toBe(
      story.sent.slice(0, before).filter(({ path }) => path === '/v1/messages').length,
    )
    await press('Control+Enter')
    await page.locator('.try-answer ins', { hasText: 'short' }).waitFor()
    await page.locator('.try-answer del', { hasText: 'long' }).waitFor()
    await press('Escape')
    await shows('Nobody has said anything yet.')
    expect(faults).toEqual([])
    // Nothing of it is in the pipeline.
    expect(story.names('outputs/words')).not.toContain('v1')
  })
})
