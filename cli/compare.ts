/** `itemwise compare <pipeline> <a> <b>` */

import { RequestRefused } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { foldIds } from '../core/text/id-runs.ts'
import { jsonText } from '../core/text/json.ts'
import { answerValue, changedFields } from '../core/versions/changed-answer-fields.ts'
import {
  type Comparison,
  compareInstructions,
  compareVersions,
  type InstructionChanges,
  type Pair,
  stepPairs,
} from '../core/versions/compare.ts'
import type { HandEdit } from '../core/versions/hand-edited-file.ts'
import { handEdits } from '../core/versions/hand-edits.ts'
import { stepDifferences } from '../workspace/comparison.ts'
import { findVersion } from '../workspace/find-version.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { changedItemText, differenceText, instructionsText } from './changes-text.ts'
import { compareText, stepName } from './compare-text.ts'
import { editsDocument, noteEdits } from './edits-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'
import { type Sides, triedSides } from './tried-sides.ts'

export interface CompareOptions extends StoreFlags {
  json?: boolean
  detail?: boolean
  lastTry?: boolean
}

/** Compares two versions. Throws RequestRefused for an unknown one, RunFailed for damaged documents. */
export async function compare(
  [pipeline, nameA, nameB]: [string, string?, string?],
  options: CompareOptions,
  terminal: Terminal,
) {
  useFrugalHeap()
  const store = await (await openPlace(options, terminal)).store()
  const sides = options.lastTry
    ? await triedSides(store, { pipeline, version: nameA, surplus: nameB })
    : await namedSides(store, pipeline, [nameA, nameB])
  const { a, b, only } = sides
  const pair = { a: a.ref, b: b.ref, only }
  const comparison = await compareVersions(store, pair, { a: a.state, b: b.state })
  const edits = [...(await handEdits(store, a.ref)), ...(await handEdits(store, b.ref))]
  noteEdits(a.ref, edits, terminal)
  if (options.json) await printDocument({ store, pair, comparison, detail: options.detail === true, edits }, terminal)
  else {
    terminal.out(compareText(comparison))
    if (options.detail) await printDetail({ store, pair, comparison }, terminal)
  }
  return 0
}

async function namedSides(store: Store, pipeline: string, [a, b]: [string?, string?]): Promise<Sides> {
  if (a !== undefined && b !== undefined)
    return { a: await findVersion(store, pipeline, a), b: await findVersion(store, pipeline, b) }
  throw new RequestRefused([
    `Which versions? Name two (itemwise compare ${pipeline} v0 v1), or add --last-try to compare with the last try.`,
  ])
}

interface Compared {
  store: Store
  pair: Pair
  comparison: Comparison
}

/** Prints item by item, so that the changed answers are never all in memory. */
async function printDetail({ store, pair, comparison }: Compared, terminal: Terminal): Promise<void> {
  for await (const steps of stepPairs(store, pair)) {
    let heading = `\n${stepName({ step: steps.step, prompt_name: (steps.b ?? steps.a)!.prompt_name })}:\n`
    const print = (text: string) => {
      if (text !== '') terminal.painted(heading + text)
      if (text !== '') heading = ''
    }
    print(instructionsText(await compareInstructions(store, steps), terminal))
    const others = { added: [] as string[], removed: [] as string[] }
    for await (const difference of stepDifferences(store, steps)) {
      if (difference.kind === 'changed') print(changedItemText(difference, terminal))
      else others[difference.kind].push(difference.item_id)
    }
    if (others.added.length > 0) print(`  Added: ${printable(foldIds(others.added))}\n`)
    if (others.removed.length > 0) print(`  Removed: ${printable(foldIds(others.removed))}\n`)
  }
  terminal.out(`\n${differenceText(comparison.a.metadata, comparison.b.metadata)}`)
}

/** Prints the document in pieces, for the same reason. */
async function printDocument(
  { store, pair, comparison, detail, edits }: Compared & { detail: boolean; edits: HandEdit[] },
  terminal: Terminal,
) {
  const { a, b, ...rest } = comparison
  const head = {
    ...rest,
    a: { ...a.metadata, alive: a.alive },
    b: { ...b.metadata, alive: b.alive },
    ...editsDocument(edits),
  }
  if (!detail) return terminal.out(`${jsonText(head, 2)}\n`)
  const instructions: (InstructionChanges & { step: number })[] = []
  for await (const steps of stepPairs(store, pair)) {
    instructions.push({ step: steps.step, ...(await compareInstructions(store, steps)) })
  }
  const text = jsonText({ ...head, instructions }, 2)
  terminal.out(`${text.slice(0, text.lastIndexOf('\n}'))},\n  "differences": [`)
  let separator = '\n    '
  for await (const document of differenceDocuments(store, pair)) {
    terminal.out(separator + jsonText(document))
    separator = ',\n    '
  }
  terminal.out('\n  ]\n}\n')
}

async function* differenceDocuments(store: Store, pair: Pair): AsyncGenerator<object> {
  for await (const steps of stepPairs(store, pair)) {
    for await (const { kind, item_id, before, after } of stepDifferences(store, steps)) {
      const fields = kind === 'changed' ? changedFields(answerValue(before ?? ''), answerValue(after ?? '')) : []
      yield { step: steps.step, kind, item_id, fields }
    }
  }
}
