import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerLine, PlanLine, ResolvedStep } from '../../../core/documents.ts'
import { StoreUnwritable } from '../../../core/errors.ts'
import { collate } from '../../../core/stages/collate.ts'
import { type ContentStream, type Keeper, stepFiles } from '../../../core/store.ts'
import { sha256 } from '../../../core/text/ids.ts'
import { jsonText, parseJson } from '../../../core/text/json.ts'
import { bareLine, readLedger } from '../../../core/versions/ledger.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { type FolderItem, WorkspaceFolder } from '../../version-folder.ts'
import { planLine } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const base = { pipeline: 'poems', version: 'v0' }
const ref = { pipeline: 'poems', version: 'v1' }

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

interface Running {
  planned: PlanLine[]
  step?: Partial<ResolvedStep>
  based?: boolean
}

/** A running version whose one step (or second, behind `input.from: step`) is planned and has no answers yet. */
function running({ planned, step = {}, based = false }: Running): void {
  const metadata = { status: 'running' as const, base_version: based ? 'v0' : null }
  workspace.version(ref, { metadata, steps: [{ prompt_name: 'write', items: [], step }] })
  workspace.write(stepFiles(ref, 1).plan, planned.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

async function keeping(keep: (keeper: Keeper) => Promise<void>): Promise<void> {
  const keeper = await store.keeper(ref, 1)
  await keep(keeper)
  await keeper.close()
}

const spending = { input_tokens: 100, output_tokens: 10, cache_read_tokens: 1, cache_write_tokens: 2, cost_usd: 0.01 }
const call = { model: 'm', milliseconds: 50, attempts: 1, request_id: 'req_1' }

function answerOf(line: PlanLine, answer: string) {
  const kept = { ...bareLine(line), ...spending, ...call, state: 'answered' as const }
  return { line: { ...kept, answer_version: 'v1', fingerprint: 'f' }, answer, reply: null }
}

function failureOf(line: PlanLine, kind: 'invalid_json' | 'missing_variable' = 'invalid_json') {
  const error = { kind, message: 'It was no JSON.' }
  return {
    line: { ...bareLine(line), ...spending, ...call, state: 'failed' as const, error },
    answer: null,
    reply: null,
  }
}

const text = (path: string) => readFileSync(join(workspace.root, path), 'utf8')
const collated = (version = ref) => text(stepFiles(version, 1).collated('write.json'))
const ledger = (version = ref) => Array.fromAsync(readLedger(store, version, 1))
const errors = async () => JSON.parse(text(stepFiles(ref, 1).errors))

/** The base's ledger lines of a version v0 with these items. */
async function baseWith(items: FolderItem[]): Promise<LedgerLine[]> {
  workspace.version(base, { steps: [{ prompt_name: 'write', items }] })
  return ledger(base)
}

const carried = (line: LedgerLine): PlanLine =>
  planLine(line.item_index, {
    item_id: line.item_id,
    segment: line.segment,
    decision: 'carry',
    reason: 'not_chosen',
    base: line,
  })

test('answers stand in one array in the order of the plan, whatever the order in which they came', async () => {
  const planned = [planLine(1), planLine(2), planLine(3)]
  running({ planned })
  await keeping(async (keeper) => {
    await keeper.keep(answerOf(planned[2]!, '{\n  "id": 4003,\n  "text": "drei"\n}'))
    await keeper.keep(answerOf(planned[0]!, '{\n  "id": 4001,\n  "text": "é\\n"\n}'))
    await keeper.keep(answerOf(planned[1]!, '{\n  "id": 4002,\n  "n": 1.10\n}'))
  })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 3, failed: 0, skipped: 0 })
  expect(collated()).toBe(`[
  {
    "id": 4001,
    "text": "é\\n"
  },
  {
    "id": 4002,
    "n": 1.10
  },
  {
    "id": 4003,
    "text": "drei"
  }
]
`)
  expect(await store.size(stepFiles(ref, 1).errors)).toBeUndefined()
})

