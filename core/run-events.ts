/** The events of a running run, for a progress bar, a log or a program. */
import type { Spending } from './documents.ts'
import type { Retry } from './model.ts'

/** Something that happens in a run. */
export type Progress =
  | { type: 'opened'; pipeline: string; version: string; folder: string; mode: string; base: string | null }
  | { type: 'message'; level: 'info' | 'warning'; text: string }
  | { type: 'variables'; step: number; prompt_name: string; names: string[] }
  | {
      type: 'step'
      step: number
      steps: number
      prompt_name: string
      model: string
      items: number
      process: number
      carry: number
      skip: number
    }
  | {
      type: 'item'
      step: number
      item_id: string
      state: 'answered' | 'failed' | 'kept'
      spending: Spending | null
      held_back: string | null
    }
  /** What a reply cost that could not be used and is asked for again; the item's own event has the cost of its last reply. */
  | { type: 'spent'; step: number; item_id: string; spending: Spending }
  /** The sums of a step so far, if other processes work on it and only their counts are known. */
  | { type: 'counts'; step: number; answered: number; failed: number; kept: number; spending: Spending }
  | { type: 'retry'; step: number; item_id: string; retry: Retry }
  /** The API is away, and the run waits. Told again after each call that looks whether it is back, in `next_ms`. */
  | { type: 'paused'; step: number; since: number; reason: string; next_ms: number }
  | { type: 'went_on'; step: number }
  | { type: 'step_done'; step: number; answered: number; failed: number }

export type Report = (event: Progress) => void
