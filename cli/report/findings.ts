/** What a reader should know before the items: failures, what is odd, and what was changed by hand. */
import { countText } from '../number-text.ts'
import { type Html, html } from './html.ts'
import { chip } from './page.ts'
import type { ReportStep } from './report-steps.ts'

/** Failures of a step that are shown. */
const mostFailures = 200

export function failuresHtml(steps: readonly ReportStep[]): Html {
  return html`${steps.filter(({ errors }) => errors.length > 0).map(stepFailures)}`
}

function stepFailures({ step, errors }: ReportStep): Html {
  const shown = errors.slice(0, mostFailures)
  const name = `Step ${step.step} (${step.prompt_name})`
  const rows = shown.map(
    ({ item_id, kind, error, kept }) =>
      html`<tr><td>${item_id}</td><td>${chip(kind, 'failed')}</td><td dir="auto">${error}${kept === undefined ? null : html` <span class="soft">(the answer of ${kept} is kept)</span>`}</td></tr>\n`,
  )
  const more = errors.length - shown.length
  return html`<h3>${name}</h3><div class="wide tall" tabindex="0" role="region" aria-label="Failures of ${name}"><table><thead><tr><th scope="col">Item</th><th scope="col">Kind</th><th scope="col">Failure</th></tr></thead><tbody>
${rows}</tbody></table></div>${more > 0 ? html`<p class="soft">${countText(more)} more are left out.</p>` : null}\n`
}

export function odditiesHtml(steps: readonly ReportStep[]): Html {
  const odd = steps.flatMap(({ step, stats }) => (stats?.oddities ?? []).map((oddity) => ({ step, oddity })))
  return html`<ul>${odd.map(({ step, oddity: { message, item_ids, to_do } }) => html`<li>Step ${step.step} (${step.prompt_name}): ${message}${item_ids.length === 0 ? null : html` (${item_ids.join(', ')})`}. <span class="soft">${to_do}</span></li>`)}</ul>\n`
}
