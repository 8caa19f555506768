/** Answers are corrected in the page: a draft survives, the schema is checked while somebody types, and the edit is kept as the command line's. */
import { expect, test } from 'vitest'
import { Story } from '../stories/story.ts'
import { wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

const output_schema = {
  type: 'object',
  required: ['meaning', 'examples', 'grade'],
  additionalProperties: false,
  properties: {
    meaning: { type: 'string' },
    examples: { type: 'array', items: { type: 'string' } },
    grade: { type: 'integer' },
  },
}
const step = { prompt_name: 'define', input_file: 'inputs/words.json', batch_output_id_field: 'nr', output_schema }
const answer = JSON.stringify({ meaning: 'A word.', examples: ['one', 'two'], grade: 6 })

inBrowser('the page', () => {
  test('edits an answer in its place, with a draft that survives a reload', async () => {
    await using story = await Story.begin(wordFiles(3, [step]), { answer: () => answer })
    await story.run('run', 'pipelines/words.json')
    await using reviewing = await Reviewing.begin(story, 'words', '--by', 'Maria')
    const { page, press, shows, faults } = await reviewing.open()
    await shows('3 items')
    await press('Enter')
    await shows('A word.')
    await press('e')
    const meaning = page.getByRole('textbox', { name: 'meaning' })
    const grade = page.getByRole('textbox', { name: 'grade' })
    await grade.fill('six')
    await shows(/grade: .*type/i)
    await press('Control+Enter')
    expect(story.has('outputs/words/reviews.jsonl')).toBe(false)
    await grade.fill('7')
    await meaning.fill('A better word: ä, 漢字, 🙂.')
    await page.getByRole('button', { name: 'Remove entry 1 of examples' }).click()
    await page.reload()
    await shows('This is your draft from before.')
    expect(await meaning.inputValue()).toBe('A better word: ä, 漢字, 🙂.')
    await page.getByRole('button', { name: 'Edit as JSON' }).click()
    await page.locator('.cm-content').waitFor()
    expect(await page.locator('.cm-content').textContent()).toContain('"grade": 7')
    await press('Control+Enter')
    await page.getByRole('heading', { name: 'Item 12' }).waitFor()
    await press('k')
    await shows('This edit is not applied yet')
    await shows('A better word: ä, 漢字, 🙂.')
    expect(faults).toEqual([])
    const { out } = await story.run('reviews', 'words', '--json')
    expect(JSON.parse(out)[0]).toMatchObject({ root_id: '11', state: 'edited', by: 'Maria' })

    expect((await story.run('apply', 'words')).code).toBe(0)
    expect(story.collated('words/v1', '01_define.json')[0]).toMatchObject({
      meaning: 'A better word: ä, 漢字, 🙂.',
      examples: ['two'],
      grade: 7,
    })
  })
})