test('a step without answers has an empty array', async () => {
  running({ planned: [] })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 0, failed: 0, skipped: 0 })
  expect([collated(), await ledger()]).toEqual(['[]\n', []])
})

test('failed and skipped items stand in the ledger, not in the array', async () => {
  const planned = [planLine(1), planLine(2), planLine(3, { decision: 'skip', reason: 'filtered' })]
  running({ planned })
  await keeping(async (keeper) => {
    await keeper.keep(failureOf(planned[0]!))
    await keeper.keep(answerOf(planned[1]!, '{\n  "id": 4002\n}'))
  })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 1, failed: 1, skipped: 1 })
  expect(parseJson(collated())).toEqual([{ id: 4002 }])
  expect(
    (await ledger()).map(({ state, answer_version, answer_bytes }) => ({ state, answer_version, answer_bytes })),
  ).toEqual([
    { state: 'failed', answer_version: null, answer_bytes: null },
    { state: 'answered', answer_version: 'v1', answer_bytes: [4, 24] },
    { state: 'skipped', answer_version: null, answer_bytes: null },
  ])
  expect(await errors()).toEqual([
    {
      ...{ item_id: '4001', item_index: 1, error: 'It was no JSON.', step: 1, kind: 'invalid_json' },
      ...{ attempts: 1, request_id: 'req_1' },
    },
  ])
})

test('errors of an earlier attempt are gone when there are none any more', async () => {
  const planned = [planLine(1)]
  running({ planned })
  workspace.write(stepFiles(ref, 1).errors, '[{}]\n')
  await keeping((keeper) => keeper.keep(answerOf(planned[0]!, '{}')))
  await collate(store, ref, { step: 1 })
  expect(await store.size(stepFiles(ref, 1).errors)).toBeUndefined()
})

test('a planned item without an answer or a failure ends the run, all of them named', async () => {
  const planned = [planLine(1), planLine(2), planLine(3)]
  running({ planned })
  await keeping((keeper) => keeper.keep(answerOf(planned[1]!, '{}')))
  await expect(collate(store, ref, { step: 1 })).rejects.toMatchObject({
    name: 'PartsMissing',
    message:
      'Step 1 (write) has neither an answer nor a failure for 2 items (4001, 4003). Resume the run to ask for them.',
  })
})

test('where parts are missing, the files of the step stay as they were', async () => {
  running({ planned: [planLine(1)] })
  workspace.write(stepFiles(ref, 1).ledger, 'before\n')
  await expect(collate(store, ref, { step: 1 })).rejects.toThrow('neither an answer nor a failure')
  expect(text(stepFiles(ref, 1).ledger)).toBe('before\n')
})

test('a partial collation takes what there is', async () => {
  const planned = [planLine(1), planLine(2)]
  running({ planned })
  await keeping((keeper) => keeper.keep(answerOf(planned[1]!, '{\n  "id": 4002\n}')))
  expect(await collate(store, ref, { step: 1, partial: true })).toEqual({ answered: 1, failed: 0, skipped: 0 })
  expect([parseJson(collated()), (await ledger()).length]).toEqual([[{ id: 4002 }], 1])
})

test('what replies cost that were asked for again counts for their item', async () => {
  const planned = [planLine(1)]
  running({ planned })
  await keeping(async (keeper) => {
    await keeper.spend({ item_index: 1, ...spending, milliseconds: 30, attempts: 2 })
    await keeper.keep(answerOf(planned[0]!, '{}'))
  })
  await collate(store, ref, { step: 1 })
  expect(await ledger()).toMatchObject([{ input_tokens: 200, cost_usd: 0.02, milliseconds: 80, attempts: 3 }])
})

test('an answer is carried over to the letter, with its version and at no cost', async () => {
  const answer = '{\n    "id": "7",\n    "text": "é  \\n  x",\n    "n": [\n      1.10\n    ]\n  }'
  const [line] = await baseWith([{ id: '7', answer, from: 'v-before' }])
  running({ planned: [carried(line!)], based: true })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 1, failed: 0, skipped: 0 })
  expect(collated()).toBe(collated(base))
  expect(await ledger()).toEqual([
    {
      ...{ ...line, decision: 'carry', reason: 'not_chosen', milliseconds: 0, attempts: 0, request_id: null },
      answer_sha256: sha256(answer),
    },
  ])
})

