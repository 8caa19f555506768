/** Answers that are read and corrected in a spreadsheet program: out with `export --review`, back with `import-reviews`. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { Review } from '../../core/review.ts'
import { hasTestModules, testPython } from '../../tools/test-python.ts'
import { ofLines, Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

/** All that a spreadsheet program may change by itself. */
const awkward = {
  answer: '=1+1',
  lines: 'one\r\ntwo',
  number: 2.5,
  exact: '@9007199254740993@',
  whole: '@3.0@',
  yes: true,
  none: null,
  list: ['a', 'b'],
  place: { city: 'Köln', zip: '050667' },
  date: '2026-03-02',
  quoted: "'x",
}
const answer = JSON.stringify(awkward).replaceAll(/"@|@"/g, '')

async function begun(count = 6): Promise<Story> {
  const story = await Story.begin(wordFiles(count, [step1, { ...step2, batch_output_id_field: 'rating' }]))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Rate') ? answer : undefined)
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(code, err).toBe(0)
  return story
}

const acts = (story: Story) =>
  story.has('outputs/words/reviews.jsonl') ? ofLines<Review>(story.read('outputs/words/reviews.jsonl')) : []

/** Changes a workbook by openpyxl, as any program does: it writes the whole file anew. */
function inOpenpyxl(story: Story, script: string): void {
  const around = `
import openpyxl
book = openpyxl.load_workbook("a.xlsx")
sheet = book.active
column = {cell.value: cell.column for cell in sheet[1]}
row = {cell.value: cell.row for cell in sheet["A"]}
${script}
book.save("a.xlsx")`
  execFileSync(testPython(), ['-c', around], { cwd: story.root })
}

describe.skipIf(!hasTestModules())('with openpyxl in the middle (npm test installs it)', () => {
  test('three cells changed are three edits, nothing else, in whatever order the rows come', async () => {
    await using story = await begun()
    await story.run('flag', 'words', '12', '--by', 'Otto', '--comment', 'Zu\nlang')
    expect((await story.run('export', 'words', '--review', '--output', 'a.xlsx')).code).toBe(0)
    inOpenpyxl(story, '')
    expect(await story.run('import-reviews', 'a.xlsx', '--yes')).toEqual({
      ...{ code: 0, out: 'Nothing was changed: 6 rows read.\n', err: '' },
    })
    const before = acts(story)
    inOpenpyxl(
      story,
      `
sheet.cell(row["11"], column["answer"]).value = "Better: äöü 🌱"
sheet.cell(row["13"], column["number"]).value = 3
sheet.cell(row["16"], column["place__city"]).value = "Bonn"
rows = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)]
rows.sort(key=lambda line: line[0], reverse=True)
for at, line in enumerate(rows):
    for to, value in enumerate(line):
        cell = sheet.cell(at + 2, to + 1)
        cell.value = value
        # As a spreadsheet program moves a text: it stays one.
        if isinstance(value, str): cell.data_type = "s"
sheet.insert_cols(2)
sheet.cell(1, 2).value = "my notes"
sheet.cell(3, 2).value = "call Otto"
sheet.delete_rows(3)`,
    )
    const said = await story.run('import-reviews', 'a.xlsx', '--yes', '--by', 'Maria')
    expect(said).toEqual({
      code: 0,
      out: 'Edited 16, 13, 11 in step 2 (rate) of v0, by Maria.\n',
      err: `\
Step 2 (rate) of words v0:
  Item 16:
    place.city: "Köln" → "Bonn"
  Item 13:
    number: 2.5 → 3
  Item 11:
    answer: "=1+1" → "Better: äöü 🌱"

5 rows read. 3 answers would be edited.
\`itemwise apply words\` puts the edits in place.
`,
    })
    const edits = acts(story).slice(before.length)
    expect(edits.map(({ act, root_id, by }) => [act, root_id, by])).toEqual([
      ['edit', '16', 'Maria'],
      ['edit', '13', 'Maria'],
      ['edit', '11', 'Maria'],
    ])
    const base = story.collated('words/v0', '02_rate.json')
    expect((await story.run('apply', 'words', '--offline')).code).toBe(0)
    const changed = base.map((row) => {
      if (row.source_nr === undefined) throw new Error('The ids are elsewhere.')
      return row
    })
    changed[0]!.answer = 'Better: äöü 🌱'
    changed[2]!.number = 3
    changed[5]!.place = { city: 'Bonn', zip: '050667' }
    expect(story.collated('words/v1', '02_rate.json')).toEqual(changed)
    expect(story.read('outputs/words/v1/collated/02_rate.json')).toContain('9007199254740993')
  })
})

