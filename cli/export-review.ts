/** `itemwise export --review`: beside each answer its id, its state and the comment on it, in a form that `import-reviews` finds again. */
import { RequestRefused } from '../core/errors.ts'
import { reviewRow } from '../core/reviews/review-columns.ts'
import { type ShownItem, shownItems } from '../core/reviews/shown-answers.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { itemIdOf } from '../core/versions/item-id.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import type { ExportFormat } from '../formats/export/formats.ts'
import { reviewableStep } from '../workspace/approved-elements.ts'
import type { Changed } from '../workspace/export-items.ts'

/** Makes a row for reading of each element. Throws RequestRefused, also if the array was edited: what was said is about other answers. */
export async function withReviews(
  store: Store,
  { ref, step, format }: { ref: VersionRef; step: VersionStep; format: ExportFormat },
): Promise<Changed> {
  if (format !== 'csv' && format !== 'xlsx')
    throw new RequestRefused([
      `--review makes a table to be read in a spreadsheet program, but the format is ${format}. Add --output answers.xlsx, or --format csv.`,
    ])
  const resolved = await reviewableStep(store, { ref, step, flag: '--review' })
  const items = new Map<string, ShownItem>()
  for (const item of (await shownItems(store, ref, step)).values()) items.set(item.line.item_id, item)
  return async function* (elements) {
    for await (const element of elements) {
      const item = items.get(itemIdOf(element, resolved) ?? '')
      if (item !== undefined) yield reviewRow(item.edited ?? element, item.review)
    }
  }
}
