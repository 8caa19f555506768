/** What an estimate shows: requests, tokens and cost of each step, and where each number comes from. */

import type { Estimate } from '../core/estimate/estimate.ts'
import type { Basis, StepEstimate } from '../core/estimate/estimate-step.ts'
import type { Prospect } from '../core/request/prospect.ts'
import { jsonText } from '../core/text/json.ts'
import { someOf } from '../core/text/nearest.ts'
import type { Estimated } from '../runners/dry-run.ts'
import { aimText, prospectHead } from './dry-run-text.ts'
import { countText, moneyRangeText, rangeText } from './number-text.ts'

export function estimateText({ prospect, estimate }: Estimated, { json }: { json?: boolean }): string {
  const warnings = [...warningsOf(prospect), ...estimate.warnings]
  return json ? `${jsonText({ ...prospectHead(prospect), ...estimate, warnings }, 2)}\n` : text(prospect, estimate)
}

/** What the check found that a person should know. */
function warningsOf({ forecast }: Prospect): string[] {
  return forecast.steps.flatMap(({ warnings }) => warnings)
}

function text(prospect: Prospect, estimate: Estimate): string {
  const { steps, requests, input_tokens, output_tokens, cost_usd, prices_of, incomplete } = estimate
  const parts = [
    [
      `Would ${aimText(prospect)}. Prices of ${prices_of}.`,
      ...warningsOf(prospect).map((warning) => `Warning: ${warning}`),
    ],
    ...steps.map((step) => stepLines(step, prospect)),
    [
      `All: ${requestsText(requests)}, ${countText(input_tokens.likely)} tokens in, ${countText(output_tokens.likely)} out`,
      `Cost: ${moneyRangeText(cost_usd)}${incomplete ? ', without the steps whose requests are not known' : ''}`,
      ...otherWay(prospect, estimate),
    ],
    [...estimate.warnings.map((warning) => `Warning: ${warning}`), ...remedy(estimate)],
  ]
  const blocks = parts.filter((lines) => lines.length > 0)
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function stepLines(estimate: StepEstimate, { forecast }: Prospect): string[] {
  const { step, prompt_name, model, requests, input_tokens, output_tokens, cost_usd } = estimate
  const { carry = 0, skip = 0 } = forecast.steps.find((one) => one.step === step) ?? {}
  const others = [carry > 0 ? `${countText(carry)} carried over` : '', skip > 0 ? `${countText(skip)} skipped` : '']
  const what = requests === null ? 'as many requests as the step before answers items' : requestsText(requests)
  const heading = `Step ${step} ${prompt_name} (${model}): ${[what, ...others].filter(Boolean).join(', ')}`
  if (requests === null || requests === 0) return [heading]
  return [
    heading,
    `  Tokens in: ${rangeText(input_tokens, countText)}${cacheText(estimate)}; ${inputBasis(estimate)}`,
    `  Tokens out: ${rangeText(output_tokens, countText)}; ${outputBasis(estimate.output_basis)}`,
    `  Cost: ${moneyRangeText(cost_usd)}`,
  ]
}

/** What the same would cost and take in the other way of asking. */
function otherWay({ run }: Prospect, { requests, live_usd, half_price_usd, live_seconds }: Estimate): string[] {
  if (requests === 0) return []
  const live = `about ${timeText(live_seconds)}`
  const batches = 'mostly within an hour a step, 24 hours at most'
  return run.request.delivery === 'batch'
    ? [`Time: ${batches}. Live: ${moneyRangeText(live_usd)}, ${live}`]
    : [`Time: ${live}. At half price (--half-price): ${moneyRangeText(half_price_usd)}, ${batches}`]
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${seconds} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

function requestsText(requests: number): string {
  return `${countText(requests)} request${requests === 1 ? '' : 's'}`
}

function cacheText({ cache_read_tokens, cache_write_tokens }: StepEstimate): string {
  if (cache_read_tokens + cache_write_tokens === 0) return ''
  return `, ${countText(cache_read_tokens)} of them from the cache and ${countText(cache_write_tokens)} into it`
}

function inputBasis({ input_basis: basis, step }: StepEstimate): string {
  if (basis.from === 'counted') return `counted on ${countText(basis.prompts)} of ${countText(basis.of)} prompts`
  if (basis.from === 'characters') return 'from characters, not counted'
  if (basis.from === 'earlier') return likeText(basis)
  return `a guess: the answers of step ${step - 1} are not there yet`
}

function outputBasis(basis: Basis): string {
  return basis.from === 'earlier' ? likeText(basis) : 'a guess, and at most max_tokens'
}

function likeText({ versions, answers }: Basis & { from: 'earlier' }): string {
  return `like ${countText(answers)} answer${answers === 1 ? '' : 's'} of ${someOf(versions, 3)}`
}

/** A try-out of a few items turns guesses into what their answers took. */
function remedy({ steps }: Estimate): string[] {
  const guesses = steps.some(({ requests, output_basis }) => requests !== 0 && output_basis.from === 'guess')
  return guesses ? ['Try some items out for a better estimate: `itemwise run … --first 3`.'] : []
}
