/** Random histories of a pipeline of two steps: whatever is run upon whatever, its versions stay whole and honest. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ErrorRow, LedgerLine } from '../../../core/documents.ts'
import { ItemFailed, NothingToDo, RequestRefused } from '../../../core/errors.ts'
import type { Model, Question, Reply } from '../../../core/model.ts'
import { addReviews } from '../../../core/reviews/make-reviews.ts'
import { stepFiles } from '../../../core/store.ts'
import { isAsked, readLedger } from '../../../core/versions/ledger.ts'
import { readRun, readText, textIfThere } from '../../../core/versions/version-documents.ts'
import { versionSteps } from '../../../core/versions/version-steps.ts'
import type { RunResult } from '../../../runners/local.ts'
import { runStart } from '../../../runners/run-pipeline.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'

const pipeline = 'chain'
const ids = ['1', '2', '3', '4', '5', '6']
const outputs = ['one.json', 'two.json']
const tokens = { input_tokens: 3, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 }

/** Answers every prompt with itself and the number of the run that asked, and refuses the prompts it was told to. */
class Echo implements Model {
  readonly standIn = false
  run = 0
  failing = new Set<string>()
  asked: string[] = []

  async ask({ turns }: Question): Promise<Reply> {
    const prompt = turns[0]?.content ?? ''
    const [step, id] = prompt.split(' ')
    if (turns.length !== 1 || !/^(one|two) \d /.test(prompt)) throw new Error(`A strange question: ${prompt}`)
    this.asked.push(`${step} ${id}`)
    if (this.failing.has(`${step} ${id}`)) throw new ItemFailed('refusal', 'Not this one.', { attempts: 1 })
    const text = JSON.stringify({ run: this.run, prompt })
    const call = { request_id: null, attempts: 1, milliseconds: 1, stop_reason: 'end_turn', model: 'echo' }
    return { text, tokens, ...call }
  }
}

type Deed =
  | { do: 'run'; skip: string[] }
  | { do: 'incremental'; skip: string[]; keeps: { one: boolean; two: boolean } }
  | { do: 'rerun'; ids: string[] | null; failed: boolean; changed: boolean; replace_edits: boolean; base: number }
  | { do: 'edit'; ids: string[]; step: 1 | 2; later_steps: boolean }
  | { do: 'input'; ids: string[]; text: string }
  | { do: 'template'; step: 'one' | 'two'; text: string }

interface Act {
  deed: Deed
  failing: string[]
}

const someIds = fc.subarray(ids)
const word = fc.constantFrom('a', 'b', 'c')
const order = fc.shuffledSubarray(ids, { minLength: 1 })

const rerun = fc
  .record({
    do: fc.constant('rerun' as const),
    ids: fc.option(fc.subarray(ids, { minLength: 1 })),
    failed: fc.boolean(),
    changed: fc.boolean(),
    replace_edits: fc.nat(3).map((chance) => chance === 0),
    base: fc.nat(5),
  })
  // Without an id and without a flag it would be no choice at all.
  .map((deed) => (deed.ids === null && !deed.changed ? { ...deed, failed: true } : deed))

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('run' as const), skip: fc.subarray(ids, { maxLength: 2 }) }),
  fc.record({
    do: fc.constant('incremental' as const),
    skip: fc.subarray(ids, { maxLength: 2 }),
    keeps: fc.constantFrom({ one: true, two: true }, { one: true, two: false }, { one: false, two: true }),
  }),
  { weight: 3, arbitrary: rerun },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      ids: fc.subarray(ids, { minLength: 1, maxLength: 3 }),
      step: fc.constantFrom(1 as const, 2 as const),
      later_steps: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('input' as const), ids: order, text: word }),
  fc.record({
    do: fc.constant('template' as const),
    step: fc.constantFrom('one' as const, 'two' as const),
    text: word,
  }),
)

const failing = fc.tuple(someIds, someIds).map(([one, two]) => [
  // About one call in four fails.
  ...one.filter((_id, at) => at % 2 === 0).map((id) => `one ${id}`),
  ...two.filter((_id, at) => at % 2 === 0).map((id) => `two ${id}`),
])

