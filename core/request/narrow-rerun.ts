/** Which of a base's items a rerun takes if an expression narrows them. */
import type { Where } from '../choice/where.ts'
import { WhereFailures } from '../choice/where-failures.ts'
import type { ResolvedStep } from '../documents.ts'
import { NothingToDo, RequestRefused } from '../errors.ts'
import { judgedItems } from '../items/judged-items.ts'
import type { Store, VersionRef } from '../store.ts'

interface Narrowing {
  base: VersionRef
  /** The base's steps. */
  before: readonly ResolvedStep[]
  /** Today's. */
  steps: readonly ResolvedStep[]
  /** The ids that a person named; null: all that the base has asked for. */
  ids: readonly string[] | null
  /** Null takes them all. */
  where: Where | null
  /** The step whose answers and ledger are meant. */
  step?: number | undefined
}

/**
 * The root ids that the expression takes, of the items that are named or all that the base has asked for: what a filter left out of the
 * base, or what is new, is taken only if it is named. Throws RequestRefused, NothingToDo.
 */
export async function narrowedIds(store: Store, narrowing: Narrowing): Promise<{ ids: string[]; warnings: string[] }> {
  const { base, before, steps, where, step } = narrowing
  const named = narrowing.ids === null ? null : new Set(narrowing.ids)
  const failures = new WhereFailures()
  const ids = new Set<string>()
  let asked = 0
  const read = (path: string) => store.read(path)
  const judging = { ref: base, steps: before, inputs: steps, read, reads: where ?? nothing, step }
  for await (const judged of judgedItems(store, judging)) {
    const { root_id, line } = judged
    if (named === null ? line === undefined || line.state === 'skipped' : !named.has(root_id)) continue
    asked += 1
    if (where === null || (await failures.takes(where, root_id, judged))) ids.add(root_id)
  }
  if (where === null) return { ids: [...ids], warnings: [] }
  if (failures.any) throw new RequestRefused([failures.problem(where)])
  const warnings = where.warnings()
  if (ids.size > 0) return { ids: [...ids], warnings }
  const hint = warnings.length === 0 ? '' : ` ${warnings.join(' ')}`
  throw new NothingToDo(
    `The expression \`${where.text}\` takes none of ${asked} items of ${base.version} of ${base.pipeline}.${hint} Nothing was started.`,
  )
}

const nothing = { reads: { answer: null }, readsItem: false }
