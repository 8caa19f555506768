/** What one call costs at most, worked out before it is made. */
import type { ResolvedStep } from '../documents.ts'
import type { Question } from '../model.ts'
import type { Delivery } from '../request.ts'
import { type PriceList, pricesOf } from './prices.ts'
import { roundedDollars } from './spending.ts'

/**
 * Tokens that the API adds to what is sent: marks around the turns (about ten), and its instructions for a schema (some hundred;
 * for tools its documentation says 804 at most). Rounded up: it is a hundredth of a cent at the usual model's price.
 */
const addedTokens = 1000

/**
 * The most that a call can cost, in USD: every byte a token, at the dearest rate for input, and an answer of max_tokens, which
 * covers thinking too. Null if the model has no price.
 */
export function worstCaseOf(question: Question, list: PriceList, delivery: Delivery = 'live'): number | null {
  const prices = pricesOf(question.model, list)
  if (prices === undefined) return null
  const input = mostInputTokens(question)
  const { long } = prices
  const rates = long !== undefined && input > long.above_input_tokens ? [prices, long] : [prices]
  const writeRates =
    question.cache_for === '1h' ? (['cache_write', 'cache_write_1h'] as const) : (['cache_write'] as const)
  const inputRate = Math.max(
    ...rates.flatMap((rate) => [rate.input, rate.cache_read, ...writeRates.map((name) => rate[name])]),
  )
  const outputRate = Math.max(...rates.map(({ output }) => output))
  const share = delivery === 'batch' ? prices.batch : 1
  return roundedDollars(((input * inputRate + question.max_tokens * outputRate) * share) / 1e6)
}

/** No tokenizer makes two tokens of one byte of UTF-8. */
function mostInputTokens({ turns, system, output_schema }: Question): number {
  const schema = output_schema === null ? '' : JSON.stringify(output_schema)
  const texts = [system ?? '', schema, ...turns.map(({ content }) => content)]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), addedTokens)
}

/** A sentence for each model whose calls have no worst case, because its price is not known. */
export function unpricedProblems(
  steps: readonly Pick<ResolvedStep, 'step' | 'prompt_name' | 'model'>[],
  { list, remedy }: { list: PriceList; remedy: string },
): string[] {
  const unpriced = steps.filter(({ model }) => pricesOf(model, list) === undefined)
  const models = [...new Set(unpriced.map(({ model }) => model))]
  return models.map((name) => {
    const uses = unpriced
      .filter(({ model }) => model === name)
      .map(({ step, prompt_name }) => `${step} (${prompt_name})`)
    return `max_cost_usd cannot hold: the price of ${name} is not known, which step${uses.length === 1 ? '' : 's'} ${uses.join(', ')} would ask. ${remedy}`
  })
}

/** A sentence for each step of which not one call could be made, however short its prompt: its worst case passes the limit. */
export function tooLowProblems(
  steps: readonly ResolvedStep[],
  { limit_usd, list }: { limit_usd: number; list: PriceList },
): string[] {
  return steps.flatMap((step) => {
    const least = worstCaseOf({ ...step, turns: [] }, list)
    if (least === null || least <= limit_usd) return []
    return [
      `max_cost_usd is $${limit_usd}, but one call of step ${step.step} (${step.prompt_name}) could cost $${least.toPrecision(3)} (max_tokens is ${step.max_tokens}), so none could be made. Set a higher limit, or lower max_tokens.`,
    ]
  })
}
