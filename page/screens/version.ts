/** What a screen knows of the version that it is about. */
import type { ListedVersion, StepDocument } from '../api/shapes.ts'
import type { StepRef } from '../state/rows.ts'

export interface Version {
  ref: StepRef
  step: StepDocument
  steps: readonly StepDocument[]
  versions: readonly ListedVersion[]
  record: ListedVersion | undefined
}

/** Whether its answers were made up (`--offline`): those of a rerun must be, too. */
export function isMadeUp({ record }: Version): boolean {
  return record?.stats.steps?.some(({ model }) => model === 'stand-in') ?? false
}

/** Whether the version has answers that a person wrote. */
export function hasEdits({ record }: Version): boolean {
  return record?.stats.steps?.some(({ edited = 0 }) => edited > 0) ?? false
}
