/** Lets a run that is no rerun take only the first items, or a sample, of those that its filters take. */
import { Sample } from '../choice/sample.ts'
import type { RunDocument, SampleSize } from '../documents.ts'
import { RequestRefused, RunFailed } from '../errors.ts'
import { planLines } from '../items/plan-lines.ts'
import { Tally } from '../items/tally.ts'
import type { Store, VersionRef } from '../store.ts'
import { JsonInvalid } from '../text/json-array.ts'
import type { ReadyStep } from './resolve-steps.ts'

interface Taking {
  store: Store
  steps: readonly ReadyStep[]
  base: VersionRef | null
  mode: RunDocument['mode']
}

interface Some {
  /** Of each step that reads an array. */
  first: number | null
  /** Of the first step, as --only. */
  sample: SampleSize | undefined
}

/** Sets `only_items` of the steps. Throws RequestRefused if there is nothing to draw from, or a filter names what is not there. */
export async function takeSome(taking: Taking, { first, sample }: Some): Promise<void> {
  const [begin] = taking.steps
  if (sample !== undefined && (begin?.step.input.from !== 'file' || !begin.step.batch_mode))
    throw new RequestRefused([
      '--sample draws from the items of the first step, but that is a single call without items. Leave it out.',
    ])
  for (const ready of taking.steps) {
    const { step } = ready
    if (step.input.from !== 'file' || !step.batch_mode) continue
    const size = ready === begin ? sample : undefined
    if (first === null && size === undefined) continue
    const ids = await takenIds(taking, ready, { first, sample: size })
    // Without any, the check of the whole run says why.
    if (ids.length > 0) step.only_items = ids
  }
}

async function takenIds({ store, base, mode }: Taking, ready: ReadyStep, { first, sample }: Some): Promise<string[]> {
  const { step, template } = ready
  const run = { mode, rerun: null, base_version: base?.version ?? null }
  const tally = new Tally(step, run, template)
  const drawn = sample === undefined ? null : new Sample(sample)
  const firstIds: string[] = []
  const isFiltered = step.only_items !== null || step.skip_items.length > 0
  let count = 0
  const read = (path: string) => store.read(path)
  const view = { store, read, step, template, run, base, source: { kind: 'file' as const }, fields: [], roots: null }
  try {
    for await (const line of planLines(view)) {
      tally.add(line)
      if (line.decision === 'skip') continue
      count += 1
      if (first !== null && count > first) {
        if (isFiltered) continue
        break
      }
      if (drawn === null) firstIds.push(line.item_id)
      else drawn.add(line.item_id)
    }
  } catch (error) {
    // The check of the whole run says it together with what else is wrong.
    if (error instanceof JsonInvalid || error instanceof RunFailed) return []
    throw error
  }
  const unknown = tally.unknownFilters()
  if (unknown.length > 0 && isFiltered) throw new RequestRefused(unknown)
  return drawn?.ids() ?? firstIds
}