test('a failure of the base is carried over into the errors, as carried', async () => {
  const [line] = await baseWith([{ id: '7' }])
  running({ planned: [carried(line!)], based: true })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 0, failed: 1, skipped: 0 })
  expect([collated(), await errors()]).toEqual([
    '[]\n',
    [
      {
        ...{ item_id: '7', item_index: 1, error: 'The answer was no JSON.', step: 1, kind: 'invalid_json' },
        ...{ attempts: 1, request_id: 'req_7', carried: true },
      },
    ],
  ])
})

test("an item that fails again keeps the base's answer, and its errors row says whose", async () => {
  const [line] = await baseWith([{ id: '7', answer: '{"id":"7"}' }])
  const planned = [planLine(1, { item_id: '7', segment: '7', base: line! })]
  running({ planned, based: true })
  await keeping((keeper) => keeper.keep(failureOf(planned[0]!)))
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 0, failed: 1, skipped: 0 })
  expect(collated()).toBe('[\n  {"id":"7"}\n]\n')
  expect(await ledger()).toMatchObject([
    { state: 'failed', answer_version: 'v0', answer_bytes: [4, 14], error: { kind: 'invalid_json' } },
  ])
  expect(await errors()).toMatchObject([{ item_id: '7', kept: 'v0' }])
})

test('a kept answer stays when its failure is carried over by the next version', async () => {
  const [line] = await baseWith([{ id: '7', answer: '{"id":"7"}', line: { state: 'failed', answer_version: 'v-old' } }])
  const error = { kind: 'refusal' as const, message: 'No.' }
  running({ planned: [carried({ ...line!, error })], based: true })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 0, failed: 1, skipped: 0 })
  expect([collated(), await errors()]).toMatchObject([
    '[\n  {"id":"7"}\n]\n',
    [{ kind: 'refusal', kept: 'v-old', carried: true }],
  ])
})

test('an item to be carried that the base does not know ends the run', async () => {
  await baseWith([])
  running({ planned: [planLine(1, { decision: 'carry' })], based: true })
  await expect(collate(store, ref, { step: 1 })).rejects.toThrow(
    'Item 4001 is to be carried over, but the base does not know it.',
  )
})

test("the base's array may have had another name", async () => {
  const [line] = await baseWith([{ id: '7', answer: '{"id": "7"}' }])
  running({ planned: [carried(line!)], based: true, step: { output_file: 'other.json' } })
  await collate(store, ref, { step: 1 })
  expect(text(stepFiles(ref, 1).collated('other.json'))).toBe('[\n  {"id": "7"}\n]\n')
})

test('the plan says who an item is, also where an answer was kept before the plan was made anew', async () => {
  const planned = [planLine(1, { output_id: 12, reason: 'chosen' })]
  running({ planned })
  await keeping((keeper) => keeper.keep(answerOf(planLine(1, { output_id: 99, reason: 'new' }), '{}')))
  await collate(store, ref, { step: 1 })
  expect(await ledger()).toMatchObject([{ output_id: 12, reason: 'chosen', answer_version: 'v1' }])
})

test('a step in which every item lacks a variable ends the run, where it follows a step', async () => {
  const planned = [planLine(1), planLine(2)]
  running({ planned, step: { input: { from: 'step', step: 1 } } })
  await keeping(async (keeper) => {
    for (const line of planned) await keeper.keep(failureOf(line, 'missing_variable'))
  })
  await expect(collate(store, ref, { step: 1 })).rejects.toMatchObject({
    name: 'RunFailed',
    message: 'No item of step 1 (write) has what its template uses. It was no JSON.',
  })
})

