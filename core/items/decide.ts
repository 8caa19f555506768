/**
 * What happens to one item of one step. Initial, rerun, incremental and resumed runs differ only here.
 * A resumed run decides as the run did that it continues; `process` leaves out what is already kept.
 */

export interface Facts {
  /** How this step treats the base: `initial` asks for everything, `incremental` keeps every answer there is. */
  mode: 'initial' | 'rerun' | 'incremental' | 'edit'
  /** Whether the step's filters take the item; in a rerun, whether those of a later step do. */
  selected: boolean
  /** Whether the rerun takes the item's root: its id is named, or no id is. */
  chosen: boolean
  /** `rerun --failed`, `rerun --changed`. */
  onlyFailed: boolean
  onlyChanged: boolean
  /** What the base has of this item in this step. */
  base: 'none' | 'answered' | 'failed' | 'skipped'
  /**
   * Whether the base's answer was written by a person: `kept` stays, `replaced` may be asked for again, `beside` stays while a new one is
   * asked for. `now`: this version puts such an answer in place.
   */
  edited: 'no' | 'kept' | 'replaced' | 'beside' | 'now'
  /** Whether the step before has another answer of this item in this version. */
  inputIsNew: boolean
  /** Whether what would be sent today differs from what was sent; null if nobody looked. */
  changed: boolean | null
}

export type Decision = 'process' | 'carry' | 'skip'

export interface Decided {
  decision: Decision
  reason:
    | 'new'
    | 'filtered'
    | 'existing'
    | 'edited'
    | 'suggested'
    | 'unanswered'
    | 'chosen'
    | 'not_chosen'
    | 'failed'
    | 'not_failed'
    | 'changed'
    | 'unchanged'
}

/** The decision table. Pure; test/core/items/decide.test.ts is the same table. */
export function decide(facts: Facts): Decided {
  if (facts.mode === 'edit') return decideEdit(facts)
  // Before anything asks what was sent for it: nothing was.
  if (isKeptEdit(facts) && (facts.mode !== 'rerun' || facts.chosen)) return decideKeptEdit(facts)
  if (facts.mode === 'initial')
    return facts.selected ? { decision: 'process', reason: 'new' } : { decision: 'skip', reason: 'filtered' }
  if (facts.mode === 'incremental') return decideIncremental(facts)
  return decideRerun(facts)
}

function isKeptEdit({ base, edited }: Facts): boolean {
  return base === 'answered' && (edited === 'kept' || edited === 'beside')
}

/** It stays. Beside it a new answer is asked for if one would be asked for in its place. */
function decideKeptEdit(facts: Facts): Decided {
  const asks = facts.edited === 'beside' && facts.mode === 'rerun' && decideRerun(facts).decision === 'process'
  return asks ? { decision: 'process', reason: 'suggested' } : { decision: 'carry', reason: 'edited' }
}

/** Only what is edited, and what is made from it, differs from the base. */
function decideEdit(facts: Facts): Decided {
  const { edited, inputIsNew, changed, base, selected } = facts
  if (edited === 'now') return { decision: 'process', reason: 'edited' }
  if (!inputIsNew || changed === false)
    return { decision: base === 'none' || base === 'skipped' ? 'skip' : 'carry', reason: 'not_chosen' }
  if (isKeptEdit(facts)) return { decision: 'carry', reason: 'edited' }
  if (!selected) return { decision: 'skip', reason: 'filtered' }
  return { decision: 'process', reason: base === 'none' ? 'new' : 'changed' }
}

function decideIncremental({ base, selected }: Facts): Decided {
  if (base === 'answered') return { decision: 'carry', reason: 'existing' }
  if (selected) return { decision: 'process', reason: base === 'none' ? 'new' : 'unanswered' }
  return { decision: base === 'failed' ? 'carry' : 'skip', reason: 'filtered' }
}

function decideRerun({ base, selected, chosen, onlyFailed, onlyChanged, inputIsNew, changed }: Facts): Decided {
  if (!chosen)
    return base === 'none' || base === 'skipped'
      ? { decision: 'skip', reason: 'not_chosen' }
      : { decision: 'carry', reason: 'not_chosen' }
  if (!selected) {
    // What the base answered was made from another input.
    const isLeftOut = inputIsNew || base === 'none' || base === 'skipped'
    return { decision: isLeftOut ? 'skip' : 'carry', reason: 'filtered' }
  }
  if (base === 'none') return { decision: 'process', reason: 'new' }
  if (!onlyFailed && !onlyChanged) return { decision: 'process', reason: 'chosen' }
  if (onlyFailed && (base === 'failed' || inputIsNew)) return { decision: 'process', reason: 'failed' }
  if (base === 'skipped') return { decision: 'skip', reason: 'filtered' }
  if (onlyChanged && changed !== false) return { decision: 'process', reason: 'changed' }
  return { decision: 'carry', reason: onlyChanged ? 'unchanged' : 'not_failed' }
}