const act: fc.Arbitrary<Act> = fc.record({ deed, failing })

/** One step of one version as it stands on disk. */
interface Stand {
  lines: LedgerLine[]
  array: { [key: string]: unknown }[]
  errors: ErrorRow[]
  bytes: Buffer
}

/** A workspace with its history. */
class History {
  readonly workspace = new WorkspaceFolder()
  readonly store = new FolderStore(this.workspace.root)
  readonly model = new Echo()
  /** The version that each run became. */
  readonly runOf = new Map<string, number>()
  readonly versions: string[] = []
  input: string[] = []

  constructor() {
    this.write(['1', '2', '3', '4'], 'a')
    this.template('one', 'a')
    this.template('two', 'a')
  }

  write(order: string[], text: string): void {
    this.input = order
    this.workspace.write('inputs/items.json', JSON.stringify(order.map((id) => ({ id, text: text + id }))))
  }

  template(step: 'one' | 'two', text: string): void {
    const rest = step === 'one' ? '{id} {text}' : '{source_id} {prompt} of {root__text}'
    this.workspace.write(`prompts/${step}.md`, `${step} ${rest} ${text}`)
  }

  /** Does one thing; what it made, or null where it made no version. */
  async act({ deed, failing }: Act): Promise<RunResult | null> {
    this.model.failing = new Set(failing)
    this.model.run += 1
    this.model.asked = []
    const result = await this.#begin(deed).catch((error) => {
      if (error instanceof NothingToDo || error instanceof RequestRefused) return null
      throw error
    })
    if (result === null) expect(this.model.asked).toEqual([])
    else {
      this.runOf.set(result.version, this.model.run)
      this.versions.push(result.version)
    }
    return result
  }

  async #begin(deed: Deed): Promise<RunResult | null> {
    const { store, model } = this
    switch (deed.do) {
      case 'input':
        this.write(deed.ids, deed.text)
        return null
      case 'template':
        this.template(deed.step, deed.text)
        return null
      case 'rerun': {
        const { ids, failed, changed, replace_edits } = deed
        const base = this.versions.length === 0 ? 'latest' : this.versions[deed.base % this.versions.length]!
        const rerun = { pipeline, ids, failed, changed, replace_edits, base }
        return runStart({ store, model }, { kind: 'rerun', rerun })
      }
      case 'edit':
        return this.#edit(deed)
      default: {
        const keeps = deed.do === 'incremental' ? deed.keeps : { one: false, two: false }
        const one = { batch_skip_existing: keeps.one, batch_skip_items: deed.skip }
        const two = { batch_skip_existing: keeps.two }
        const request = {
          pipeline_name: pipeline,
          steps: [
            { prompt_name: 'one', input_file: 'inputs/items.json', batch_output_id_field: 'nr', ...one },
            { prompt_name: 'two', answer_format: 'json', ...two },
          ],
        }
        return runStart({ store, model }, { kind: 'run', request })
      }
    }
  }

  /** A person writes answers that look like those of the model's, and puts them in place. */
  async #edit({ ids, step: number, later_steps }: Extract<Deed, { do: 'edit' }>): Promise<RunResult> {
    const { store, model } = this
    const version = (await store.latest(pipeline))!
    const step = (await versionSteps(store, { pipeline, version }))[number - 1]!
    const there = rootsOf((await this.stand(version, number)).lines.filter(answered)).filter((id) => ids.includes(id))
    const own = (id: string) => ({ run: model.run, prompt: `${step.prompt_name} ${id} by hand` })
    const answers = new Map(there.map((id) => [id, own(id)]))
    await addReviews(store, { pipeline, version }, { act: 'edit', step, ids: there, answers, by: 'maria', now: 1 })
    return runStart({ store, model }, { kind: 'apply', apply: { pipeline, base: version, stale: false, later_steps } })
  }

  async stand(version: string, step: number): Promise<Stand> {
    const files = stepFiles({ pipeline, version }, step)
    const bytes = Buffer.from(await readText(this.store, files.collated(outputs[step - 1]!)))
    return {
      lines: await Array.fromAsync(readLedger(this.store, { pipeline, version }, step)),
      array: JSON.parse(bytes.toString()),
      errors: JSON.parse((await textIfThere(this.store, files.errors)) ?? '[]'),
      bytes,
    }
  }

  async base(version: string): Promise<string | null> {
    return (await readRun(this.store, { pipeline, version })).base_version
  }

  async stands(version: string): Promise<Stand[]> {
    return [await this.stand(version, 1), await this.stand(version, 2)]
  }
}

