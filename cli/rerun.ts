/** `itemwise rerun`: processes some items again, as a new whole version based on another. */
import { NothingToDo, RequestRefused } from '../core/errors.ts'
import { startOf } from '../core/request/start-input.ts'
import { NoModel } from '../runners/choose-model.ts'
import { dryRunStart } from '../runners/dry-run.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { dryRunText } from './dry-run-text.ts'
import { idsIn } from './ids-in.ts'
import { openPlace } from './places/open-place.ts'
import { nothingToDo } from './run-end.ts'
import { deliveryIn, type HalfPriceFlags, limitIn, type RunOptions } from './run-options.ts'
import type { Terminal } from './terminal.ts'

interface RerunFlags extends RunOptions, HalfPriceFlags {
  failed?: boolean
  changed?: boolean
  flagged?: boolean
  unreviewed?: boolean
  keepApproved?: boolean
  replaceEdits?: boolean
  suggest?: boolean
  base?: string
  where?: string
  step?: string
  idsFrom?: string
  sample?: number
  seed?: number
  status?: string
  notes?: string
  model?: string
  concurrency?: number
  dryRun?: boolean
}

export async function rerun(
  [pipeline, ...named]: [string, ...string[]],
  flags: RerunFlags,
  terminal: Terminal,
): Promise<number> {
  const place = await openPlace(flags, terminal)
  const { failed, changed, flagged, unreviewed, where, sample } = flags
  const ids = flags.idsFrom === undefined ? named : [...named, ...(await idsIn(flags.idsFrom, terminal))]
  const chooses = failed || changed || flagged || unreviewed || where !== undefined || sample !== undefined
  if (ids.length === 0 && !chooses) {
    throw new RequestRefused([
      `Which items? Name their ids (itemwise rerun ${pipeline} 4002 4007), or add --failed, --changed, --flagged, --unreviewed, --where or --sample.`,
    ])
  }
  const input = inputOf({ pipeline, ids }, flags)
  const { start } = startOf(input)
  if (start.kind !== 'rerun') throw new Error('A rerun was read as something else.')
  if (flags.dryRun) {
    useFrugalHeap()
    const model = new NoModel(flags.offline ?? false, place.batches)
    const store = await place.storeToCheck()
    try {
      terminal.out(dryRunText(await dryRunStart({ store, model, stdin: terminal.stdin }, start), flags))
    } catch (error) {
      if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
      throw error
    }
    return 0
  }
  return place.run({ flags, start, input })
}

/** The rerun as the input of an execution says it: here and on AWS it is the same. */
function inputOf({ pipeline, ids }: { pipeline: string; ids: string[] }, flags: RerunFlags) {
  const { failed = false, changed = false, base = 'latest', status, notes, model, offline = false } = flags
  const settings = {
    status,
    notes,
    model,
    max_concurrency: flags.concurrency,
    max_cost_usd: limitIn(flags),
    ...deliveryIn(flags),
  }
  const { flagged, unreviewed, keepApproved: keep_approved, replaceEdits: replace_edits, suggest } = flags
  const { where, step, sample, seed } = flags
  const chosen = { failed, changed, flagged, unreviewed, where, step, sample, seed }
  const edits = { keep_approved, replace_edits, suggest }
  return { rerun: { pipeline, ids: ids.length === 0 ? null : ids, ...chosen, ...edits, base, ...settings }, offline }
}
