/** The items of a version that `--where` takes. */
import { readWhere } from '../core/choice/read-where.ts'
import type { Judged } from '../core/choice/where.ts'
import { WhereFailures } from '../core/choice/where-failures.ts'
import type { LedgerLine, ResolvedStep } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { judgedItems } from '../core/items/judged-items.ts'
import { type Store, stepFiles, type VersionRef } from '../core/store.ts'
import { hashingRead } from '../core/text/hashing-read.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { versionSteps } from '../core/versions/version-steps.ts'

export interface TakenItem extends Judged {
  root_id: string
  ledger: LedgerLine
}

export interface Taking<Picked> {
  where: string
  /** The step whose answers and ledger lines are meant. Default: the last that each item reached. */
  step?: string | undefined
  /** Whether answers are needed even if the expression reads none. */
  withAnswers: boolean
  /** Whether the items themselves are needed, too. */
  withItems?: boolean
  /** What is kept of an item that is taken. */
  pick: (item: TakenItem) => Picked
}

export interface Taken<Picked> {
  taken: Picked[]
  /** How many items the version has there. */
  items: number
  warnings: string[]
}

/** Asks the expression about every item before anything is shown. Throws RequestRefused. */
export async function takenItems<Picked>(
  store: Store,
  ref: VersionRef,
  taking: Taking<Picked>,
): Promise<Taken<Picked>> {
  const where = await readWhere(taking.where, '--where')
  const steps = await stepsOf(store, ref)
  const step =
    taking.step === undefined ? undefined : namedStep(steps, taking.step, `${ref.version} of ${ref.pipeline}`)
  if (step?.batch_mode === false)
    throw new RequestRefused([`Step ${step.step} (${step.prompt_name}) is a single call: it has no items for --where.`])
  const { read, sha256 } = hashingRead(store)
  const { reads } = where
  const readsItem = where.readsItem || taking.withItems === true
  const needed = {
    readsItem,
    reads: taking.withAnswers ? { ...reads, answer: reads.answer ?? new Set<string>() } : reads,
  }
  const judging = { ref, steps, inputs: steps, read, reads: needed, step: step?.step }
  const failures = new WhereFailures()
  const taken: Picked[] = []
  let items = 0
  for await (const { root_id, line, item, answer, ledger } of judgedItems(store, judging)) {
    // What is new in the input is no item of the version.
    if (line === undefined || ledger === undefined) continue
    items += 1
    const judged = { item, answer, ledger }
    if (await failures.takes(where, root_id, judged)) taken.push(taking.pick({ root_id, ...judged }))
  }
  if (failures.any) throw new RequestRefused([failures.problem(where)])
  const changed = readsItem ? await changedInputs(steps, { sha256, version: ref.version }) : []
  return { taken, items, warnings: [...changed, ...where.warnings()] }
}

/** Throws RequestRefused for a version of which it is not known which items it has. */
async function stepsOf(store: Store, ref: VersionRef): Promise<ResolvedStep[]> {
  const steps = (await versionSteps(store, ref)).flatMap(({ resolved }) => resolved ?? [])
  const first = steps.find(({ batch_mode }) => batch_mode)
  const what = `${ref.version} of ${ref.pipeline}`
  if (first === undefined) throw new RequestRefused([`${what} has no items that --where could choose among.`])
  if ((await store.size(stepFiles(ref, first.step).ledger)) !== undefined) return steps
  throw new RequestRefused([
    `${what} has no ledger yet, so --where cannot choose among its items. Wait until it has ended, or finish it with \`itemwise resume\`.`,
  ])
}

/** The content of items is not kept in a version: it is read from the input as it is today. */
async function changedInputs(
  steps: readonly ResolvedStep[],
  { sha256, version }: { sha256: (path: string) => Promise<string>; version: string },
): Promise<string[]> {
  const changed: string[] = []
  for (const { input, batch_mode } of steps) {
    if (!batch_mode || input.from !== 'file' || (await sha256(input.resolved)) === input.sha256) continue
    changed.push(`${input.path} has changed since ${version} was made. --where reads the items as they are today.`)
  }
  return changed
}
