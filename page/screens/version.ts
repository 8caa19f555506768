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
