/** What `import-reviews` tells: the changes of each step, item by item, and what became of them. */
import type { Review } from '../core/review.ts'
import type { SheetChanges } from '../core/reviews/sheet-changes.ts'
import type { ItemChange, SheetStep } from '../core/reviews/sheet-step.ts'
import type { Store } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { someOf } from '../core/text/nearest.ts'
import { changedFields } from '../core/versions/changed-answer-fields.ts'
import { linesOfIds } from '../core/versions/indexed-ledger.ts'
import { changedItemText } from './changes-text.ts'

type OfStep = SheetChanges['steps'][number]

/** In the order in which they are told. */
const words: Readonly<Record<Review['act'], { done: string; would: string }>> = {
  edit: { done: 'Edited', would: 'edited' },
  approve: { done: 'Approved', would: 'approved' },
  flag: { done: 'Flagged', would: 'flagged' },
  comment: { done: 'Noted a comment on', would: 'commented on' },
  clear: { done: 'Cleared', would: 'cleared' },
}
const acts = Object.keys(words) as Review['act'][]

export async function changesText(store: Store, { steps, rows, notes }: SheetChanges): Promise<string> {
  const read = `${rows} row${rows === 1 ? '' : 's'} read`
  const changed = steps.filter(({ changes }) => changes.length > 0)
  const blocks = await Promise.all(changed.map((each) => stepText(store, each)))
  const last = changed.length === 0 ? `Nothing was changed: ${read}.` : `${read}. ${countsText(changed)}`
  return [...blocks, `${[last, ...notes].join('\n')}\n`].join('\n')
}

async function stepText(store: Store, { step, changes }: OfStep): Promise<string> {
  const left = await leftOut(store, step, changes)
  const more =
    left.length === 0
      ? []
      : [
          `  ${left.length === 1 ? 'The edit' : 'The edits'} of ${someOf(left)} would not be put in place: there is another answer since.\n`,
        ]
  return [`${placeText(step)}\n`, ...changes.map(itemText), ...more].join('')
}

function placeText({ ref, step }: SheetStep): string {
  return `Step ${step.step} (${step.prompt_name}) of ${ref.pipeline} ${ref.version}:`
}

function itemText({ root_id, act, comment, before, after }: ItemChange): string {
  const why = comment === undefined ? '' : `: ${comment.replaceAll('\n', ' ')}`
  if (before === undefined || after === undefined) return `  Item ${root_id}: ${words[act].would}${why}\n`
  const fields = changedItemText(
    { item_id: root_id, before: jsonText(before), after: jsonText(after) },
    { colour: false },
  )
  return comment === undefined ? fields : `${fields}    (comment${why})\n`
}

/** `2 answers would be edited, 1 approved.` */
function countsText(steps: readonly OfStep[]): string {
  const all = steps.flatMap(({ changes }) => changes)
  const counts = acts
    .map((act) => ({ act, count: all.filter((change) => change.act === act).length }))
    .filter(({ count }) => count > 0)
    .map(
      ({ act, count }, at) =>
        `${count}${at === 0 ? ` answer${count === 1 ? '' : 's'} would be` : ''} ${words[act].would}`,
    )
  return `${counts.join(', ')}.`
}

/** Items that have another answer in the latest version than the one that was edited: `apply` leaves such edits out. */
async function leftOut(store: Store, { ref, step }: SheetStep, changes: readonly ItemChange[]): Promise<string[]> {
  const edits = new Map(
    changes.filter(({ act }) => act === 'edit').map((change) => [change.root_id, change.answer_sha256]),
  )
  const latest = await store.latest(ref.pipeline)
  if (edits.size === 0 || latest === undefined || latest === ref.version) return []
  const lines = await linesOfIds(store, { ...ref, version: latest }, { step: step.step, ids: [...edits.keys()] })
  const same = new Set(
    lines.flatMap(({ root_id, answer_sha256 }) => (answer_sha256 === edits.get(root_id) ? [root_id] : [])),
  )
  return [...edits.keys()].filter((id) => !same.has(id))
}

export function saidText({ steps }: SheetChanges, by: string): string {
  return steps
    .flatMap(({ step, changes }) =>
      acts.flatMap((act) => {
        const ids = changes.filter((change) => change.act === act).map(({ root_id }) => root_id)
        const place = `step ${step.step.step} (${step.step.prompt_name}) of ${step.ref.version}`
        return ids.length === 0 ? [] : [`${words[act].done} ${someOf(ids)} in ${place}, by ${by}.\n`]
      }),
    )
    .join('')
}

/** For scripts: an object a change. */
export function changesDocument({ steps, rows, notes }: SheetChanges) {
  const changes = steps.flatMap(({ step: { ref, step }, changes }) =>
    changes.map(({ root_id, act, comment = null, before, after }) => ({
      ...{ pipeline: ref.pipeline, version: ref.version, step: step.step, root_id, act, comment },
      ...(after === undefined ? {} : { fields: changedFields(before, after) }),
    })),
  )
  return { rows, changes, notes }
}
