import { describe, expect, test } from 'vitest'
import { type Decided, type Decision, decide, type Facts } from '../../../core/items/decide.ts'

const values = {
  mode: ['initial', 'rerun', 'incremental', 'edit'],
  selected: [true, false],
  chosen: [true, false],
  onlyFailed: [true, false],
  onlyChanged: [true, false],
  base: ['none', 'answered', 'failed', 'skipped'],
  edited: ['no', 'kept', 'replaced', 'beside', 'now'],
  inputIsNew: [true, false],
  changed: [true, false, null],
} as const satisfies { [K in keyof Facts]: readonly Facts[K][] }

/** Every combination there is. */
const everything = Object.entries(values).reduce<Partial<Facts>[]>(
  (found, [name, some]) => found.flatMap((facts) => some.map((value) => ({ ...facts, [name]: value }))),
  [{}],
) as Facts[]

// One row a rule. `yes`, `no` and `?` (nobody looked) are true, false and null; `-` is anything.
const table = `
mode        | selected | chosen | onlyFailed | onlyChanged | base            | edited      | inputIsNew | changed | decision | reason
initial     | yes      | -      | -          | -           | none, failed, skipped | -     | -          | -       | process  | new
initial     | no       | -      | -          | -           | none, failed, skipped | -     | -          | -       | skip     | filtered
initial     | yes      | -      | -          | -           | answered        | no, replaced, now | -    | -       | process  | new
initial     | no       | -      | -          | -           | answered        | no, replaced, now | -    | -       | skip     | filtered
initial     | -        | -      | -          | -           | answered        | kept, beside | -          | -       | carry    | edited

incremental | -        | -      | -          | -           | answered        | no, replaced, now | -    | -       | carry    | existing
incremental | -        | -      | -          | -           | answered        | kept, beside | -          | -       | carry    | edited
incremental | yes      | -      | -          | -           | none            | -           | -          | -       | process  | new
incremental | yes      | -      | -          | -           | failed, skipped | -           | -          | -       | process  | unanswered
incremental | no       | -      | -          | -           | failed          | -           | -          | -       | carry    | filtered
incremental | no       | -      | -          | -           | none, skipped   | -           | -          | -       | skip     | filtered

rerun       | -        | no     | -          | -           | answered, failed| -           | -          | -       | carry    | not_chosen
rerun       | -        | no     | -          | -           | none, skipped   | -           | -          | -       | skip     | not_chosen
rerun       | -        | yes    | -          | -           | answered        | kept        | -          | -       | carry    | edited
rerun       | no       | yes    | -          | -           | answered        | beside      | -          | -       | carry    | edited
rerun       | yes      | yes    | no         | no          | answered        | beside      | -          | -       | process  | suggested
rerun       | yes      | yes    | yes        | -           | answered        | beside      | yes        | -       | process  | suggested
rerun       | yes      | yes    | yes        | no          | answered        | beside      | no         | -       | carry    | edited
rerun       | yes      | yes    | no         | yes         | answered        | beside      | -          | yes, ?  | process  | suggested
rerun       | yes      | yes    | no         | yes         | answered        | beside      | -          | no      | carry    | edited
rerun       | yes      | yes    | yes        | yes         | answered        | beside      | no         | yes, ?  | process  | suggested
rerun       | yes      | yes    | yes        | yes         | answered        | beside      | no         | no      | carry    | edited
rerun       | no       | yes    | -          | -           | none, failed, skipped | -     | yes        | -       | skip     | filtered
rerun       | no       | yes    | -          | -           | answered        | no, replaced, now | yes  | -       | skip     | filtered
rerun       | no       | yes    | -          | -           | none, skipped   | -           | no         | -       | skip     | filtered
rerun       | no       | yes    | -          | -           | failed          | -           | no         | -       | carry    | filtered
rerun       | no       | yes    | -          | -           | answered        | no, replaced, now | no   | -       | carry    | filtered
rerun       | yes      | yes    | -          | -           | none            | -           | -          | -       | process  | new

rerun       | yes      | yes    | no         | no          | failed, skipped | -           | -          | -       | process  | chosen
rerun       | yes      | yes    | no         | no          | answered        | no, replaced, now | -    | -       | process  | chosen

rerun       | yes      | yes    | yes        | -           | failed          | -           | -          | -       | process  | failed
rerun       | yes      | yes    | yes        | -           | answered        | no, replaced, now | yes  | -       | process  | failed
rerun       | yes      | yes    | yes        | -           | skipped         | -           | yes        | -       | process  | failed
rerun       | yes      | yes    | yes        | -           | skipped         | -           | no         | -       | skip     | filtered
rerun       | yes      | yes    | yes        | no          | answered        | no, replaced, now | no   | -       | carry    | not_failed

rerun       | yes      | yes    | no         | yes         | skipped         | -           | -          | -       | skip     | filtered
rerun       | yes      | yes    | no         | yes         | failed          | -           | -          | yes, ?  | process  | changed
rerun       | yes      | yes    | no         | yes         | failed          | -           | -          | no      | carry    | unchanged
rerun       | yes      | yes    | no         | yes         | answered        | no, replaced, now | -    | yes, ?  | process  | changed
rerun       | yes      | yes    | no         | yes         | answered        | no, replaced, now | -    | no      | carry    | unchanged
rerun       | yes      | yes    | yes        | yes         | answered        | no, replaced, now | no   | yes, ?  | process  | changed
rerun       | yes      | yes    | yes        | yes         | answered        | no, replaced, now | no   | no      | carry    | unchanged

edit        | -        | -      | -          | -           | -               | now         | -          | -       | process  | edited
edit        | -        | -      | -          | -           | answered, failed| no, kept, replaced, beside | no  | -       | carry    | not_chosen
edit        | -        | -      | -          | -           | none, skipped   | no, kept, replaced, beside | no  | -       | skip     | not_chosen
edit        | -        | -      | -          | -           | answered, failed| no, kept, replaced, beside | yes | no      | carry    | not_chosen
edit        | -        | -      | -          | -           | none, skipped   | no, kept, replaced, beside | yes | no      | skip     | not_chosen
edit        | -        | -      | -          | -           | answered        | kept, beside | yes        | yes, ?  | carry    | edited
edit        | yes      | -      | -          | -           | none            | no, kept, replaced, beside | yes | yes, ?  | process  | new
edit        | yes      | -      | -          | -           | failed, skipped | no, kept, replaced, beside | yes | yes, ?  | process  | changed
edit        | yes      | -      | -          | -           | answered        | no, replaced | yes       | yes, ?  | process  | changed
edit        | no       | -      | -          | -           | none, failed, skipped | no, kept, replaced, beside | yes | yes, ? | skip | filtered
edit        | no       | -      | -          | -           | answered        | no, replaced | yes       | yes, ?  | skip     | filtered
`

