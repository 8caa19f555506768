/** A question as the API takes it. */
import type Anthropic from '@anthropic-ai/sdk'
import type { Question } from '../core/model.ts'
import { thinkingFor } from './thinking.ts'

export type ApiRequest = Anthropic.MessageCreateParamsNonStreaming

export function apiRequest(question: Question): ApiRequest {
  const { model, max_tokens, system, turns } = question
  const thinking = thinkingFor(question)
  const output_config = outputConfig(question)
  return {
    model,
    max_tokens,
    ...(system !== null && system !== '' && { system }),
    messages: turns.map(({ role, content }) => ({ role, content })),
    ...(thinking && { thinking }),
    ...(output_config && { output_config }),
  }
}

function outputConfig({ effort, output_schema }: Question): Anthropic.OutputConfig | undefined {
  if (effort === null && output_schema === null) return undefined
  return {
    ...(effort !== null && { effort }),
    ...(output_schema !== null && { format: { type: 'json_schema', schema: withoutDialect(output_schema) } }),
  }
}

// `$schema` is for editors; it constrains nothing, and the API's list of keywords does not have it.
function withoutDialect({ $schema: _dialect, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema
}