test('a step in which one item lacks a variable goes on', async () => {
  const planned = [planLine(1), planLine(2)]
  running({ planned, step: { input: { from: 'step', step: 1 } } })
  await keeping(async (keeper) => {
    await keeper.keep(failureOf(planned[0]!, 'missing_variable'))
    await keeper.keep(failureOf(planned[1]!))
  })
  expect(await collate(store, ref, { step: 1 })).toEqual({ answered: 0, failed: 2, skipped: 0 })
})

test('the text of a single call is the whole output', async () => {
  const planned = [planLine(1, { item_id: '(input)', segment: '' })]
  running({ planned, step: { batch_mode: false, output_file: 'write.md' } })
  await keeping((keeper) => keeper.keep(answerOf(planned[0]!, '# Tïtle\n\n  text')))
  await collate(store, ref, { step: 1 })
  expect(text(stepFiles(ref, 1).collated('write.md'))).toBe('# Tïtle\n\n  text\n')
  expect(await ledger()).toMatchObject([{ answer_bytes: [0, 16] }])
})

/** A folder in which one file cannot even be begun. */
class StubbornStore extends FolderStore {
  readonly #refused: string

  constructor(root: string, refused: string) {
    super(root)
    this.#refused = refused
  }

  override async write(path: string, content: string | ContentStream): Promise<void> {
    if (path === this.#refused) throw new StoreUnwritable(`${path} cannot be written.`)
    await super.write(path, content)
  }
}

test.each(['ledger', 'errors'] as const)(
  'a %s that cannot be written ends the collation, however much there is to write',
  async (file) => {
    const error = { kind: 'refusal' as const, message: 'x'.repeat(500) }
    const planned = Array.from({ length: 1500 }, (_, at) => {
      const line = planLine(at + 1, { decision: 'carry' })
      return { ...line, base: { ...bareLine(line), state: 'failed' as const, error } }
    })
    running({ planned })
    const path = stepFiles(ref, 1)[file]
    await expect(collate(new StubbornStore(workspace.root, path), ref, { step: 1 })).rejects.toThrow(
      `${path} cannot be written.`,
    )
  },
)

test('the bytes in the ledger cut exactly the answers out of the array, also when they are carried over', async () => {
  const answer = fc.oneof(
    fc.record({ id: fc.nat(), text: fc.string({ unit: 'binary' }) }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
    fc.constant(null),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { maxLength: 6 }), async (answers) => {
      const texts = answers.map((value) => (value === null ? null : jsonText(value, 2)))
      // JSON has no -0.
      const values = texts.map((text) => (text === null ? null : parseJson(text)))
      const planned = texts.map((_text, at) => planLine(at + 1))
      running({ planned })
      await keeping(async (keeper) => {
        for (const [at, line] of planned.entries()) {
          const answer = texts[at]
          await keeper.keep(answer == null ? failureOf(line) : answerOf(line, answer))
        }
      })
      await collate(store, ref, { step: 1 })
      expect(jsonText(parseJson(collated()))).toBe(jsonText(answers.filter((value) => value !== null)))
      expect(await cut()).toEqual(values)
      const first = collated()
      await carryAll()
      expect(collated()).toBe(first)
      expect(await cut()).toEqual(values)
      workspace.remove()
      workspace = new WorkspaceFolder()
      store = new FolderStore(workspace.root)
    }),
    { numRuns: 25 },
  )
})

/** What the ledger's byte ranges cut out of the array. */
async function cut(): Promise<unknown[]> {
  const bytes = Buffer.from(collated())
  return (await ledger()).map(({ answer_bytes }) =>
    answer_bytes === null ? null : JSON.parse(bytes.subarray(...answer_bytes).toString()),
  )
}

/** Makes v1 the base v0 of a new v1 that carries everything. */
async function carryAll(): Promise<void> {
  const lines = await ledger()
  const { collated: path, ledger: ledgerPath } = stepFiles(base, 1)
  workspace.version(base, { steps: [{ prompt_name: 'write', items: [] }] })
  workspace.write(path('write.json'), collated())
  workspace.write(ledgerPath, text(stepFiles(ref, 1).ledger))
  running({ planned: lines.map(carried), based: true })
  await collate(store, ref, { step: 1 })
}
