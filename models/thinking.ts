/** How much a model may think: what `thinking: off` becomes for each model. Sources: the models' pages, 2026-09 to 2026-11. */
import type Anthropic from '@anthropic-ai/sdk'
import type { Question } from '../core/model.ts'

type Thinking = Anthropic.ThinkingConfigParam

/** The least a model can think: switched off, only between tool calls, or always on and decided by the model. */
type Least = 'disabled' | 'between_tools' | 'always'

/** By the start of the model's id; the first that fits holds. */
const least: readonly (readonly [prefix: string, least: Least])[] = [
  ['claude-haiku-5-5', 'disabled'],
  ['claude-sonnet-5-5', 'between_tools'],
  ['claude-opus-5-5', 'always'],
  ['claude-fable-', 'always'],
  ['claude-mythos-', 'always'],
  ['claude-opus-5', 'disabled'],
  ['claude-sonnet-5', 'disabled'],
  ['claude-opus-4-', 'disabled'],
  ['claude-sonnet-4-', 'disabled'],
  ['claude-haiku-4-', 'disabled'],
]

/**
 * The `thinking` of a request, or undefined where nothing is to be sent: models that always think refuse to be told less,
 * and a model that is not in the table keeps its default.
 */
export function thinkingFor({
  model,
  thinking,
  effort,
}: Pick<Question, 'model' | 'thinking' | 'effort'>): Thinking | undefined {
  if (typeof thinking === 'object') return { type: 'enabled', budget_tokens: thinking.budget_tokens }
  if (thinking !== 'off') return { type: thinking }
  const lowest = least.find(([prefix]) => model.startsWith(prefix))?.[1]
  // Above effort high, the models that can think less than usual refuse to.
  if (lowest === undefined || lowest === 'always' || effort === 'xhigh' || effort === 'max') return undefined
  return { type: lowest }
}
