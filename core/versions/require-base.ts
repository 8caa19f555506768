/** Whether the base of a run is still there, as far as its files say: the stage `plan` on AWS may not read records. */
import { RunFailed } from '../errors.ts'
import { type Store, stepFiles, tombstonePath, type VersionRef, versionFolder } from '../store.ts'
import { recordCopy } from './record-copy.ts'
import { readRun } from './version-documents.ts'

export interface Planning {
  step: number
  /** The version that is planned. */
  by: VersionRef
}

/**
 * Without its base a run would ask for everything again, or lose it. Throws RunFailed if the base is being removed or gone, or if it
 * is completed and its ledger of the step is gone.
 */
export async function requireBase(store: Store, base: VersionRef, { step, by }: Planning): Promise<void> {
  const { pipeline, version } = base
  const named = `${version} of ${pipeline}, the base of ${by.version},`
  const wasRemoved = (await store.size(tombstonePath(base))) !== undefined
  // If it was deleted by hand, its number may have been given again, to this version itself.
  if (version === by.version || (await store.list(versionFolder(base))).length === 0)
    throw new RunFailed(
      `${named} ${wasRemoved ? 'was removed' : 'is gone'}, so step ${step} was not begun. Remove ${by.version} and start the run again.`,
    )
  if (wasRemoved)
    throw new RunFailed(
      `The removal of ${named} has begun but not ended, so step ${step} was not begun. Call \`itemwise remove ${pipeline} ${version}\` once more: it is refused if ${version} is still whole. Then resume ${by.version}.`,
    )
  const { ledger } = stepFiles(base, step)
  if ((await store.size(ledger)) !== undefined || (await recordCopy(store, base))?.status !== 'completed') return
  if ((await readRun(store, base)).steps.length < step) return
  throw new RunFailed(
    `${named} has no ledger of step ${step} (${ledger}), so the step was not begun. \`itemwise doctor ${pipeline} --fix\` writes it anew from what is left. Then resume ${by.version}.`,
  )
}
