/** How the progress of a step reads. */
import type { Spending } from '../core/documents.ts'
import type { Progress } from '../core/run-events.ts'
import { beginning } from '../core/text/shorten.ts'
import { textWidth } from './columns.ts'
import { countText, moneyText } from './number-text.ts'

/** What a step was said to be when it began, and how far it is. */
export interface StepProgress extends Omit<Extract<Progress, { type: 'step' }>, 'type'> {
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
  /** Calls that are made again after a wait, by item. `until`: of the clock of `started`. `kind`: of the failure. */
  waiting: Map<string, { until: number; kind: string }>
}

/** `Step 1/3 generate_problem: 14 of 14 answered, 12 carried over, 5.0 items/s, 1,204 tokens in, 310 out, $0.0021` */
export function stepLine(step: StepProgress, now: number): string {
  const done = step.answered + step.failed
  const { tokens, cost } = spentTexts(step.spent)
  // What is neither asked for nor carried over nor skipped, a person wrote.
  const edited = step.items - step.process - step.carry - step.skip
  const parts = [
    `${countText(step.answered + step.kept)} of ${countText(step.process)} answered`,
    step.failed > 0 ? `${countText(step.failed)} failed` : '',
    step.kept > 0 ? `${countText(step.kept)} of them before` : '',
    edited > 0 ? `${countText(edited)} edited` : '',
    step.carry > 0 ? `${countText(step.carry)} carried over` : '',
    step.skip > 0 ? `${countText(step.skip)} skipped` : '',
    done > 0 ? rate(step, now) : '',
    heldBackText(step, now).replaceAll(separator, ', '),
    tokens,
    cost,
  ]
  return `Step ${step.step}/${step.steps} ${step.prompt_name}: ${parts.filter(Boolean).join(', ')}`
}

/** The same as a bar of one line that fits into the terminal; what matters most comes first and stays longest. */
export function barText(step: StepProgress, now: number, columns: number): string {
  const done = step.answered + step.failed + step.kept
  const left = step.process - done
  const { tokens, cost } = spentTexts(step.spent)
  const parts = [
    cost,
    step.failed > 0 ? `${countText(step.failed)} failed` : '',
    ...(left > 0 ? [heldBackText(step, now), timeLeft(step, now)] : []),
    rate(step, now),
    left > 0 ? `${countText(left)} remaining` : '',
    tokens,
  ]
  const name = `${step.step}/${step.steps} ${step.prompt_name}`
  const count = `${countText(done)}/${countText(step.process)}`
  const heads = [`${name} ${blocks(done, step.process)} ${count}`, `${name} ${count}`, count]
  // The blocks and the name give way to the cost: they say nothing that the counts do not.
  const needed = columns - (cost === '' ? 0 : textWidth(cost) + separator.length)
  const head = heads.find((text) => textWidth(text) < needed) ?? heads.find((text) => textWidth(text) < columns) ?? ''
  return fitting([head, ...parts.filter(Boolean)], columns)
}

const blocksInAll = 20

function blocks(done: number, all: number): string {
  const filled = all === 0 ? blocksInAll : Math.floor((done / all) * blocksInAll)
  return '█'.repeat(filled) + '░'.repeat(blocksInAll - filled)
}

const separator = ' · '

/** As many of the parts as fit, each whole: half a number would be another number. */
function fitting([first = '', ...parts]: string[], columns: number): string {
  let text = beginning(first, Math.max(0, columns - 1))
  for (const part of parts) {
    const longer = `${text}${separator}${part}`
    if (textWidth(longer) >= columns) break
    text = longer
  }
  return text
}

/** What the API answered, as short as people say it. */
const shortKinds: Record<string, string> = {
  rate_limited: '429',
  overloaded: '529',
  server_error: '5xx',
  connection: 'no connection',
  timeout: 'timed out',
}

/** `held back by requests per minute`, `12 waiting (429)` */
function heldBackText({ heldBack, waiting }: StepProgress, now: number): string {
  const still = [...waiting.values()].filter(({ until }) => until > now)
  const kinds = [...new Set(still.map(({ kind }) => shortKinds[kind] ?? kind))]
  return [
    heldBack === null ? '' : `held back by ${heldBack}`,
    still.length === 0 ? '' : `${countText(still.length)} waiting (${kinds.join(', ')})`,
  ]
    .filter(Boolean)
    .join(separator)
}

function rate(step: StepProgress, now: number): string {
  const seconds = (now - step.started) / 1000
  const done = step.answered + step.failed - step.unseen
  return seconds < 0.1 || done === 0 ? '' : `${(done / seconds).toFixed(1)} items/s`
}

function spentTexts(spent: Spending): { tokens: string; cost: string } {
  const { input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_usd } = spent
  const input = input_tokens + cache_read_tokens + cache_write_tokens
  if (input + output_tokens === 0) return { tokens: '', cost: cost_usd === null ? 'cost unknown' : '' }
  return {
    tokens: `${countText(input)} tokens in, ${countText(output_tokens)} out`,
    cost: cost_usd === null ? 'cost unknown' : cost_usd > 0 ? moneyText(cost_usd) : '',
  }
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
