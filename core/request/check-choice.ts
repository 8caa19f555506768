/** Checks which items a rerun takes, and finds the first step that has one of them. */
import type { LedgerLine, RerunChoice } from '../documents.ts'
import { NothingToDo, RequestRefused } from '../errors.ts'
import { fileItemIds } from '../items/file-items.ts'
import type { Store, VersionRef } from '../store.ts'
import { didYouMean } from '../text/nearest.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { baseLines } from '../versions/ledger.ts'
import type { ReadyStep } from './resolve-steps.ts'

interface Choice {
  base: VersionRef
  steps: ReadyStep[]
  rerun: Pick<RerunChoice, 'ids' | 'failed' | 'changed'>
}

/** Named items are found by the index of each ledger. Throws RequestRefused, NothingToDo. */
export async function checkChoice(store: Store, { base, steps, rerun }: Choice): Promise<number> {
  const known = new Set<string>()
  let firstChosen = steps.length + 1
  let failed = 0
  for (const { step } of steps) {
    for await (const line of chosenLines(store, { base, ids: rerun.ids }, step.step)) {
      if (step.batch_mode && rerun.ids !== null) known.add(line.root_id)
      if (line.state === 'failed') failed += 1
      if (step.batch_mode && (!rerun.failed || line.state === 'failed')) firstChosen = Math.min(firstChosen, step.step)
    }
  }
  if (rerun.failed && !rerun.changed && failed === 0) {
    throw new NothingToDo(
      `${base.version} of ${base.pipeline} has no failed items${rerun.ids === null ? '' : ' among those chosen'}. Nothing was started.`,
    )
  }
  const unknown = rerun.ids?.filter((id) => !known.has(id)) ?? []
  if (unknown.length > 0) await checkNewIds(store, { base, steps, unknown })
  return rerun.changed || firstChosen > steps.length ? 1 : firstChosen
}

/** The base's lines of the named items, or all; none if the base never reached the step. */
async function* chosenLines(
  store: Store,
  { base, ids }: { base: VersionRef; ids: readonly string[] | null },
  step: number,
): AsyncGenerator<LedgerLine> {
  if (ids === null) yield* baseLines(store, base, step)
  else yield* await linesOfIds(store, base, { step, ids })
}

/** Named ids that the base does not know must be in today's input. */
async function checkNewIds(
  store: Store,
  { base, steps, unknown }: { base: VersionRef; steps: ReadyStep[]; unknown: string[] },
): Promise<void> {
  const left = new Set(unknown)
  for await (const id of todaysIds(store, steps)) left.delete(id)
  if (left.size === 0) return
  const today = new Set<string>()
  for (const { step } of steps) {
    if (!step.batch_mode) continue
    for await (const { root_id } of baseLines(store, base, step.step)) today.add(root_id)
  }
  for await (const id of todaysIds(store, steps)) today.add(id)
  throw new RequestRefused(
    [...left].map(
      (id) =>
        `The rerun names ${id}, but there is no such item.${didYouMean(id, today) || ` \`itemwise table ${base.pipeline} ${base.version}\` shows the items.`}`,
    ),
  )
}

async function* todaysIds(store: Store, steps: ReadyStep[]): AsyncGenerator<string> {
  for (const { step } of steps) if (step.input.from === 'file' && step.batch_mode) yield* fileItemIds(store, step)
}