interface Row {
  title: string
  takes: (facts: Facts) => boolean
  decided: Decided
}

const rows: Row[] = table
  .trim()
  .split('\n')
  .slice(1)
  .filter((line) => line !== '')
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const names = Object.keys(values) as (keyof Facts)[]
    const [decision, reason] = cells.slice(names.length)
    return {
      title: line.replace(/ +/g, ' '),
      takes: (facts) =>
        names.every((name, at) => cells[at] === '-' || cells[at]!.split(/, */).includes(cellOf(facts[name]))),
      decided: { decision, reason } as Decided,
    }
  })

function cellOf(value: Facts[keyof Facts]): string {
  if (value === null) return '?'
  return typeof value === 'string' ? value : value ? 'yes' : 'no'
}

test('every combination stands in exactly one row of the table', () => {
  expect(everything).toHaveLength(7680)
  expect(everything.filter((facts) => rows.filter((row) => row.takes(facts)).length !== 1)).toEqual([])
})

test.each(rows)('$title', ({ takes, decided }) => {
  const combinations = everything.filter(takes)
  expect(combinations.length).toBeGreaterThan(0)
  expect(combinations.map(decide)).toEqual(combinations.map(() => decided))
})

describe('whatever else is so,', () => {
  const those = (decision: Decision, which: (facts: Facts) => boolean) =>
    everything.filter((facts) => which(facts) && decide(facts).decision === decision)

  test('an item that the base does not know is never carried', () => {
    expect(those('carry', ({ base }) => base === 'none')).toEqual([])
  })

  test('a step that asks for everything carries nothing but edits', () => {
    expect(
      those('carry', ({ mode, edited }) => mode === 'initial' && edited !== 'kept' && edited !== 'beside'),
    ).toEqual([])
  })

  test('an edited answer that is to be kept is never asked for again, and never skipped', () => {
    const kept = ({ base, edited }: Facts) => base === 'answered' && edited === 'kept'
    expect([...those('process', kept), ...those('skip', kept)]).toEqual([])
  })

  test('an edited answer with a new one beside it is never skipped, and what is asked for is only suggested', () => {
    const beside = ({ base, edited }: Facts) => base === 'answered' && edited === 'beside'
    const asked = those('process', beside).filter(({ mode }) => mode !== 'edit')
    expect([those('skip', beside), asked.filter((facts) => decide(facts).reason !== 'suggested')]).toEqual([[], []])
    expect(asked.length).toBeGreaterThan(0)
  })

  test('a version of edits asks for nothing but what is made from an edit', () => {
    const other = ({ mode, edited, inputIsNew }: Facts) => mode === 'edit' && edited !== 'now' && !inputIsNew
    expect(those('process', other)).toEqual([])
  })

  /** It came anew to a step whose batch_where does not take it as it is now. */
  const notTakenAnew = ({ mode, selected, inputIsNew }: Facts) =>
    (mode === 'rerun' || mode === 'edit') && !selected && inputIsNew

  test('an answer that the base has is never skipped, so a later version never loses it', () => {
    const kept = (facts: Facts) => facts.mode !== 'initial' && facts.base === 'answered' && !notTakenAnew(facts)
    expect(those('skip', kept)).toEqual([])
  })

  test('a failure that the base has is never skipped, so it stays told until it is answered', () => {
    const told = (facts: Facts) => facts.mode !== 'initial' && facts.base === 'failed' && !notTakenAnew(facts)
    expect(those('skip', told)).toEqual([])
  })

  test('what a filter left out of the base is never carried', () => {
    expect(those('carry', ({ base }) => base === 'skipped')).toEqual([])
  })

  test('an answer that is there is never paid for again in an incremental run', () => {
    expect(those('process', ({ mode, base }) => mode === 'incremental' && base === 'answered')).toEqual([])
  })

  test('an item that the filters leave out is processed by a rerun or an edit only', () => {
    expect(those('process', ({ mode, selected }) => mode !== 'rerun' && mode !== 'edit' && !selected)).toEqual([])
  })

  test('a rerun processes only items it was asked for', () => {
    expect(those('process', ({ mode, chosen }) => mode === 'rerun' && !chosen)).toEqual([])
  })

  test('--failed alone leaves an answered item with an old input as it is', () => {
    const answered = ({ mode, onlyFailed, onlyChanged, base, inputIsNew }: Facts) =>
      mode === 'rerun' && onlyFailed && !onlyChanged && base === 'answered' && !inputIsNew
    expect(those('process', answered)).toEqual([])
  })

  test('--changed leaves an answered item whose prompt is the same as it is', () => {
    const same = ({ mode, onlyFailed, onlyChanged, base, changed }: Facts) =>
      mode === 'rerun' && !onlyFailed && onlyChanged && base === 'answered' && changed === false
    expect(those('process', same)).toEqual([])
  })
})
