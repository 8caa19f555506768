/** The text of a person, in the bytes of the array and in the values of each answer: both ways find the same. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasText, rowsWithText } from '../../../core/rows/find-text.ts'
import { StepTable } from '../../../core/rows/step-table.ts'
import { patternIn } from '../../../core/rows/text-pattern.ts'
import { writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { type Json, jsonText } from '../../../core/text/json.ts'
import { bareLine } from '../../../core/versions/ledger.ts'
import { answerPlace } from '../../../core/versions/step-answers.ts'
import { readText } from '../../../core/versions/version-documents.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'p', version: 'v0' }
const step = stepWith()

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

/** Writes a step with these answers beside their ids, as a run does; null: the item failed. */
async function written(values: readonly (Json | null)[]): Promise<StepTable> {
  async function* entries() {
    for (const [at, value] of values.entries()) {
      const id = `i${at}`
      const bare = bareLine(planLine(at + 1, { item_id: id, root_id: id, segment: id }))
      const line = { ...bare, state: value === null ? ('failed' as const) : ('answered' as const) }
      yield { line, answer: value === null ? null : jsonText({ id, value }, 2), error: null }
    }
  }
  await writeStep(store, ref, { step, entries: entries() })
  return StepTable.read(store, answerPlace(ref, step))
}

/** Rows in which it is found. */
async function found(table: StepTable, text: string): Promise<number[]> {
  return [...(await rowsWithText(store, table, text)).entries()].filter(([, one]) => one === 1).map(([row]) => row)
}

test('it is looked for in values, whatever its case, and neither in names of fields nor in the document between them', async () => {
  const table = await written([
    { Title: 'A Bridge', lines: ['one\ntwo', 'he said "no"'] },
    null,
    { title: 'Straße, Übung', bridge: 17.5, good: true, none: null },
    ['C:\\new', { deep: { deeper: 'λόγος 🌱' } }],
  ])
  expect(await table.isProven()).toBe(true)
  for (const [text, rows] of [
    ...[
      ['bridge', [0]],
      ['BRIDGE', [0]],
      ['title', []],
      ['ü', [2]],
      ['Ü', [2]],
      ['ße', [2]],
      ['ΛΌΓΟΣ 🌱', [3]],
    ],
    ...[
      ['one\ntwo', [0]],
      ['\n', [0]],
      ['said "no"', [0]],
      ['"', [0]],
      ['17.5', [2]],
      ['true', [2]],
      ['null', [2]],
    ],
    ...[
      ['C:\\n', [3]],
      ['\\', [3]],
      ['ntwo', []],
      ['nnew', []],
      [': ', []],
      ['},', []],
      [',', [2]],
      ['i1', [1]],
    ],
  ] as [string, number[]][])
    expect([text, await found(table, text)]).toEqual([text, rows])
})

test('in an array that a person laid out anew, or edited, it is looked for in what stands there', async () => {
  const table = await written([{ title: 'A Bridge' }, { title: 'A candle' }])
  const path = stepFiles(ref, 1).collated(step.output_file)
  const edited = (await readText(store, path)).replace('A candle', 'A lantern').replaceAll('  ', '\t')
  await store.write(path, edited)
  const anew = await StepTable.read(store, table.place)
  expect(await anew.isProven()).toBe(false)
  for (const [text, rows] of [
    ['bridge', [0]],
    ['candle', []],
    ['lantern', [1]],
  ] as [string, number[]][])
    expect([text, await found(anew, text)]).toEqual([text, rows])
})

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    'n',
    'u',
    '\\',
    '"',
    '\n',
    '\t',
    '\u0001',
    '\u001F',
    'ü',
    'Ü',
    'ß',
    '🌱',
    '\uD83C',
    ' ',
    ':',
    ',',
    '0',
    't',
  ),
  fc.string({ unit: 'binary', maxLength: 2 }),
)
const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(text, tie('any'), { maxKeys: 3 }),
  ),
})).any

test('whatever stands in answers, their bytes say of a text what their values say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(value), { minLength: 1, maxLength: 5 }), text, async (values, wanted) => {
      const table = await written(values.map(([one]) => one))
      expect(await table.isProven()).toBe(true)
      const pattern = patternIn(wanted)
      const expected = values.flatMap(([one], row) =>
        one !== null && (hasText(one, pattern) || pattern.test(`i${row}`))
          ? [row]
          : pattern.test(`i${row}`)
            ? [row]
            : [],
      )
      expect(await found(table, wanted)).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})