/** The rows of an exported CSV file, changed by their cells as a person does. */
async function exported(story: Story, change: (cells: string[][]) => void, ...flags: string[]): Promise<void> {
  const { code, out, err } = await story.run('export', 'words', '--review', '--separator', 'tab', ...flags)
  expect(code, err).toBe(0)
  const cells = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  change(cells)
  story.write('a.tsv', cells.map((line) => line.join('\t')).join('\n'))
}

/** Simple answers, so that a line of the file is a row. */
async function simple(): Promise<Story> {
  const story = await Story.begin(wordFiles(5, [step1]))
  story.api.answer = ({ prompt }) => JSON.stringify({ word: prompt.slice(7, 9), grade: 3 })
  await story.run('run', 'pipelines/words.json')
  return story
}

const ids = (story: Story) => acts(story).map(({ act, root_id, comment = '' }) => `${act} ${root_id} ${comment}`.trim())

describe('by hand', () => {
  test('states and comments are taken over too, and the preview says what would come of it', async () => {
    await using story = await simple()
    await story.run('approve', 'words', '15', '--by', 'Otto')
    await story.run('comment', 'words', '14', '--by', 'Otto', '--comment', 'Ask')
    const [id, state, comment, , , grade] = [0, 1, 2, 3, 4, 5]
    await exported(story, (cells) => {
      expect(cells[0]).toEqual(
        [
          'review_id',
          'review_state',
          'review_comment',
          'nr',
          'source_id',
          'word',
          'grade',
          'itemwise_review',
        ].toSpliced(3, 2, ...cells[0]!.slice(3, 5)),
      )
      expect(cells[5]!.slice(id, 3)).toEqual(['15', 'approved', ''])
      cells[1]![state] = 'Approved'
      cells[2]![state] = 'flagged'
      cells[2]![comment] = 'Too dull'
      cells[3]![grade + 1] = '5'
      cells[3]![comment] = 'Better so'
      cells[4]![comment] = 'Asked'
      cells[5]![state] = 'unreviewed'
    })
    const text = `\
Step 1 (define) of words v0:
  Item 11: approved
  Item 12: flagged: Too dull
  Item 13:
    grade: 3 → 5
    (comment: Better so)
  Item 14: commented on: Asked
  Item 15: cleared

5 rows read. 1 answer would be edited, 1 approved, 1 flagged, 1 commented on, 1 cleared.
`
    const before = ids(story)
    expect(await story.run('import-reviews', 'a.tsv', '--dry-run')).toEqual({ code: 0, out: text, err: '' })
    expect(JSON.parse((await story.run('import-reviews', 'a.tsv', '--dry-run', '--json')).out).changes[2]).toEqual({
      ...{ pipeline: 'words', version: 'v0', step: 1, root_id: '13', act: 'edit', comment: 'Better so' },
      fields: [{ path: 'grade', before: 3, after: 5 }],
    })
    const asked = await story.run('import-reviews', 'a.tsv', '--by', 'Maria')
    expect([asked.code, asked.err, ids(story)]).toEqual([
      2,
      expect.stringContaining('no terminal to confirm it on'),
      before,
    ])
    expect((await story.run('import-reviews', 'a.tsv', '--yes', '--by', 'Maria')).code).toBe(0)
    expect(ids(story).slice(before.length)).toEqual([
      'edit 13 Better so',
      'approve 11',
      'flag 12 Too dull',
      'comment 14 Asked',
      'clear 15',
    ])
    // Once more: the cells say what holds now.
    const again = await story.run('import-reviews', 'a.tsv', '--yes', '--by', 'Maria')
    expect(again.out).not.toContain('Edited')
  })

  test('an edit that waits is shown, can be changed again, and is taken back by writing what stood there', async () => {
    await using story = await simple()
    await story.run('edit', 'words', '12', '--set', 'grade=9', 'word=x', '--by', 'Otto')
    await exported(story, (cells) => {
      expect(cells[2]!.slice(0, 2).concat(cells[2]!.slice(5, 7))).toEqual(['12', 'edited', 'x', '9'])
      cells[2]![5] = 'y'
    })
    expect((await story.run('import-reviews', 'a.tsv', '--yes', '--by', 'Maria')).code).toBe(0)
    expect(acts(story).at(-1)).toMatchObject({ act: 'edit', by: 'Maria', answer: { grade: 9, word: 'y' } })
    await exported(story, (cells) => {
      cells[2]![5] = 'w2'
      cells[2]![6] = '3'
    })
    expect((await story.run('import-reviews', 'a.tsv', '--yes', '--by', 'Maria')).out).toContain('Cleared 12')
    expect((await story.run('reviews', 'words')).out).toContain('0 approved, 0 flagged, 5 unreviewed')
  })

  test('what somebody else changed after the export is not undone, and whoever changed the same answer is told', async () => {
    await using story = await simple()
    await exported(story, (cells) => {
      cells[1]![6] = '1'
    })
    await story.run('approve', 'words', '13', '--by', 'Otto')
    await story.run('edit', 'words', '12', '--set', 'grade=8', '--by', 'Otto')
    const before = ids(story)
    expect((await story.run('import-reviews', 'a.tsv', '--yes', '--by', 'Maria')).out).toContain('Edited 11')
    expect(ids(story).slice(before.length)).toEqual(['edit 11'])
    await exported(story, () => {})
    await story.run('edit', 'words', '14', '--set', 'grade=8', '--by', 'Otto')
    story.write('a.tsv', story.read('a.tsv').replace(/^(14\t.*\t)3(\t)/m, '$14$2'))
    const refused = await story.run('import-reviews', 'a.tsv', '--yes', '--by', 'Maria')
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining('Line 5: item 14: its answer was changed by Otto after the table was exported.'),
    ])
  })

  test('all that cannot be taken is refused at once with its place, and nothing is noted', async () => {
    await using story = await simple()
    await exported(story, (cells) => {
      cells[1]![6] = 'three'
      cells[2]![3] = '99'
      ;[cells[3]![7], cells[4]![7]] = [cells[4]![7]!, cells[3]![7]!]
      cells[5]![1] = 'good'
      cells.splice(6, 0, [...cells[5]!], ['', '', '', '', '', '', '12', ''], ['17', '', '', '', '', 'x', '1', 'mine'])
    })
    const { code, out, err } = await story.run('import-reviews', 'a.tsv', '--yes')
    expect([code, out, ids(story)]).toEqual([2, '', []])
    for (const text of [
      'Line 2: item 11: grade is no number such as 2.5: three.',
      'Line 3: item 12: the answer has 99 in',
      'Line 4: review_id says 13, but itemwise_review names item 14: the columns were sorted apart',
      'Line 5: review_id says 14',
      'Line 6: item 15: review_state is "good". Expected approved, flagged, unreviewed.',
      'Line 7: it is of item 15, as line 6 is.',
      'Line 9: itemwise_review is "mine", which names no answer.',
    ])
      expect(err).toContain(text)
    story.write('b.csv', 'id,x\n1,2\n')
    expect((await story.run('import-reviews', 'b.csv')).err).toContain('has no column itemwise_review')
    expect((await story.run('import-reviews', 'c.csv')).err).toContain('There is no file c.csv')
    expect((await story.run('import-reviews', 'prompts/define.md')).err).toContain('is no table')
    for (const flags of [
      ['--format', 'json'],
      ['--output', 'a.parquet'],
    ])
      expect((await story.run('export', 'words', '--review', ...flags)).code).toBe(2)
  })

  test('columns and rows of one’s own, what --with joins, and rows that are left out change nothing', async () => {
    await using story = await simple()
    await exported(
      story,
      (cells) => {
        expect(cells[0]!.slice(7)).toEqual(['itemwise_review', 'input__id', 'input__word'])
        cells.splice(1, 2)
        cells.splice(2, 0, ['', '', '', '', 'sum', ...Array(cells[0]!.length - 5).fill('')])
        for (const [at, line] of cells.entries()) line.push(at === 0 ? 'notes' : 'mine')
      },
      '--with',
      'input',
    )
    const { code, out, err } = await story.run('import-reviews', 'a.tsv', '--yes')
    expect([code, err, out]).toEqual([
      0,
      '',
      expect.stringContaining(
        'Nothing was changed: 3 rows read.\nNot taken, because the answers have no such field: input__',
      ),
    ])
    expect(out).toContain('notes.\nNot taken, because itemwise_review is empty there: line 3')
  })
})
