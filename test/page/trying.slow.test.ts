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

  test('saves the template that was tried, unless the file was changed since, and runs the flagged items again', async () => {
    await using story = await Story.begin(wordFiles(3, [step1]), {
      answer: ({ body }) =>
        JSON.stringify({ answer: promptOf(body).includes('briefly') ? 'A short word.' : 'A long word.' }),
    })
    await story.run('run', 'pipelines/words.json')
    await story.run('flag', 'words', '12', '--by', 'Maria')
    await using reviewing = await Reviewing.begin(story, 'words')
    const { page, press, shows } = await reviewing.open()
    await shows('3 items')
    await press('Enter')
    await shows('A long word.')
    await press('t')
    await shows('prompts/define.md has this text.')
    const template = page.getByRole('textbox', { name: /Template of define/ })
    await template.fill('Define {word} briefly.')
    const save = page.getByRole('button', { name: 'Save the template and rerun flagged' })
    // Somebody has another idea meanwhile.
    story.write('prompts/define.md', 'Define {word}, please.')
    await save.click()
    await shows('prompts/define.md was changed since it was read. It was not saved.')
    expect(story.read('prompts/define.md')).toBe('Define {word}, please.')
    await shows('prompts/define.md was changed since v0 was made. Saving puts your text in its place.')
    await save.click()
    await shows('Saved prompts/define.md.')
    expect(story.read('prompts/define.md')).toBe('Define {word} briefly.')
    await shows(/1 request, likely/)
    await press('Control+Enter')
    await shows('v1 against')
    expect(story.collated('words/v1', '01_define.json').map(({ answer }) => answer)).toEqual([
      ...['A long word.', 'A short word.', 'A long word.'],
    ])
  })
})
