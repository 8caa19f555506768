/** What people say of answers, taken up as it is said: it comes to what a full reading of all acts comes to, with less work. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LedgerLine } from '../../../core/documents.ts'
import type { Review } from '../../../core/review.ts'
import { Acts, type AnswerOf, editKey, type Reviewed } from '../../../core/reviews/reviewed-state.ts'
import { ReviewColumn } from '../../../core/rows/review-column.ts'
import { StepTable } from '../../../core/rows/step-table.ts'
import { StepTables } from '../../../core/rows/step-tables.ts'
import { stepFiles } from '../../../core/store.ts'
import { sha256 } from '../../../core/text/ids.ts'
import { ledgerText } from '../../../core/versions/ledger.ts'
import { placesOf, versionSteps } from '../../../core/versions/version-steps.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { ofLines } from '../../stories/story.ts'
import { type FolderItem, WorkspaceFolder } from '../../version-folder.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'p', version: 'v0' }

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

interface Written {
  rows: StepTable
  /** By root id; none of an item without an answer. */
  hashes: ReadonlyMap<string, string>
}

/** Items i0, i1, …: the third has no answer, a person wrote that of the fourth, and the ledger has no checksum of the fifth. */
async function written(count: number): Promise<Written> {
  const items = Array.from({ length: count }, (_, at): FolderItem => {
    if (at === 2) return { id: `i${at}` }
    const answer = `{\n  "id": "i${at}"\n}`
    const line = { ...(at === 3 ? { edited_by: 'otto' } : {}), ...(at === 4 ? {} : { answer_sha256: sha256(answer) }) }
    return { id: `i${at}`, answer, line }
  })
  workspace.version(ref, { steps: [{ prompt_name: 'write', items }] })
  const ledger = join(workspace.root, stepFiles(ref, 1).ledger)
  const lines = ofLines<LedgerLine>(readFileSync(ledger, 'utf8'))
  // A line with a checksum has its own check, too.
  writeFileSync(
    ledger,
    lines.map((line) => (line.answer_sha256 == null ? `${JSON.stringify(line)}\n` : ledgerText(line))).join(''),
  )
  const [place] = await placesOf(store, ref)
  const hashes = items.flatMap(({ id, answer }) => (answer === undefined ? [] : [[id, sha256(answer)] as const]))
  return { rows: await StepTable.read(store, place!), hashes: new Map(hashes) }
}

const stranger = 'e'.repeat(64)

interface Said {
  act: Review['act']
  item: number
  isOwn: boolean
  /** Of an edit: whether the answer is what it made. */
  isIn: boolean
  inStep: number
  second: number
  by: string
}

const said: fc.Arbitrary<Said> = fc.record({
  act: fc.constantFrom('approve', 'flag', 'comment', 'clear', 'edit'),
  item: fc.nat(6),
  isOwn: fc.boolean(),
  isIn: fc.boolean(),
  inStep: fc.constantFrom(1, 1, 1, 2),
  second: fc.integer({ min: 10, max: 20 }),
  by: fc.constantFrom('maria', 'otto'),
})

function actOf({ hashes }: Written, { act, item, isOwn, isIn, inStep, second, by }: Said): Review {
  const root_id = `i${item}`
  const hash = (isThere: boolean) => (isThere ? hashes.get(root_id) : undefined) ?? stranger
  const about = { root_id, item_id: root_id, version: 'v0', answer_sha256: hash(isOwn) }
  const edited = { answer: {}, input_sha256: 'before', edited_sha256: hash(isIn) }
  const at = `2026-11-28T10:00:${second}.000Z`
  return { at, by, step: inStep, ...about, act, comment: `${second}`, ...(act === 'edit' ? edited : {}) }
}

/** All that a column says. */
function told(column: ReviewColumn, { length }: StepTable) {
  const rows = Array.from({ length }, (_, row) => [column.stateAt(row), column.isStale(row), column.at(row)])
  return { rows, said: column.rows, stale: column.staleRows.sort((a, b) => a - b) }
}

