import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeStep } from '../../../core/stages/collation.ts'
import { stepFiles } from '../../../core/store.ts'
import { jsonText, parseJson } from '../../../core/text/json.ts'
import { bareLine, readLedger } from '../../../core/versions/ledger.ts'
import { answerPlace, type Seen, StepAnswers } from '../../../core/versions/step-answers.ts'
import { stepEdits } from '../../../core/versions/step-edits.ts'
import { wholeOutput } from '../../../core/versions/step-output.ts'
import { readText } from '../../../core/versions/version-documents.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'p', version: 'v0' }

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

const batch = stepWith()
const text = stepWith({ batch_mode: false, output_file: 'sheet.md' })
const json = stepWith({ batch_mode: false })

/** Writes a step with these answers, as a run does. */
async function written(step: typeof batch, answers: string[]): Promise<void> {
  async function* entries() {
    for (const [at, answer] of answers.entries()) {
      const planned = planLine(at + 1, { segment: step.batch_mode ? String(4001 + at) : '' })
      const line = { ...bareLine(planned), state: 'answered' as const, answer_version: 'v0' }
      yield { line, answer, error: null }
    }
  }
  await writeStep(store, ref, { step, entries: entries() })
}

async function seen(step: typeof batch): Promise<Seen[]> {
  const answers = new StepAnswers(store, answerPlace(ref, step))
  const found: Seen[] = []
  for await (const line of readLedger(store, ref, 1)) found.push(await answers.see(line))
  await answers.close()
  return found
}

const pathOf = (step: typeof batch) => stepFiles(ref, 1).collated(step.output_file)
const whats = async (step: typeof batch) => (await stepEdits(store, answerPlace(ref, step))).map(({ what }) => what)
const answerOf = (value: unknown, at: number) => jsonText({ id: String(4001 + at), value }, 2)

/** Ways to lay a JSON text out anew that leave its values. */
const layout = fc.constantFrom<(text: string) => string>(
  (whole) => whole.replaceAll('\n', '\r\n'),
  (whole) => jsonText(parseJson(whole)),
  (whole) => jsonText(parseJson(whole), 4),
  (whole) => `\uFEFF${whole}`,
  (whole) => whole.trimEnd(),
  (whole) => jsonText((parseJson(whole) as unknown[]).toReversed(), 2),
)

test('answers of any kind are found again, to the letter, in an array that was laid out anew', async () => {
  const values = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 6 })
  const property = fc.asyncProperty(values, layout, async (made, laidOut) => {
    const answers = made.map(answerOf)
    await written(batch, answers)
    const before = await wholeOutput(store, ref, batch)
    expect(before).toBe(await readText(store, pathOf(batch)))
    await store.write(pathOf(batch), laidOut(before ?? ''))
    expect(await seen(batch)).toEqual(answers.map((answer) => ({ answer, edited: false })))
    expect(await wholeOutput(store, ref, batch)).toBe(before)
  })
  await fc.assert(property, { numRuns: 60 })
})

test('an answer never stands for another item, whatever byte of the array is another', async () => {
  const answers = ['a', 'b', { c: [1.5, 'é'] }].map(answerOf)
  await written(batch, answers)
  const whole = Buffer.from(await readText(store, pathOf(batch)))
  const property = fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
    const changed = Buffer.from(whole)
    changed[at] = byte
    await store.write(pathOf(batch), each(changed))
    for (const [nth, { answer, edited }] of (await seen(batch)).entries())
      if (!edited) expect(answer).toBe(answers[nth])
  })
  await fc.assert(property, { numRuns: 200 })
})

async function* each(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

test("what was edited is seen as it stands, and taken for the model's by nobody", async () => {
  await written(batch, ['a', 'b', 'c'].map(answerOf))
  await store.write(pathOf(batch), jsonText([parseJson(answerOf('mine', 0)), parseJson(answerOf('c', 2))]))
  expect(await seen(batch)).toEqual([
    { answer: answerOf('mine', 0), edited: true },
    { answer: null, edited: true },
    { answer: answerOf('c', 2), edited: false },
  ])
  expect(await whats(batch)).toEqual(['was changed by hand: another answer stands for 4001; no answer stands for 4002'])
  const answers = new StepAnswers(store, answerPlace(ref, batch))
  const [line] = await Array.fromAsync(readLedger(store, ref, 1))
  await expect(answers.answer(line!)).rejects.toThrow(
    'outputs/p/v0/collated/01_write.json was changed by hand and does not hold the answer that was written for 4001 any more.',
  )
  await answers.close()
})

test.each<[string, (whole: string) => string, string[]]>([
  ['as it is', (whole) => whole, []],
  ['with Windows line ends', (whole) => whole.replaceAll('\n', '\r\n'), []],
  ['without its last newline', (whole) => whole.slice(0, -1), []],
  ['with a word more', (whole) => `${whole}more\n`, ['was changed by hand: it is another text']],
  ['emptied', () => '', ['was changed by hand: it is another text']],
])('a text %s', async (_, change, edits) => {
  const sheet = '# Sheet\n\n1. é'
  await written(text, [sheet])
  await store.write(pathOf(text), change(`${sheet}\n`))
  expect(await whats(text)).toEqual(edits)
  if (edits.length === 0) expect(await seen(text)).toEqual([{ answer: sheet, edited: false }])
})

test('the JSON of a single call may be laid out anew, and not be another', async () => {
  await written(json, [jsonText({ n: 1 }, 2)])
  await store.write(pathOf(json), '{"n":1}')
  expect(await seen(json)).toEqual([{ answer: '{\n  "n": 1\n}', edited: false }])
  await store.write(pathOf(json), '{"n":2}')
  expect(await seen(json)).toEqual([{ answer: '{"n":2}', edited: true }])
})

test('whatever in a ledger line is another, it is no line any more', async () => {
  await written(batch, ['a'].map(answerOf))
  const { ledger } = stepFiles(ref, 1)
  const whole = await readText(store, ledger)
  const [line] = await Array.fromAsync(readLedger(store, ref, 1))
  await store.write(ledger, ` ${jsonText(JSON.parse(whole), 0).replaceAll(',"', ', "')}\r\n`)
  expect(await Array.fromAsync(readLedger(store, ref, 1))).toEqual([line])
  const property = fc.asyncProperty(fc.nat(whole.length - 2), fc.integer({ min: 33, max: 126 }), async (at, code) => {
    const changed = whole.slice(0, at) + String.fromCharCode(code) + whole.slice(at + 1)
    await store.write(ledger, changed)
    if (changed === whole) return
    await expect(Array.fromAsync(readLedger(store, ref, 1))).rejects.toThrow('A ledger line')
  })
  await fc.assert(property, { numRuns: 200 })
})

test('lines out of order are refused', async () => {
  await written(batch, ['a', 'b'].map(answerOf))
  const { ledger } = stepFiles(ref, 1)
  const [first, second] = (await readText(store, ledger)).split('\n')
  await store.write(ledger, `${second}\n${first}\n`)
  await expect(Array.fromAsync(readLedger(store, ref, 1))).rejects.toThrow(
    'A ledger line stands out of order (outputs/p/v0/01_ledger.jsonl, line 2).',
  )
})
