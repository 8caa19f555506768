/** The items of a version as an expression judges them: each with its content, its answer and its ledger line. */
import type { Reads } from '../choice/expression-reads.ts'
import type { Judged, Where } from '../choice/where.ts'
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { Ascending } from '../text/ascending.ts'
import { elementsIn } from '../text/json-array.ts'
import { jsonIn } from '../versions/item-id.ts'
import { baseLines } from '../versions/ledger.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { wholeOutput } from '../versions/step-output.ts'
import { checkedItemBatches, type FileItem, ItemFinder } from './file-items.ts'
import { IdCheck } from './id-check.ts'

export interface JudgedItem extends Judged {
  root_id: string
  /** Its line in the step that reads the file; undefined for an item of today's input that the version does not know. */
  line: LedgerLine | undefined
}

export interface Judging {
  ref: VersionRef
  /** The steps of the version. */
  steps: readonly ResolvedStep[]
  /** The steps whose inputs are read; those of the version, or those of a rerun on it. */
  inputs: readonly ResolvedStep[]
  /** Reads input files; `store.read`, or one that watches what is read. */
  read: Store['read']
  /** What is not read by any of them is not read at all. */
  reads: Pick<Where, 'readsItem'> & { reads: Pick<Reads, 'answer'> }
  /** The step whose answers and ledger are meant. Default: the last answers, and the line of the last step that an item reached. */
  step?: number | undefined
}

/** All items, in the order of the version; items that it does not know come last, if inputs are read. Throws RequestRefused for a wrong input, RunFailed for a damaged ledger. */
export async function* judgedItems(store: Store, judging: Judging): AsyncGenerator<JudgedItem> {
  for (const chain of chainsOf(judging)) yield* itemsOfChain(store, judging, chain)
}

/** Steps one behind another that share their items. */
type Chain = [root: ResolvedStep, ...later: ResolvedStep[]]

function chainsOf({ steps, step }: Pick<Judging, 'steps' | 'step'>): Chain[] {
  const chains: Chain[] = []
  for (const one of steps.filter(({ batch_mode }) => batch_mode)) {
    const continues = one.input.from === 'step' && steps[one.input.step - 1]?.batch_mode
    if (continues) chains.at(-1)?.push(one)
    else chains.push([one])
  }
  if (step === undefined) return chains
  return chains.flatMap(([root, ...later]): Chain[] => {
    const has = [root, ...later].some((one) => one.step === step)
    return has ? [[root, ...later.filter((one) => one.step <= step)]] : []
  })
}

async function* itemsOfChain(store: Store, judging: Judging, [root, ...later]: Chain): AsyncGenerator<JudgedItem> {
  const { ref, reads, step } = judging
  const rows = reads.readsItem ? new ItemFinder(rowsOf(store, judging, root)) : null
  const ledgers = later.map((one) => new Ascending(baseLines(store, ref, one.step)))
  const answers = new StepAnswers(store, answerPlace(ref, later.at(-1) ?? root))
  try {
    for await (const line of baseLines(store, ref, root.step)) {
      const lines = [line, ...(await Promise.all(ledgers.map((ledger) => ledger.find(line.item_index))))]
      const last = lines.at(-1) ?? undefined
      const reached = step === undefined ? (lines.findLast((one) => one !== null) ?? undefined) : last
      const row = await rows?.find(line.item_id)
      const text = reads.reads.answer === null || last === undefined ? null : (await answers.see(last)).answer
      const answer = text === null ? undefined : (jsonIn(text) ?? text)
      yield { root_id: line.root_id, line, item: row?.item, answer, ledger: reached }
    }
    for await (const { id, item } of rows?.rest() ?? []) yield { root_id: id, line: undefined, item }
  } finally {
    await Promise.all([...ledgers.map((ledger) => ledger.close()), answers.close()])
  }
}

/** What the items of a chain are made from: a file as it is today, or what a single call of the version answered. */
async function* rowsOf(store: Store, judging: Judging, root: ResolvedStep): AsyncGenerator<FileItem[]> {
  const { ref, inputs, steps, read } = judging
  const today = inputs.find(({ step }) => step === root.step)
  if (root.input.from === 'file') {
    if (today !== undefined) yield* checkedItemBatches({ read }, today)
    return
  }
  const before = steps[root.input.step - 1]
  const text = before === undefined ? undefined : await wholeOutput(store, ref, before)
  if (text === undefined) return
  const ids = new IdCheck(root)
  let index = 0
  for await (const { value, size } of elementsIn(text)) {
    index += 1
    yield [{ ...ids.idOf(value, index), item: value, size }]
  }
}
