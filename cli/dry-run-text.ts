/** What a dry run shows: the counts of each step, what it is likely to cost, and the first prompt. */

import type { ConvertedInput } from '../core/documents.ts'
import type { Estimate } from '../core/estimate/estimate.ts'
import { formatsText } from '../core/request/decide-format.ts'
import type { Prospect } from '../core/request/prospect.ts'
import { takenAs } from '../core/request/taken-as.ts'
import { oneOffs } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import type { DryRun } from '../runners/dry-run.ts'
import { countText, moneyRangeText } from './number-text.ts'

export function dryRunText(dryRun: DryRun, { json }: { json?: boolean }): string {
  return json ? `${jsonText(document(dryRun), 2)}\n` : text(dryRun)
}

function document({ prospect, estimate }: DryRun): object {
  const { forecast } = prospect
  const steps = forecast.steps.map(({ step, items, process, carry, skip, edit }) => ({
    step,
    items,
    process,
    ...(edit === undefined ? {} : { edit }),
    carry_over: carry,
    skip,
    known: !forecast.unknown.includes(step),
    ...formatOf(prospect, step),
  }))
  const warnings = forecast.steps.flatMap((step) => step.warnings)
  const inputs = prospect.run.steps.flatMap(({ step, input }) =>
    input.from === 'file' ? [{ step, input_file: input.path, ...readAs(input.converted) }] : [],
  )
  return { ...prospectHead(prospect), inputs, steps, warnings, first_prompt: forecast.firstPrompt, estimate }
}

/** What an input was taken for that is no plain array. */
function readAs(converted: ConvertedInput | undefined): object {
  return converted === undefined ? {} : { read_as: converted.read_as, items: converted.items }
}

function formatOf({ steps }: Prospect, number: number): object {
  const found = steps.find(({ step }) => step.step === number)
  return found === undefined
    ? {}
    : { answer_format: found.step.answer_format, answer_format_reason: found.formatReason }
}

/** What a document says of the version that would be made. */
export function prospectHead({ pipeline, run, base, version }: Prospect): object {
  return {
    pipeline: pipeline === oneOffs ? null : pipeline,
    mode: run.mode,
    base: base?.version ?? null,
    continues: version,
  }
}

/** `make a version of words (rerun on v0)` */
export function aimText({ pipeline, run, base, version }: Prospect): string {
  if (version !== null) return `resume ${version} of ${pipeline}`
  if (pipeline === oneOffs) return 'make a one-off run'
  return `make a version of ${pipeline} (${run.mode}${base === null ? '' : ` on ${base.version}`})`
}

function text({ prospect, estimate }: DryRun): string {
  const { run, forecast } = prospect
  const steps = forecast.steps.map(({ step, items, process, carry, skip, edit = 0 }) => {
    const edited = edit === 0 ? '' : `${countText(edit)} edited, `
    const { prompt_name = '', model = '' } = run.steps[step - 1] ?? {}
    const counts = forecast.unknown.includes(step)
      ? 'as many items as the step before answers'
      : `${countText(items)} items: ${countText(process)} to ask for, ${edited}${countText(carry)} carried over, ${countText(skip)} skipped`
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
    `Would ${aimText(prospect)}.`,
    ...takenAs(run.steps),
    ...steps,
    ...warnings,
    `${formatsText(prospect.steps)}.`,
    ...(estimate === null || estimate.requests === 0 ? [] : [costLine(estimate)]),
    ...first,
    '',
  ].join('\n')
}

function costLine({ cost_usd, incomplete }: Estimate): string {
  const part = incomplete ? ', and more for the steps whose items are not known' : ''
  return `Likely cost: ${moneyRangeText(cost_usd)}${part}.`
}
