/** A question as the API takes it. */
import type Anthropic from '@anthropic-ai/sdk'
import type { Question } from '../../core/model.ts'
import { thinkingFor } from './thinking.ts'

export type ApiRequest = Anthropic.MessageCreateParamsNonStreaming

/** The door to the API: no half of a surrogate pair goes through it, as the API refuses the whole request then. */
export function apiRequest(question: Question): ApiRequest {
  const { model, max_tokens } = question
  const thinking = thinkingFor(question)
  const output_config = outputConfig(question)
  return {
    model,
    max_tokens,
    ...systemOf(question),
    messages: question.turns.map(({ role, content }, at) => ({
      role,
      content: at === 0 ? withBreakpoint(content, question) : content.toWellFormed(),
    })),
    ...(thinking && { thinking }),
    ...(output_config && { output_config }),
  }
}

/** Five minutes are what the API does if nothing is said. */
function breakpoint({ cache_for }: Question): Pick<Anthropic.TextBlockParam, 'cache_control'> {
  return { cache_control: { type: 'ephemeral', ...(cache_for === '1h' && { ttl: cache_for }) } }
}

/** The shared beginning of the prompt ends in a breakpoint: it and all before it (schema, system prompt) is cached. */
function withBreakpoint(content: string, question: Question): Anthropic.MessageParam['content'] {
  if (!splits(question)) return content.toWellFormed()
  const { shared } = question
  return [
    { type: 'text', text: content.slice(0, shared ?? 0).toWellFormed(), ...breakpoint(question) },
    { type: 'text', text: content.slice(shared ?? 0).toWellFormed() },
  ]
}

/** The API refuses blocks of nothing but white space, so a prompt is split only between two texts. */
function splits({ turns, shared }: Question): boolean {
  const content = turns[0]?.content ?? ''
  return typeof shared === 'number' && content.slice(0, shared).trim() !== '' && content.slice(shared).trim() !== ''
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

/** If the prompts differ from their first character, they share only the system prompt. */
function systemOf(question: Question): Pick<ApiRequest, 'system'> {
  const { shared } = question
  const system = question.system?.toWellFormed()
  if (system === undefined || system.trim() === '') return {}
  return {
    system:
      typeof shared === 'number' && !splits(question)
        ? [{ type: 'text', text: system, ...breakpoint(question) }]
        : system,
  }
}
