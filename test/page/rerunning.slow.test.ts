/** The window in which a rerun is started: at first it asks for answers of the kind that the version has. */
import { expect, test } from 'vitest'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

inBrowser('the window of a rerun', () => {
  test('asks for made-up answers if those of the version are', async () => {
    await using story = await Story.begin(wordFiles(3, [step1]))
    await story.run('run', 'pipelines/words.json', '--offline')
    await story.run('flag', 'words', '12', '--comment', 'Too short')
    await using reviewing = await Reviewing.begin(story, 'words')
    const { page, press, shows, faults } = await reviewing.open()
    await shows('3 items')
    await press('r')
    await shows('1 request with made-up answers, no cost')
    expect(await page.getByLabel('Offline: made-up answers, no cost').isChecked()).toBe(true)
    await press('Control+Enter')
    await expect.poll(() => story.names('outputs/words'), { timeout: 30_000 }).toContain('v1')
    expect({ sent: story.sent, faults }).toEqual({ sent: [], faults: [] })
  })

  test('asks the model if it answered', async () => {
    await using story = await Story.begin(wordFiles(1, [step1]))
    await story.run('run', 'pipelines/words.json')
    await story.run('flag', 'words', '11', '--comment', 'Too short')
    await using reviewing = await Reviewing.begin(story, 'words')
    const { page, press, shows } = await reviewing.open()
    await shows('1 item')
    await press('r')
    await shows('1 request, likely')
    expect(await page.getByLabel('Offline: made-up answers, no cost').isChecked()).toBe(false)
  })
})
