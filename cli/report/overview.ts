/** The beginning of a report: what the version is, its figures, its steps, and how it stands among the others. */
import type { Metadata } from '../../core/documents.ts'
import { countText, moneyText, secondsText } from '../number-text.ts'
import { hasStats, inputTokens } from '../version-text.ts'
import { type Html, html } from './html.ts'
import { chip } from './page.ts'
import { type Plot, plotHtml } from './plots.ts'
import type { ReportStep } from './report-steps.ts'

export interface Overview {
  pipeline: string
  metadata: Metadata
  isLatest: boolean
  steps: readonly ReportStep[]
  /** Completed versions, oldest first; this one among them. */
  versions: readonly Metadata[]
}

export function titleHtml({ pipeline, metadata, isLatest }: Overview): Html {
  const { version, status, pipeline_status, timestamp, mode, base_version, notes } = metadata
  const from = base_version === null ? mode : `${mode} on ${base_version}`
  return html`<h1>${pipeline} ${version}</h1>
<p class="soft">${chip(status)} ${chip(pipeline_status, 'label')} ${isLatest ? 'latest, ' : ''}${from}, begun ${timestamp.replace('T', ' ')}</p>
${notes ? html`<p dir="auto">${notes}</p>` : null}`
}

export function tilesHtml({ metadata, steps }: Overview): Html {
  const { stats, duration_seconds } = metadata
  const last = steps.at(-1)
  const tiles: [amount: string, what: string][] = []
  if (hasStats(stats)) {
    tiles.push([countText(stats.items), stats.items === 1 ? 'item' : 'items'], [countText(stats.failed), 'failed'])
    tiles.push([countText(inputTokens(stats)), 'tokens in'], [countText(stats.output_tokens), 'tokens out'])
    tiles.push([stats.cost_usd === null ? 'not known' : moneyText(stats.cost_usd), 'cost'])
  }
  tiles.push([secondsText(duration_seconds), 'duration'])
  if (last !== undefined)
    for (const [state, count] of Object.entries(last.states)) if (count > 0) tiles.push([countText(count), state])
  return html`<ul class="tiles">${tiles.map(([amount, what]) => html`<li><b>${amount}</b><span>${what}</span></li>`)}</ul>\n`
}

export function stepsHtml(steps: readonly ReportStep[]): Html {
  const head = [
    'Step',
    'Model',
    'Items',
    'Asked',
    'Carried over',
    'Failed',
    'Tokens in',
    'Tokens out',
    'Cost',
    'Reviewed',
  ]
  const numbers = new Set(['Items', 'Asked', 'Carried over', 'Failed', 'Tokens in', 'Tokens out', 'Cost'])
  return html`<div class="wide" tabindex="0" role="region" aria-label="Steps"><table><thead><tr>${head.map((name) => html`<th scope="col"${numbers.has(name) ? html` class="number"` : null}>${name}</th>`)}</tr></thead><tbody>
${steps.map(stepRow)}</tbody></table></div>\n`
}

function stepRow({ step, stats, table, states }: ReportStep): Html {
  const amount = (count: number | null | undefined) =>
    html`<td class="number">${count == null ? '' : countText(count)}</td>`
  const said = Object.entries(states).filter(([state, count]) => count > 0 && state !== 'unreviewed')
  const cost = stats?.cost_usd
  return html`<tr><td>${step.step} ${step.prompt_name}</td><td>${stats?.model ?? ''}</td>${amount(stats?.items ?? table.length)}${amount(stats?.processed)}${amount(stats?.carried_over)}${amount(stats?.failed)}${amount(stats && inputTokens(stats))}${amount(stats?.output_tokens)}<td class="number">${cost == null ? '' : moneyText(cost)}</td><td>${said.map(([state, count]) => html`<span class="${state}">${countText(count)} ${state}</span> `)}</td></tr>\n`
}

/** Nothing for a first version, which has no others beside it, and no plot of what was always 0. */
export function plotsHtml({ versions, metadata }: Overview): Html | null {
  if (versions.length < 2) return null
  const points = (amount: (of: Metadata) => number | null) =>
    versions.map((of) => ({ version: of.version, amount: amount(of) }))
  const plots: Plot[] = [
    { title: 'Cost', points: points(({ stats }) => (hasStats(stats) ? stats.cost_usd : null)), text: moneyText },
    { title: 'Failed', points: points(({ stats }) => (hasStats(stats) ? stats.failed : null)), text: countText },
    { title: 'Duration', points: points(({ duration_seconds }) => duration_seconds), text: secondsText },
  ]
  const telling = plots.filter((plot) => plot.points.some(({ amount }) => amount !== null && amount > 0))
  if (telling.length === 0) return null
  return html`<div class="plots">${telling.map((plot) => plotHtml(plot, metadata.version))}</div>\n`
}
