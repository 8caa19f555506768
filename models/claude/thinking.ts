/** How much a model may think: what `thinking: off` becomes for each model. */
import type Anthropic from '@anthropic-ai/sdk'
import type { Question } from '../../core/model.ts'
import { factsOf } from '../../core/provider.ts'
import { claude } from './claude.ts'

type Thinking = Anthropic.ThinkingConfigParam

/**
 * The `thinking` of a request, or undefined if nothing is to be sent: models that always think refuse to be told less,
 * and a model that the table lacks keeps its default.
 */
export function thinkingFor({
  model,
  thinking,
  effort,
}: Pick<Question, 'model' | 'thinking' | 'effort'>): Thinking | undefined {
  if (typeof thinking === 'object') return { type: 'enabled', budget_tokens: thinking.budget_tokens }
  if (thinking !== 'off') return { type: thinking }
  const lowest = factsOf(claude, model)?.least_thinking ?? null
  // Above effort high, the models that can think less than usual refuse to.
  if (lowest === null || lowest === 'always' || effort === 'xhigh' || effort === 'max') return undefined
  return { type: lowest }
}
