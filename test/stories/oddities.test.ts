/** Answers that are valid and odd are told at the end of a run, by `show`, and in the version's record. */
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

/** The first eighty of a hundred are empty. */
const mostlyEmpty = ({ prompt }: { prompt: string }) => {
  const number = Number(/^Define w(\d+)\./.exec(prompt)?.[1] ?? 0)
  return number > 0 && number <= 80 ? '{"answer": "  "}' : `{"answer": "What ${number} says, in some words"}`
}

test('eighty empty answers of a hundred are said aloud, kept in the record, and shown', async () => {
  await using story = await Story.begin(wordFiles(100), { answer: mostlyEmpty })
  const { code, out, err } = await story.run('run', 'words')
  expect(code).toBe(0)
  expect(out).toContain(`
Odd:
  Step 1 (define):
    80 of 100 answers are empty: valid, but without any content (11, 12, 13, …).
      Say in the prompt what an answer must contain, and rerun these items.
`)
  expect(err).toContain('Look at an odd answer:       itemwise show words v0 11\n')
  expect((await story.run('show', 'words', 'v0', '11')).code).toBe(0)
  const { oddities } = story.metadata('words/v0').stats.steps[0]!
  expect(oddities).toEqual([
    expect.objectContaining({ kind: 'empty', count: 80, of: 100, item_ids: ['11', '12', '13'] }),
  ])
  expect((await story.run('show', 'words')).out).toContain(`
  Odd:
    80 of 100 answers are empty: valid, but without any content (11, 12, 13, …).
`)
  expect(JSON.parse((await story.run('show', 'words', '--json')).out).stats.steps[0].oddities).toEqual(oddities)
})

test('a rerun tells of the answers that it asked for, and where to look for those that it took over', async () => {
  await using story = await Story.begin(wordFiles(100, [step1, step2]), { answer: mostlyEmpty })
  await story.run('run', 'words')
  story.api.answer = ({ prompt }) => (/^Define/.test(prompt) ? `{"answer": "Mended, ${prompt}"}` : undefined)
  expect((await story.run('rerun', 'words', '11', '12')).out).not.toContain('Odd')
  expect(story.metadata('words/v1').stats.steps[0]?.oddities).toBeUndefined()
  expect((await story.run('show', 'words')).out).toContain(`
Odd among what was carried over, if it was not asked for again:
  itemwise show words v0
`)
})

test('a run that ends early has them in its record, and they are gone once they no longer hold', async () => {
  await using story = await Story.begin(wordFiles(3, [{ ...step1, max_concurrency: 1, batch_stop_on_error: true }]))
  story.api.answer = ({ prompt }) => (prompt === 'Define w3.' ? { refusal: true } : '{"answer": ""}')
  expect((await story.run('run', 'words')).code).not.toBe(0)
  expect(story.metadata('words/v0').stats.steps[0]?.oddities).toMatchObject([{ kind: 'empty', count: 2, of: 2 }])
  story.api.answer = () => '{"answer": "A third"}'
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.metadata('words/v0').stats.steps[0]?.oddities).toMatchObject([{ kind: 'empty', count: 2, of: 3 }])
})
