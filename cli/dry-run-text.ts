/** What a dry run shows: the counts of each step and the first prompt. */

import { jsonText } from '../core/json.ts'
import type { Prospect } from '../core/open.ts'
import { oneOffs } from '../core/store.ts'
import { countText as count } from './number-text.ts'

export function dryRunText(prospect: Prospect, { json }: { json?: boolean }): string {
  return json ? `${jsonText(document(prospect), 2)}\n` : text(prospect)
}

function document({ pipeline, run, base, version, forecast }: Prospect): object {
  const steps = forecast.steps.map(({ step, items, process, carry, skip }) => ({
    step,
    items,
    process,
    carry_over: carry,
    skip,
    known: !forecast.unknown.includes(step),
  }))
  const warnings = forecast.steps.flatMap((step) => step.warnings)
  return {
    pipeline: pipeline === oneOffs ? null : pipeline,
    mode: run.mode,
    base: base?.version ?? null,
    continues: version,
    steps,
    warnings,
    first_prompt: forecast.firstPrompt,
  }
}

function text({ pipeline, run, base, version, forecast }: Prospect): string {
  const what =
    version !== null
      ? `go on with ${version} of ${pipeline}`
      : pipeline === oneOffs
        ? 'make a one-off run'
        : `make a version of ${pipeline} (${run.mode}${base === null ? '' : ` on ${base.version}`})`
  const steps = forecast.steps.map(({ step, items, process, carry, skip }) => {
    const { prompt_name = '', model = '' } = run.steps[step - 1] ?? {}
    const counts = forecast.unknown.includes(step)
      ? 'as many items as the step before answers'
      : `${count(items)} items: ${count(process)} to ask for, ${count(carry)} carried over, ${count(skip)} skipped`
    return `  Step ${step} ${prompt_name} (${model}): ${counts}`
  })
  const warnings = forecast.steps.flatMap((step) => step.warnings.map((warning) => `Warning: ${warning}`))
  const { firstPrompt } = forecast
  const first =
    firstPrompt === null
      ? []
      : [
          '',
          `First prompt (step ${firstPrompt.step}, item ${firstPrompt.item_id}):`,
          '-'.repeat(70),
          firstPrompt.prompt.trimEnd(),
          '-'.repeat(70),
        ]
  return [
    'Dry run: nothing is sent and nothing is written.',
    `Would ${what}.`,
    ...steps,
    ...warnings,
    ...first,
    '',
  ].join('\n')
}
