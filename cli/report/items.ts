/** The items of a report: a table to find one, and each with its answers. */
import { flatFields } from '../../core/items/flat-fields.ts'
import type { ReviewedItem } from '../../core/reviews/step-reviews.ts'
import type { Store } from '../../core/store.ts'
import { isObject, type Json, jsonText } from '../../core/text/json.ts'
import { shorten } from '../../core/text/shorten.ts'
import { countText, moneyText } from '../number-text.ts'
import { answerHtml, changeHtml } from './answer-html.ts'
import type { ChosenItems, Reason } from './choose-items.ts'
import { type Html, html } from './html.ts'
import { chip } from './page.ts'
import { answerAt, type ReportStep } from './report-steps.ts'

/** Columns of the table, and characters of a cell. */
const mostColumns = 6
const longestCell = 140
/** Characters of all items: a browser shows so much without becoming slow. */
const mostCharacters = 16_000_000

const words: Record<Reason, string> = {
  ...{ failed: 'failed', flagged: 'flagged', stale: 'stale', edited: 'edited', changed: 'changed', added: 'added' },
  ...{ odd: 'odd', approved: 'approved', other: 'other' },
}

/** Which of how many are shown, and how one gets the others. */
export function choiceHtml({ shown, total, counts }: ChosenItems): Html {
  if (shown.length === total)
    return html`<p class="soft">${countText(total)} item${total === 1 ? '' : 's'}, all of them.</p>\n`
  const parts = counts.map(
    ({ reason, total: all, shown: some }) => `${countText(some)} of ${countText(all)} ${words[reason]}`,
  )
  return html`<p class="note">${countText(shown.length)} of ${countText(total)} items are shown: ${parts.join(', ')}. The other ${countText(total - shown.length)} are left out; <code>--items</code> shows more, and <code>itemwise table</code>, <code>export</code> and <code>review</code> have all of them.</p>\n`
}

interface Shown {
  store: Store
  steps: readonly ReportStep[]
  chosen: ChosenItems
}

/** A row an item, with the answer of the last step that has items. */
export async function* tableHtml({ store, steps, chosen }: Shown): AsyncGenerator<Html> {
  const last = steps.findLast(({ step }) => step.batch_mode)
  if (last === undefined) return
  const columns = await columnsOf(store, last, chosen)
  const ids = new Set(
    last.step.resolved === null ? [] : [last.step.resolved.id_field, last.step.resolved.output_id_field],
  )
  const fields = columns.filter((column) => !ids.has(column) && !column.startsWith('source_')).slice(0, mostColumns)
  yield html`<div class="wide tall" tabindex="0" role="region" aria-label="Table of the items"><table><thead><tr>${['Item', 'Why', ...fields].map((name) => html`<th scope="col">${name}</th>`)}<th scope="col" class="number">Cost</th></tr></thead><tbody>\n`
  for (const [at, { id, reasons }] of chosen.shown.entries()) {
    const row = last.table.rowOf(id)
    const answer = row === undefined ? undefined : await answerAt(store, last.table, row)
    const values = new Map(flatFields(answer ?? {}))
    const cost = costOf(steps, id)
    yield html`<tr><td class="id"><a href="#i${at}">${id}</a></td><td>${reasons.map((reason) => html`${chip(words[reason], reason)} `)}</td>${fields.map((name) => html`<td dir="auto">${cellText(values.get(name))}</td>`)}<td class="number">${cost === null ? '' : moneyText(cost)}</td></tr>\n`
  }
  yield html`</tbody></table></div>\n`
}

async function columnsOf(store: Store, { table }: ReportStep, { shown }: ChosenItems): Promise<string[]> {
  const columns = new Set<string>()
  for (const { id } of shown.slice(0, 50)) {
    const row = table.rowOf(id)
    const answer = row === undefined ? undefined : await answerAt(store, table, row)
    if (isObject(answer)) for (const [column] of flatFields(answer)) columns.add(column)
  }
  return [...columns]
}

function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return shorten(typeof value === 'string' ? value : jsonText(value), longestCell).replaceAll(/\s+/g, ' ')
}

/** Of all steps; null if there is none, or it is not known. */
function costOf(steps: readonly ReportStep[], id: string): number | null {
  const costs = steps.flatMap(({ table }) => {
    const row = table.rowOf(id)
    return row === undefined ? [] : [table.cost.at(row)]
  })
  const sum = costs.reduce((all, one) => all + one, 0)
  return sum > 0 ? sum : null
}

/** Each item with the answers of all steps, the last one open. Ends with what has no room. */
export async function* itemsHtml({ store, steps, chosen }: Shown): AsyncGenerator<Html> {
  let room = mostCharacters
  for (const [at, { id, reasons }] of chosen.shown.entries()) {
    if (room < 0) {
      const left = chosen.shown.length - at
      yield html`<p class="note">The report has room for no more: the answers of ${countText(left)} items above are left out.</p>\n`
      return
    }
    const answers: Html[] = []
    for (const step of steps)
      if (step.step.batch_mode) answers.push(await inStep(store, step, { id, isOpen: step === steps.at(-1) }))
    const article = html`<article id="i${at}"><header><h3>${id}</h3>${reasons.map((reason) => html`${chip(words[reason], reason)} `)}</header>${answers}</article>\n`
    room -= article.text.length
    yield article
  }
}

async function inStep(
  store: Store,
  { step, table, said, errors }: ReportStep,
  { id, isOpen }: { id: string; isOpen: boolean },
): Promise<Html> {
  const row = table.rowOf(id)
  const name = `Step ${step.step} (${step.prompt_name})`
  if (row === undefined) return html`<p class="soft">${name}: nothing of this item.</p>`
  const answer = await answerAt(store, table, row)
  const error = errors.find(({ item_id }) => item_id === table.itemIds[row])
  const body = html`${error === undefined ? null : html`<p class="failed" dir="auto">${error.error}</p>`}${answer === undefined ? html`<p class="soft">No answer.</p>` : answerHtml(answer)}${saidHtml(said.get(id), answer)}`
  return html`<details${isOpen ? html` open` : null}><summary>${name}</summary>${body}</details>`
}

function saidHtml(item: ReviewedItem | undefined, answer: Json | undefined): Html | null {
  if (item === undefined || item.act === null) return null
  const { state, act, comment, stale, edit } = item
  const when = `${act.at.slice(0, 16).replace('T', ' ')} UTC`
  const waits = edit === 'waiting' && act.answer !== undefined && answer !== undefined
  return html`<p>${chip(stale ? 'stale' : state)} <span class="soft">${act.by}, ${when}${waits ? '; not applied:' : ''}</span></p>${waits ? changeHtml(answer, act.answer as Json) : null}${comment === null ? null : html`<blockquote dir="auto">${comment}</blockquote>`}`
}
