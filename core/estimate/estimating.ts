/** What an estimate is made from. */

import type { Question } from '../model.ts'
import type { Provider } from '../provider.ts'
import type { Prospect } from '../request/prospect.ts'
import type { Store } from '../store.ts'
import type { ForeseenRun } from './foreseen-prompts.ts'

export interface Estimating {
  store: Store
  provider: Provider
  prospect: Prospect
  prompts: ForeseenRun
  /** Counts the input tokens of a question; null where the API cannot be asked. */
  count: ((question: Question) => Promise<number>) | null
}
