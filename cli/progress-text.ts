/** How the progress of a step reads. */
import type { Spending } from '../core/documents.ts'
import { beginning } from '../core/shorten.ts'
import { countText, moneyText } from './number-text.ts'

export interface StepProgress {
  step: number
  steps: number
  prompt_name: string
  model: string
  items: number
  process: number
  carry: number
  skip: number
  /** Milliseconds of the clock that `now` is of; never set back. */
  started: number
  answered: number
  failed: number
  /** Answers that were there already when a resumed run came by. */
  kept: number
  /** Answered or failed before anybody looked: they say nothing of the speed. */
  unseen: number
  spent: Spending
  /** The limit of the API that holds the run back, if any. */
  heldBack: string | null
}

/** `Step 1/3 generate_problem: 14 of 14 answered, 12 carried over, 5.0 items/s, 1,204 tokens in, 310 out, $0.0021` */
export function stepLine(step: StepProgress, now: number): string {
  const done = step.answered + step.failed
  const parts = [
    `${countText(step.answered + step.kept)} of ${countText(step.process)} answered`,
    step.failed > 0 ? `${countText(step.failed)} failed` : '',
    step.kept > 0 ? `${countText(step.kept)} of them before` : '',
    step.carry > 0 ? `${countText(step.carry)} carried over` : '',
    step.skip > 0 ? `${countText(step.skip)} skipped` : '',
    done > 0 ? rate(step, now) : '',
    step.heldBack === null ? '' : `held back by ${step.heldBack}`,
    ...spent(step.spent),
  ]
  return `Step ${step.step}/${step.steps} ${step.prompt_name}: ${parts.filter(Boolean).join(', ')}`
}

/** The same as a bar of one line that fits into the terminal. */
export function barText(step: StepProgress, now: number, columns: number): string {
  const done = step.answered + step.failed + step.kept
  const left = step.process - done
  const width = 20
  const filled = step.process === 0 ? width : Math.floor((done / step.process) * width)
  const parts = [
    `${countText(done)}/${countText(step.process)}`,
    step.failed > 0 ? `${countText(step.failed)} failed` : '',
    left > 0 ? `${countText(left)} remaining` : '',
    rate(step, now),
    left > 0 ? timeLeft(step, now) : '',
    left > 0 && step.heldBack !== null ? `held back by ${step.heldBack}` : '',
    ...spent(step.spent),
  ]
  const bar = `${step.step}/${step.steps} ${step.prompt_name} ${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
  return fitting([bar, ...parts.filter(Boolean)], columns)
}

/** As many of the parts as fit, each whole: half a number would be another number. */
function fitting([first = '', ...parts]: string[], columns: number): string {
  let text = beginning(first, Math.max(0, columns - 1))
  for (const [at, part] of parts.entries()) {
    const longer = `${text}${at === 0 ? ' ' : ' · '}${part}`
    if (longer.length >= columns) break
    text = longer
  }
  return text
}

function rate(step: StepProgress, now: number): string {
  const seconds = (now - step.started) / 1000
  const done = step.answered + step.failed - step.unseen
  return seconds < 0.1 || done === 0 ? '' : `${(done / seconds).toFixed(1)} items/s`
}

function spent({ input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_usd }: Spending): string[] {
  const input = input_tokens + cache_read_tokens + cache_write_tokens
  if (input + output_tokens === 0) return cost_usd === null ? ['cost unknown'] : []
  return [
    `${countText(input)} tokens in`,
    `${countText(output_tokens)} out`,
    cost_usd === null ? 'cost unknown' : cost_usd > 0 ? moneyText(cost_usd) : '',
  ]
}

function timeLeft(step: StepProgress, now: number): string {
  const done = step.answered + step.failed
  if (done === step.unseen) return ''
  const left = (((now - step.started) / (done - step.unseen)) * (step.process - done - step.kept)) / 1000
  return left < 90
    ? `${Math.ceil(left)} s left`
    : left < 5400
      ? `${Math.ceil(left / 60)} min left`
      : `${(left / 3600).toFixed(1)} h left`
}
