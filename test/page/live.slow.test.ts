/** The pipelines show how far a run is that somebody started in a terminal, and what came of it. */
import { expect, test } from 'vitest'
import { Story, until } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

inBrowser('the page', () => {
  test('shows a bar for a run of the command line, and its figures when it has ended', async () => {
    await using story = await Story.begin(wordFiles(4, [{ ...step1, max_concurrency: 1 }]))
    let isLetGo = false
    story.api.answer = ({ prompt }) =>
      prompt.startsWith('Define w3') && !isLetGo ? { status: 529, type: 'overloaded_error' } : undefined
    const running = story.start('run', 'pipelines/words.json')
    await until(() => story.sent.some(({ body }) => JSON.stringify(body).includes('Define w3')))
    await using reviewing = await Reviewing.begin(story)
    const { page, shows, faults } = await reviewing.open()
    await shows('v0 is running')
    await shows('step 1: 2 of 4')
    const bar = page.getByRole('progressbar', { name: 'v0, step 1' })
    expect([await bar.getAttribute('value'), await bar.getAttribute('max')]).toEqual(['2', '4'])
    isLetGo = true
    await running.ended
    await page.locator('.card-facts').getByText('Took').waitFor()
    expect(await bar.count()).toBe(0)
    expect(faults).toEqual([])
  })
})
