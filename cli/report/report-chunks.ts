/** A version as one HTML file, piece by piece. */
import type { Store } from '../../core/store.ts'
import { answerHtml } from './answer-html.ts'
import type { ChosenItems } from './choose-items.ts'
import { changesHtml, countsHtml } from './comparison.ts'
import { failuresHtml, odditiesHtml } from './findings.ts'
import { html } from './html.ts'
import { choiceHtml, itemsHtml, tableHtml } from './items.ts'
import { type Overview, plotsHtml, stepsHtml, tilesHtml, titleHtml } from './overview.ts'
import { contents, heading, pageEnd, pageStart, type Section } from './page.ts'
import { answerAt } from './report-steps.ts'

export interface Report extends Overview {
  chosen: ChosenItems
  /** The version that this one is compared with. */
  against: string | null
  /** Sentences on what was changed by hand in the version. */
  warnings: readonly string[]
}

interface Part extends Section {
  /** Whether there is anything to show. */
  isThere: boolean
  body: () => AsyncIterable<{ text: string }> | Iterable<{ text: string }>
}

export async function* reportChunks(store: Store, report: Report): AsyncGenerator<string> {
  const parts = partsOf(store, report).filter(({ isThere }) => isThere)
  yield pageStart(`${report.pipeline} ${report.metadata.version}`)
  yield html`<header>${titleHtml(report)}${report.warnings.map((text) => html`<p class="note">${text}</p>`)}${contents(parts)}</header>\n<main>\n`
    .text
  yield tilesHtml(report).text
  yield plotsHtml(report)?.text ?? ''
  for (const part of parts) {
    yield heading(part).text
    for await (const piece of part.body()) yield piece.text
  }
  yield pageEnd
}

function partsOf(store: Store, report: Report): Part[] {
  const { steps, chosen, against } = report
  const singles = steps.filter(({ step }) => !step.batch_mode)
  const hasItems = chosen.total > 0
  return [
    { id: 'steps', title: 'Steps', isThere: steps.length > 0, body: () => [stepsHtml(steps)] },
    {
      id: 'failures',
      title: 'Failures',
      isThere: steps.some(({ errors }) => errors.length > 0),
      body: () => [failuresHtml(steps)],
    },
    {
      id: 'odd',
      title: 'Odd',
      isThere: steps.some(({ stats }) => (stats?.oddities ?? []).length > 0),
      body: () => [odditiesHtml(steps)],
    },
    {
      ...{ id: 'comparison', title: `Against ${against}`, isThere: against !== null },
      body: async function* () {
        yield countsHtml(steps, against ?? '')
        yield* changesHtml(store, steps)
      },
    },
    {
      ...{ id: 'table', title: 'Table', isThere: hasItems },
      body: async function* () {
        yield choiceHtml(chosen)
        yield* tableHtml({ store, steps, chosen })
      },
    },
    { id: 'items', title: 'Items', isThere: hasItems, body: () => itemsHtml({ store, steps, chosen }) },
    {
      ...{ id: 'single', title: 'Single calls', isThere: singles.length > 0 },
      body: async function* () {
        for (const { step, table } of singles) {
          const answer = await answerAt(store, table, 0)
          yield html`<article><header><h3>Step ${step.step} (${step.prompt_name})</h3></header><div>${answer === undefined ? html`<p class="soft">No answer.</p>` : answerHtml(answer)}</div></article>\n`
        }
      },
    },
  ]
}
