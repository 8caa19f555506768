/** A person edits an answer, asks for a new one beside it in the page, reads what it would change, and takes it. */
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

inBrowser('the page', () => {
  test('shows what the model suggests beside an edit, and takes it only if somebody says so', async () => {
    await using story = await Story.begin(wordFiles(3, [step1]), {
      answer: ({ body }) =>
        JSON.stringify({ answer: promptOf(body).includes('again') ? 'Mine is short now.' : 'A long word.' }),
    })
    await story.run('run', 'pipelines/words.json')
    await story.run('edit', 'words', '12', '--set', 'answer=Mine is short.', '--by', 'Maria')
    await story.run('apply', 'words')
    story.write('prompts/define.md', 'Define {word} again.')
    await using reviewing = await Reviewing.begin(story, 'words', '--by', 'Otto')
    const { page, press, shows, faults } = await reviewing.open()
    await shows('3 items')
    await press('r')
    await page.getByRole('button', { name: 'Changed since' }).click()
    await shows(/2 requests, likely/)
    await page.getByRole('checkbox', { name: 'Keep edited answers, and ask for a new one beside each' }).check()
    await shows(/3 requests, likely/)
    await press('Control+Enter')
    await shows('v2 against')
    await page.getByRole('link', { name: 'Table' }).click()
    await page.locator('.row', { hasText: 'suggestion' }).getByText('Mine is short.').click()
    await shows('suggests another answer. The edit stays until you take it.')
    await press('s')
    await page.locator('.suggestion ins', { hasText: 'now' }).waitFor()
    expect(story.collated('words/v2', '01_define.json')[1]).toMatchObject({ answer: 'Mine is short.' })
    expect(ofActs(story)).toHaveLength(1)
    await press('y')
    await shows('This edit is not applied yet')
    await page.locator('.item-head .badge-edited:not(.badge-waits)').waitFor()
    expect(await page.locator('.suggestion').count()).toBe(0)
    expect(ofActs(story).at(-1)).toMatchObject({
      ...{ act: 'edit', by: 'Otto', comment: expect.stringMatching(/^Takes what claude-\S+ suggested in v2\.$/) },
      answer: { answer: 'Mine is short now.' },
    })
    // The dialog begins with the flagged items, of which there are none.
    expect(faults.filter((fault) => !fault.includes('409 (Conflict)'))).toEqual([])
    await story.run('apply', 'words')
    expect(story.collated('words/v3', '01_define.json')[1]).toMatchObject({ answer: 'Mine is short now.' })
  })
})

function ofActs(story: Story): object[] {
  return story
    .read('outputs/words/reviews.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