const answered = ({ answer_bytes }: LedgerLine) => answer_bytes !== null
const rootsOf = (lines: LedgerLine[]) => lines.map(({ root_id }) => root_id)

/** Items stand in the order of their positions, each once, and none of them has the number of another. */
function checkOrder({ lines }: Stand): void {
  const indexes = lines.map(({ item_index }) => item_index)
  expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b))
  expect(new Set(rootsOf(lines)).size).toBe(lines.length)
  expect(new Set(lines.map(({ segment }) => segment.toLowerCase())).size).toBe(lines.length)
}

/** answered + failed + skipped = items, and the array, the ledger and the errors tell the same. */
function checkCounts({ lines, array, errors, bytes }: Stand, stats: RunResult['stats']['steps'][number]): void {
  const count = (state: LedgerLine['state']) => lines.filter((line) => line.state === state).length
  expect(count('answered') + stats.failed + stats.skipped).toBe(stats.items)
  expect([count('failed'), count('skipped'), lines.length]).toEqual([stats.failed, stats.skipped, stats.items])
  const cut = lines.filter(answered).map(({ answer_bytes }) => JSON.parse(bytes.subarray(...answer_bytes!).toString()))
  expect(cut).toEqual(array)
  const failures = lines.filter(({ state }) => state === 'failed')
  expect(errors.map(({ item_index, kept, carried }) => ({ item_index, kept, carried }))).toEqual(
    failures.map(({ item_index, answer_version, decision }) => ({
      item_index,
      kept: answer_version ?? undefined,
      carried: decision === 'carry' ? true : undefined,
    })),
  )
}

/** Every answer in the array is the one that the run of the named version got for this very item. */
function checkAnswers({ lines, array }: Stand, step: 'one' | 'two', runOf: Map<string, number>): void {
  const told = array.map(({ run, prompt }) => ({ run, prompt: String(prompt).split(' ').slice(0, 2).join(' ') }))
  // What a person wrote may be put in place a second time, where the answer is back that it corrects.
  const named = lines.filter(answered).map(({ answer_version, root_id, edited_by }, at) => ({
    run: edited_by === undefined ? runOf.get(answer_version ?? '') : told[at]?.run,
    prompt: `${step} ${root_id}`,
  }))
  expect(told).toEqual(named)
}

/** The ids in the array are those of the ledger. */
function checkIds({ lines, array }: Stand, step: 'one' | 'two'): void {
  const own = array.map(({ nr, source_id }) => (step === 'one' ? { nr, source_id } : { nr }))
  const named = lines
    .filter(answered)
    .map(({ output_id, item_id, item_index }) =>
      step === 'one' ? { nr: output_id, source_id: item_id } : { nr: item_index },
    )
  expect(own).toEqual(named)
}

/** What was asked for is what the ledger says was processed, each once, and it is counted as paid for. */
function checkMoney(stands: Stand[], history: History, { stats }: RunResult): void {
  const processed = stands.flatMap(({ lines }, at) =>
    lines.filter(isAsked).map(({ root_id }) => `${['one', 'two'][at]} ${root_id}`),
  )
  const { asked, failing } = history.model
  expect(asked.toSorted()).toEqual(processed.toSorted())
  expect(stats.input_tokens).toBe(asked.filter((question) => !failing.has(question)).length * tokens.input_tokens)
}

/** Nothing of the base moves: positions, ids and folders stay. */
function checkPlaces(now: Stand, base: Stand): void {
  const place = ({ item_index, item_id, output_id, segment }: LedgerLine) => ({
    item_index,
    item_id,
    output_id,
    segment,
  })
  const known = new Map(now.lines.map((line) => [line.root_id, place(line)]))
  const kept = base.lines.filter((line) => known.has(line.root_id))
  expect(kept.map(({ root_id }) => known.get(root_id))).toEqual(kept.map(place))
}

