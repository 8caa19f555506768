/** Looks up how the steps of a run stood in its base and in the latest version of its pipeline. */

import type { ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { Store } from '../store.ts'
import { type VersionStep, versionSteps } from '../versions/version-steps.ts'
import type { EarlierStep, EarlierSteps } from './decide-format.ts'

export interface StepBefore {
  /** The pipeline's full name, for a try-out too; null where there is none, or its latest version is not needed. */
  pipeline: string | null
  base: { version: string; steps: readonly ResolvedStep[] } | null
}

export async function earlierSteps(store: Store, { pipeline, base }: StepBefore): Promise<EarlierSteps> {
  const latest = pipeline === null ? undefined : await latestSteps(store, pipeline)
  return {
    base: (number) => {
      const step = base?.steps[number - 1]
      return base !== null && step !== undefined ? { version: base.version, step } : undefined
    },
    latest: ({ step, prompt_name }) => {
      const named = latest?.steps.filter((one) => one.prompt_name === prompt_name) ?? []
      const found = named.find((one) => one.step === step) ?? named[0]
      return latest && found && earlierStep(latest.version, found)
    },
  }
}

/** A version that is older than run.json shows its outputs only. */
function earlierStep(version: string, { resolved, batch_mode, collated }: VersionStep): EarlierStep {
  return { version, step: resolved ?? { batch_mode, output_file: collated } }
}

async function latestSteps(
  store: Store,
  pipeline: string,
): Promise<{ version: string; steps: VersionStep[] } | undefined> {
  const version = (await store.latest(pipeline)) ?? (await store.versions(pipeline)).at(-1)
  if (version === undefined) return undefined
  try {
    return { version, steps: await versionSteps(store, { pipeline, version }) }
  } catch (error) {
    // A run of its own does not need what was damaged there.
    if (error instanceof RunFailed) return undefined
    throw error
  }
}
