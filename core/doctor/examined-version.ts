/** A version that the doctor looks at, and how it is counted again after mending. */
import { type Metadata, type RunDocument, type Stats, stats as statsSchema } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { spendingOf } from '../money/spending.ts'
import type { Store, VersionRef } from '../store.ts'
import { statsOf } from '../versions/stats.ts'

export interface DoctorTools {
  store: Store
  /** Epoch milliseconds. */
  now: () => number
  /** Told of each line of a ledger that was looked at. */
  onItem?: () => void
  /** Whether a living process writes the version, whatever its record says. */
  isHeld: (ref: VersionRef) => Promise<boolean>
}

/** What the doctor knows of a version before it looks at its steps. */
export interface ExaminedVersion extends DoctorTools {
  ref: VersionRef
  /** Undefined if it cannot be read. */
  metadata: Metadata | undefined
  run: RunDocument | undefined
  /** By its record, or by the files that are there if the record cannot be read. */
  isFinished: boolean
}

/** Counts the version again. What a step had spent comes from the record if its ledger no longer says it. */
export async function recount({ store, ref }: ExaminedVersion, run: RunDocument): Promise<void> {
  const before = (await store.version(ref))?.metadata.stats
  const stats = await countable(store, ref, run)
  if (!isStats(stats)) return
  await store.updateVersion(ref, { stats: isStats(before) ? withSpending(stats, before) : stats })
}

/** Empty if a ledger is still damaged: mending that one counts again. */
export async function countable(store: Store, ref: VersionRef, run: RunDocument): Promise<Metadata['stats']> {
  try {
    return await statsOf(store, ref, run)
  } catch (error) {
    if (error instanceof RunFailed) return {}
    throw error
  }
}

function withSpending(stats: Stats, before: Stats): Stats {
  const steps = stats.steps.map((step) => {
    const old = before.steps.find((one) => one.step === step.step)
    return old === undefined ? step : { ...step, ...spendingOf(old) }
  })
  return { ...stats, ...spendingOf(before), steps }
}

export function isStats(stats: unknown): stats is Stats {
  return statsSchema.safeParse(stats).success
}