/** Nothing of the base is lost: what had an answer has one. */
function checkWhole(now: Stand, base: Stand): void {
  const have = new Set(rootsOf(now.lines.filter(answered)))
  expect(rootsOf(base.lines.filter(answered)).filter((id) => !have.has(id))).toEqual([])
}

/** An item that the base does not know gets a position that nobody had in any version before. */
async function checkNewcomers(now: Stand, base: Stand, history: History): Promise<void> {
  const known = new Set(rootsOf(base.lines))
  const before = await Promise.all(history.versions.slice(0, -1).map((version) => history.stand(version, 1)))
  const highest = Math.max(0, ...before.flatMap(({ lines }) => lines.map(({ item_index }) => item_index)))
  const news = now.lines.filter(({ root_id }) => !known.has(root_id)).map(({ item_index }) => item_index)
  expect(news).toEqual(news.map((_index, at) => highest + 1 + at))
}

/** What a person wrote stands as it was written, until a rerun may replace it or a person writes anew. */
function checkEdits(deed: Deed, now: Stand[], before: Stand[]): void {
  const put = now.map(({ lines }) =>
    rootsOf(lines.filter(({ decision, reason }) => decision === 'process' && reason === 'edited')),
  )
  const isFree = (at: number, id: string) => (deed.do === 'rerun' ? deed.replace_edits : put[at]!.includes(id))
  for (const at of [0, 1]) {
    const written = (stand: Stand) =>
      stand.lines
        .filter(
          ({ edited_by, state, root_id }) => edited_by === 'maria' && state === 'answered' && !isFree(at, root_id),
        )
        .map(({ root_id, answer_version, answer_sha256 }) => ({ root_id, answer_version, answer_sha256 }))
    if (deed.do !== 'rerun' || !deed.replace_edits) expect(written(now[at]!)).toEqual(written(before[at]!))
  }
  if (deed.do !== 'edit') return
  const asked = now.map(({ lines }) => rootsOf(lines.filter(isAsked)))
  const mayAsk = deed.later_steps ? put[0]! : []
  expect([asked[0], asked[1]!.filter((id) => !mayAsk.includes(id))]).toEqual([[], []])
  const edited = now.flatMap(({ lines }) =>
    lines.filter(({ reason, decision }) => reason === 'edited' && decision === 'process'),
  )
  expect(edited.length).toBeGreaterThan(0)
  expect(
    edited.every(({ cost_usd, model, edited_by }) => cost_usd === 0 && model === null && edited_by === 'maria'),
  ).toBe(true)
}

/** What a rerun asks for was chosen. */
function checkChoice(deed: Deed, [one, two]: Stand[], base: Stand[]): void {
  if (deed.do !== 'rerun') return
  const processed = [one!, two!].map(({ lines }) => lines.filter(({ decision }) => decision === 'process'))
  if (deed.ids !== null) expect(processed.flatMap(rootsOf).filter((id) => !deed.ids?.includes(id))).toEqual([])
  if (!deed.failed || deed.changed) return
  const failedBefore = base.flatMap(({ lines }) => rootsOf(lines.filter(({ state }) => state === 'failed')))
  const known = new Set(base.flatMap(({ lines }) => rootsOf(lines)))
  expect(processed.flatMap(rootsOf).filter((id) => known.has(id) && !failedBefore.includes(id))).toEqual([])
}

/** An initial run numbers the items by their position in the whole input, whatever is left out. */
function checkInitial({ lines }: Stand, input: string[]): void {
  expect(lines.map(({ item_index, output_id, item_id }) => ({ item_index, output_id, item_id }))).toEqual(
    input.map((id, at) => ({ item_index: at + 1, output_id: at + 1, item_id: id })),
  )
}

