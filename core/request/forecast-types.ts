/** What a forecast of a whole run takes and finds. */

import type { PlanLine, RunDocument } from '../documents.ts'
import type { Planned } from '../items/tally.ts'
import type { Provider } from '../provider.ts'
import type { Store, VersionRef } from '../store.ts'
import type { Prompt } from '../templates/template.ts'
import type { EditsOf } from '../versions/applied-edits.ts'
import type { ReadyStep } from './resolve-steps.ts'

export interface Forecast {
  steps: Planned[]
  /** Sentences; any of them refuses the run. */
  problems: string[]
  /** The first prompt that would be sent, if its item is known. */
  firstPrompt: { step: number; item_id: string; prompt: string } | null
  /** The variables that the first item offers to each step that reads a file. */
  variables: Map<number, string[]>
  /** Steps whose items are known only when the single call before them has answered. */
  unknown: number[]
  /** The whole plan of the first step, as it is kept in work/, if the step reads a file and nearly all of it is carried over; else null. */
  plan: string | null
}

export interface Forecasting {
  store: Store
  provider: Provider
  /** Reads input files and notes their sha256. */
  read: Store['read']
  steps: ReadyStep[]
  run: Pick<RunDocument, 'mode' | 'rerun' | 'base_version' | 'edit'>
  base: VersionRef | null
  /** The edits that the run puts in place; null if it is no version of edits. */
  edits?: EditsOf | null
  /** Told of each line of the plans, but for items that are carried over: those may come as ranges. */
  onLine?: ((ready: ReadyStep, line: PlanLine) => void) | undefined
  /** Told of each prompt that would be sent; null if its item is still to come. */
  onPrompt?: ((ready: ReadyStep, line: PlanLine, rendered: Prompt | null) => void) | undefined
}
