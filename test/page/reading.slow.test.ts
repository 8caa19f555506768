/** The page in Chromium: items are read, approved and flagged, and what is said is what the command line knows. */
import { expect, test } from 'vitest'
import { Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

/** Words w1, w2, … with the ids 11, 12, … that went through two steps. */
async function begun(count: number): Promise<Story> {
  const story = await Story.begin(wordFiles(count, [step1, step2]))
  await story.run('run', 'pipelines/words.json')
  return story
}

/** `11 approved`, of the last step. */
async function states(story: Story): Promise<string[]> {
  const { out } = await story.run('reviews', 'words', '--json')
  return JSON.parse(out)
    .filter(({ step, at }: { step: number; at: string | null }) => step === 2 && at !== null)
    .map(({ root_id, state, comment }: Record<string, string | null>) =>
      [root_id, state, comment].filter(Boolean).join(' '),
    )
}

inBrowser('the page', () => {
  test('is worked by keys alone, from the table to the item and back', async () => {
    await using story = await begun(5)
    await using reviewing = await Reviewing.begin(story, 'words', '--by', 'Maria')
    const { page, press, shows, rows, faults, asked } = await reviewing.open()
    await shows('5 items')
    expect(await rows()).toEqual(['11', '12', '13', '14', '15'].map((id) => `${id} Unreviewed`))
    await press('Enter')
    await shows('Rate w1')
    await press('a')
    await shows('Rate w2')
    await press('f')
    await page.getByRole('dialog', { name: 'Flag 12' }).waitFor()
    await page.keyboard.type('Too long: ask Jörg')
    await press('Enter')
    await page.locator('.item-head .badge-flagged').waitFor()
    await press('j', 'j')
    // What is not shown yet cannot be approved.
    await shows('Rate w4')
    await press('a')
    await shows('Rate w5')
    await press('Escape')
    await shows('5 items')
    expect(await rows()).toEqual(['11 Approved', '12 Flagged', '13 Unreviewed', '14 Approved', '15 Unreviewed'])
    await expect
      .poll(() => states(story), { timeout: 60_000 })
      .toEqual(['11 approved', '12 flagged Too long: ask Jörg', '14 approved'])
    // The token does not stay where it could be seen, and nothing was asked of anybody else.
    expect(page.url()).not.toContain('token')
    expect(asked.filter((url) => !url.startsWith(reviewing.origin))).toEqual([])
    expect(faults).toEqual([])
  })
})
