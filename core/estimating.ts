/** What an estimate is made from. */

import type { ForeseenRun } from './foreseen-prompts.ts'
import type { Question } from './model.ts'
import type { Prospect } from './prospect.ts'
import type { Store } from './store.ts'

export interface Estimating {
  store: Store
  prospect: Prospect
  prompts: ForeseenRun
  /** Counts the input tokens of a question; null where the API cannot be asked. */
  count: ((question: Question) => Promise<number>) | null
}
