/** How the answers differ from those of another version: counts, and each changed answer that has room. */
import { changeCodes } from '../../core/rows/changed-column.ts'
import type { Store } from '../../core/store.ts'
import { countText } from '../number-text.ts'
import { changeHtml } from './answer-html.ts'
import { type Html, html } from './html.ts'
import { answerAt, type ReportStep } from './report-steps.ts'

/** Changed answers that are shown, over all steps. */
const mostChanges = 500

export function countsHtml(steps: readonly ReportStep[], against: string): Html {
  const rows = steps.map(({ step, compared }) => {
    const name = html`<td>${step.step} ${step.prompt_name}</td>`
    if (compared === null || compared.not !== null)
      return html`<tr>${name}<td colspan="4" class="soft">not compared: ${compared?.not ?? ''}</td></tr>\n`
    const count = (code: number) => compared.changes.reduce((sum, one) => sum + (one === code ? 1 : 0), 0)
    const counts = [count(changeCodes.same), count(changeCodes.changed), count(changeCodes.added), compared.removed]
    return html`<tr>${name}${counts.map((one) => html`<td class="number">${countText(one)}</td>`)}</tr>\n`
  })
  const head = ['Same', 'Changed', 'Added', 'Removed'].map((name) => html`<th scope="col" class="number">${name}</th>`)
  return html`<p>Answers of this version as against those of ${against}.</p>
<div class="wide" tabindex="0" role="region" aria-label="Comparison"><table><thead><tr><th scope="col">Step</th>${head}</tr></thead><tbody>
${rows}</tbody></table></div>\n`
}

/** Holds two answers at a time. */
export async function* changesHtml(store: Store, steps: readonly ReportStep[]): AsyncGenerator<Html> {
  let shown = 0
  let left = 0
  for (const { step, table, compared } of steps) {
    for (let row = 0; row < table.length; row++) {
      if (compared?.table == null || compared.changes[row] !== changeCodes.changed) continue
      if (shown === mostChanges) {
        left += 1
        continue
      }
      const earlier = compared.table.rowOf(table.rootIds[row]!)
      const before = earlier === undefined ? undefined : await answerAt(store, compared.table, earlier)
      const after = await answerAt(store, table, row)
      if (before === undefined || after === undefined) continue
      shown += 1
      yield html`<article><header><h3>${table.rootIds[row]!}</h3><span class="soft">step ${step.step} (${step.prompt_name})</span></header><div>${changeHtml(before, after)}</div></article>\n`
    }
  }
  if (left > 0) yield html`<p class="note">${countText(left)} more changed answers are left out.</p>\n`
}