async function check(history: History, { deed }: Act, result: RunResult): Promise<void> {
  const stands = await history.stands(result.version)
  for (const [at, stand] of stands.entries()) {
    const step = at === 0 ? 'one' : 'two'
    checkOrder(stand)
    checkCounts(stand, result.stats.steps[at]!)
    checkAnswers(stand, step, history.runOf)
    checkIds(stand, step)
  }
  checkMoney(stands, history, result)
  const base = await history.base(result.version)
  if (base === null) return checkInitial(stands[0]!, history.input)
  const before = await history.stands(base)
  // A step that does not keep what exists leaves out what its filters leave out.
  const filtered = deed.do === 'incremental' && !deed.keeps.one && deed.skip.length > 0
  for (const at of [0, 1]) {
    checkPlaces(stands[at]!, before[at]!)
    if (!filtered) checkWhole(stands[at]!, before[at]!)
  }
  await checkNewcomers(stands[0]!, before[0]!, history)
  checkChoice(deed, stands, before)
  // An item that a filter leaves out of a step that asks for everything does not come to the later ones, whatever they have.
  if (!filtered) checkEdits(deed, stands, before)
}

test('an answer whose root item is gone from the input is carried over, as it cannot be asked for again', async () => {
  const history = new History()
  try {
    await history.act(begin)
    history.write(['2', '3', '4'], 'b')
    history.template('two', 'b')
    const { version } = (await history.act({
      deed: { do: 'rerun', ids: null, failed: false, changed: true, replace_edits: false, base: 0 },
      failing: [],
    }))!
    const { lines } = await history.stand(version, 2)
    expect(lines.map(({ root_id, decision, reason }) => ({ root_id, decision, reason }))).toEqual([
      { root_id: '1', decision: 'carry', reason: 'gone' },
      { root_id: '2', decision: 'process', reason: 'new' },
      { root_id: '3', decision: 'process', reason: 'changed' },
      { root_id: '4', decision: 'process', reason: 'changed' },
    ])
  } finally {
    history.workspace.remove()
  }
})

test('a step that asks for everything again leaves items at their positions, so that a later one keeps the right answers', async () => {
  const history = new History()
  try {
    await history.act({ ...begin, failing: [] })
    history.write(['5', '2', '1', '3', '4'], 'b')
    const deed: Deed = { do: 'incremental', skip: [], keeps: { one: false, two: true } }
    const { version } = (await history.act({ deed, failing: [] }))!
    const { lines, array } = await history.stand(version, 2)
    expect(lines.map(({ root_id, item_index, decision }) => [root_id, item_index, decision])).toEqual([
      ['1', 1, 'carry'],
      ['2', 2, 'carry'],
      ['3', 3, 'carry'],
      ['4', 4, 'carry'],
      ['5', 5, 'process'],
    ])
    expect(array.map(({ prompt }) => String(prompt).slice(0, 5))).toEqual(['two 1', 'two 2', 'two 3', 'two 4', 'two 5'])
  } finally {
    history.workspace.remove()
  }
})

const begin: Act = { deed: { do: 'run', skip: [] }, failing: ['one 2', 'two 3'] }

const seen = { initial: 0, incremental: 0, rerun: 0, edit: 0, kept: 0, carried: 0, new: 0 }

async function count(history: History, { version }: RunResult): Promise<void> {
  seen[(await readRun(history.store, { pipeline, version })).mode] += 1
  for (const { lines, errors } of await history.stands(version)) {
    if (lines.some(({ decision, reason }) => decision === 'process' && reason === 'new')) seen.new += 1
    if (errors.some(({ kept }) => kept !== undefined)) seen.kept += 1
    if (errors.some(({ carried }) => carried)) seen.carried += 1
  }
}

test('whatever is run upon whatever, arrays are whole, numbers stay, and every answer is the one it says it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 8 }), async (acts) => {
      const history = new History()
      try {
        for (const one of [begin, ...acts]) {
          const result = await history.act(one)
          if (result === null) continue
          await check(history, one, result)
          await count(history, result)
        }
      } finally {
        history.workspace.remove()
      }
    }),
    { numRuns: 25 },
  )
  // A property that only ever saw refusals would prove nothing.
  expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([])
})
