import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunDocument } from '../../../core/documents.ts'
import { RequestRefused } from '../../../core/errors.ts'
import { openBudget } from '../../../core/money/budget.ts'
import { worstCaseOf } from '../../../core/money/worst-case.ts'
import { checkLimit, setLimit } from '../../../core/request/limit.ts'
import { stepFiles } from '../../../core/store.ts'
import { claude } from '../../../models/claude/claude.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { lineOf, spentReply } from '../../stores/samples.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine, stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'poems', version: 'v0' }
const never = new AbortController().signal

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
  workspace.version(ref, { metadata: { status: 'failed' } })
})
afterEach(() => workspace.remove())

function runWith(change: Partial<RunDocument> = {}): RunDocument {
  return {
    run_id: '01KJ0000000000000000000000',
    created: '2026-03-02T07:00:00.000Z',
    mode: 'initial',
    base_version: null,
    stand_in: false,
    request: { steps: [{ prompt_name: 'write' }] },
    workspace: {},
    rerun: null,
    steps: [stepWith(), stepWith({ step: 2, input: { from: 'step', step: 1 } }), stepWith({ step: 3 })],
    ...change,
  }
}

/** The limit and the sum of the version's spend account. */
async function account(): Promise<{ limit_usd: number | null; spent: number } | null> {
  const opened = await store.spendAccount(ref)
  const found = opened && { limit_usd: opened.limit_usd, spent: await opened.spent() }
  await opened?.close()
  return found
}

/** A plan of three items and what was kept of two of them. */
async function keepTwo(step: number): Promise<void> {
  const lines = [1, 2, 3].map((index) => `${JSON.stringify(planLine(index))}\n`)
  workspace.write(stepFiles(ref, step).plan, lines.join(''))
  const keeper = await store.keeper(ref, step)
  await keeper.spend(spentReply(1, { cost_usd: 0.25 }))
  await keeper.keep({ line: lineOf(1, { cost_usd: 0.5 }), answer: '{}', reply: null })
  await keeper.spend(spentReply(2, { cost_usd: 1 }))
  await keeper.close()
}

test('what the steps of a version have spent counts when it first gets a limit', async () => {
  await keepTwo(1)
  await keepTwo(2)
  await setLimit(store, ref, { run: runWith(), max_cost_usd: 5, provider: claude })
  expect(await account()).toEqual({ limit_usd: 5, spent: 3.5 })
})

test('what cost nobody knows counts as the most that two calls can have cost', async () => {
  const prompt = 'Define w1. '.repeat(100)
  const step = stepWith()
  workspace.write(stepFiles(ref, 1).plan, `${JSON.stringify(planLine(1))}\n`)
  const keeper = await store.keeper(ref, 1)
  await keeper.keepPrompt(planLine(1).segment, prompt)
  await keeper.keep({ line: lineOf(1, { cost_usd: null }), answer: '{}', reply: null })
  await keeper.close()
  await setLimit(store, ref, { run: runWith({ steps: [step] }), max_cost_usd: 5, provider: claude })
  const most = worstCaseOf({ ...step, turns: [{ role: 'user', content: prompt }] }, { provider: claude })!
  expect(await account()).toEqual({ limit_usd: 5, spent: expect.closeTo(2 * most, 12) })
})

test('a version that counts already is not counted again', async () => {
  await keepTwo(1)
  await setLimit(store, ref, { run: runWith(), max_cost_usd: 5, provider: claude })
  await setLimit(store, ref, { run: runWith(), max_cost_usd: null, provider: claude })
  expect(await account()).toEqual({ limit_usd: null, spent: 1.75 })
})

test('lifting a limit that never was makes no spend account', async () => {
  await setLimit(store, ref, {
    run: runWith({ steps: [stepWith({ model: 'claude-next' })] }),
    max_cost_usd: null,
    provider: claude,
  })
  expect(await account()).toBeNull()
})

test('a version of the stand-in gets no spend account', async () => {
  await setLimit(store, ref, { run: runWith({ stand_in: true }), max_cost_usd: 5, provider: claude })
  expect(await account()).toBeNull()
})

test('a limit is refused where a price was not known when the version began; no limit is not', () => {
  const run = runWith({ steps: [stepWith({ model: 'claude-next' })] })
  expect(() => checkLimit(run, 5, claude)).toThrow(
    new RequestRefused([
      'max_cost_usd cannot hold: the price of claude-next is not known, which step 1 (write) would ask. A version keeps the prices it was begun with: resume it without a limit.',
    ]),
  )
  checkLimit(run, null, claude)
  checkLimit({ ...run, stand_in: true }, 5, claude)
  checkLimit(runWith(), 5, claude)
})

test.each([
  ['without a limit anywhere there is no budget', {}, undefined, null],
  ['the limit of the request holds', { max_cost_usd: 2 }, undefined, { limit_usd: 2, spent: 0 }],
  ['what a resumed run was given comes before the request', { max_cost_usd: 2 }, 5, { limit_usd: 5, spent: 0 }],
  ['a limit that was lifted stays lifted', { max_cost_usd: 2 }, null, { limit_usd: null, spent: 0 }],
])('%s', async (_rule, request, given, expected) => {
  const run = runWith({ request: { steps: [{ prompt_name: 'write' }], ...request } })
  if (given !== undefined) await setLimit(store, ref, { run, max_cost_usd: given, provider: claude })
  const budget = await openBudget(store, run, { provider: claude, ref, stop: never, halt: never, calls: 1 })
  await budget?.close()
  expect([budget === null, await account()]).toEqual([expected === null, expected])
})
