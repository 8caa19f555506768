/** `itemwise apply`: makes a version with edited answers in place. */
import { startOf } from '../core/request/start-input.ts'
import { NoModel } from '../runners/choose-model.ts'
import { dryRunStart } from '../runners/dry-run.ts'
import { dryRunText } from './dry-run-text.ts'
import { openPlace } from './places/open-place.ts'
import { limitIn, type RunOptions } from './run-options.ts'
import type { Terminal } from './terminal.ts'

interface ApplyFlags extends RunOptions {
  laterSteps?: boolean
  stale?: boolean
  base?: string
  concurrency?: number
  status?: string
  notes?: string
  dryRun?: boolean
}

export async function apply([pipeline]: [string], flags: ApplyFlags, terminal: Terminal): Promise<number> {
  const place = await openPlace(flags, terminal)
  const { laterSteps: later_steps, stale, base, status, notes, offline = false } = flags
  const settings = { status, notes, max_concurrency: flags.concurrency, max_cost_usd: limitIn(flags) }
  const input = { apply: { pipeline, base, stale, later_steps, ...settings }, offline }
  const { start } = startOf(input)
  if (start.kind !== 'apply') throw new Error('An apply was read as something else.')
  if (!flags.dryRun) return place.run({ flags, start, input })
  const model = new NoModel(offline, place.batches)
  terminal.out(dryRunText(await dryRunStart({ store: await place.storeToCheck(), model, stdin: null }, start), flags))
  return 0
}