describe('a column of reviews', () => {
  test('that takes up what is said, put in place and changed comes to the same as one that reads everything', async () => {
    const there = await written(6)
    const { rows } = there
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.array(said, { maxLength: 4 }).map((acts) => ({ acts })) },
      { weight: 1, arbitrary: fc.nat(30).map((applied) => ({ applied })) },
      { weight: 1, arbitrary: fc.constantFrom('before', 'after').map((input) => ({ input })) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const acts = new Acts()
        let inputs = new Map<string, string>()
        const column = await ReviewColumn.read(store, rows, { said: { acts, inputs } })
        for (const change of steps) {
          if ('acts' in change) for (const one of change.acts) acts.add(actOf(there, one))
          else if ('input' in change) inputs = new Map(rows.rootIds.map((id) => [id, change.input]))
          else acts.applied = new Set(acts.after(change.applied).map(editKey))
          expect(await column.follow({ acts, inputs })).toBe(true)
          const whole = await ReviewColumn.read(store, rows, { said: { acts, inputs } })
          expect(told(column, rows)).toEqual(told(whole, rows))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('looks at the answers only of which something was said since', async () => {
    const there = await written(1000)
    const { rows } = there
    const acts = new CountingActs()
    const approve = (item: number) =>
      acts.add(actOf(there, { act: 'approve', item, isOwn: true, isIn: false, inStep: 1, second: 10, by: 'maria' }))
    for (let item = 0; item < 1000; item++) approve(item)
    const inputs = new Map()
    const column = await ReviewColumn.read(store, rows, { said: { acts, inputs } })
    expect(acts.looks()).toBe(999)
    approve(7)
    approve(7)
    approve(500)
    const { stamp } = column
    await column.follow({ acts, inputs })
    expect([acts.looks(), column.stamp]).toEqual([2, stamp + 1])
    await column.follow({ acts, inputs })
    // Of another step.
    acts.add({ ...acts.after(0)[0]!, step: 2 })
    await column.follow({ acts, inputs })
    expect([acts.looks(), column.stamp]).toEqual([0, stamp + 1])
    // Acts that were read anew may say anything.
    expect(await column.follow({ acts: new Acts(), inputs })).toBe(false)
  })
})

class CountingActs extends Acts {
  #looks = 0

  override about(answer: AnswerOf): Reviewed {
    this.#looks += 1
    return super.about(answer)
  }

  /** Answers that were looked at since this was last asked. */
  looks(): number {
    const looks = this.#looks
    this.#looks = 0
    return looks
  }
}

test('whatever happens to the file of reviews, a server that was there all along says what one says that begins now', async () => {
  const there = await written(6)
  const { rows } = there
  const [step] = await versionSteps(store, ref)
  const file = join(workspace.root, 'outputs/p/reviews.jsonl')
  const change = fc.oneof(
    { weight: 5, arbitrary: fc.array(said, { minLength: 1, maxLength: 3 }).map((acts) => ({ acts })) },
    // A writer was killed in the middle of a line.
    { weight: 1, arbitrary: fc.constant({ torn: true }) },
    // A person took lines out, or put them in another order.
    { weight: 1, arbitrary: fc.nat(5).map((without) => ({ without })) },
    { weight: 1, arbitrary: fc.constant({ turned: true }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 10 }), async (changes) => {
      writeFileSync(file, '')
      const tables = new StepTables(store)
      const now = async (from: StepTables) => told(await (await from.rowsOf(ref, step!))!.reviews(), rows)
      for (const one of changes) {
        const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1)
        const write = (all: string[]) => writeFileSync(file, all.map((line) => `${line}\n`).join(''))
        if ('acts' in one)
          await store.reviews.add(
            'p',
            one.acts.map((each) => actOf(there, each)),
          )
        else if ('torn' in one) appendFileSync(file, '{"at":"2026')
        else if ('turned' in one) write(lines().toReversed())
        else write(lines().toSpliced(one.without, 1))
        expect(await now(tables)).toEqual(await now(new StepTables(store)))
      }
    }),
    { numRuns: 60 },
  )
})
