/** What the API of 2026-10-21 refuses, and in which words. */
import { checkSchema } from './check-schema.ts'
import { badRequest, Refusal } from './refusal.ts'

export interface MessageRequest {
  model: string
  max_tokens: number
  system?: string | TextBlock[]
  messages: { role: string; content: string | TextBlock[] }[]
  thinking?: { type: string; budget_tokens?: number }
  output_config?: { effort?: string; format?: { type: string; schema: Record<string, unknown> } }
}

export interface TextBlock {
  type: string
  text: string
  cache_control?: { type: string; ttl?: string }
}

interface ModelRules {
  most: number
  thinking: string[]
}

const large = 128_000
const small = 64_000
const models: Record<string, ModelRules> = {
  'claude-haiku-5-5': { most: large, thinking: ['disabled', 'adaptive'] },
  'claude-sonnet-5-5': { most: large, thinking: ['between_tools', 'adaptive'] },
  'claude-opus-5-5': { most: large, thinking: ['adaptive'] },
  'claude-fable-5-2': { most: large, thinking: ['adaptive'] },
  'claude-fable-5-1': { most: large, thinking: ['adaptive'] },
  'claude-opus-5': { most: large, thinking: ['disabled', 'adaptive', 'enabled'] },
  'claude-sonnet-5': { most: large, thinking: ['disabled', 'adaptive'] },
  'claude-opus-4-8': { most: large, thinking: ['disabled', 'adaptive'] },
  'claude-sonnet-4-6': { most: large, thinking: ['disabled', 'adaptive', 'enabled'] },
  'claude-haiku-4-5': { most: small, thinking: ['disabled', 'enabled'] },
  'claude-haiku-4-5-20251001': { most: small, thinking: ['disabled', 'enabled'] },
  'claude-sonnet-4-5': { most: small, thinking: ['disabled', 'enabled'] },
}

const fields = new Set(
  'model max_tokens messages system thinking output_config metadata stop_sequences stream service_tier cache_control container diagnostics inference_geo speed tools tool_choice'.split(
    ' ',
  ),
)
const countFields = new Set('model messages system thinking output_config tools tool_choice cache_control'.split(' '))

/** Throws a Refusal for headers that the API does not take. `key` is the only key that it knows. */
export function checkHeaders(headers: Record<string, string | string[] | undefined>, key: string): void {
  if (headers.authorization === undefined)
    throw new Refusal(401, 'authentication_error', 'Authorization header is required')
  if (headers.authorization !== `Bearer ${key}`) throw new Refusal(401, 'authentication_error', 'invalid bearer token')
  if (headers['anthropic-version'] !== '2026-10-21') throw badRequest('anthropic-version: "2026-10-21" is required')
  if (!/^application\/json\b/.test(String(headers['content-type'])))
    throw badRequest('content-type must be application/json')
}

/** Throws a Refusal for a body that the API does not take. */
export function checkBody(body: unknown, counting: boolean): asserts body is MessageRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('The request body is not a JSON object')
  const request = body as MessageRequest & Record<string, unknown>
  for (const key of ['temperature', 'top_p', 'top_k']) {
    if (key in request) throw badRequest(`\`${key}\` is not supported by this API version`)
  }
  for (const key of Object.keys(request)) {
    if (!(counting ? countFields : fields).has(key)) throw badRequest(`${key}: Extra inputs are not permitted`)
  }
  const rules = Object.hasOwn(models, request.model) ? models[request.model] : undefined
  if (rules === undefined) throw new Refusal(404, 'not_found_error', `model: ${request.model}`)
  checkMessages(request.messages)
  if (!counting) checkMaxTokens(request, rules)
  checkThinking(request, rules, counting)
  checkOutput(request.output_config)
}

function checkMaxTokens({ max_tokens, model }: MessageRequest, rules: ModelRules): void {
  if (!Number.isInteger(max_tokens) || max_tokens < 0) throw badRequest('max_tokens: Input should be a valid integer')
  if (max_tokens > rules.most)
    throw badRequest(`max_tokens: ${max_tokens} > ${rules.most}, which is the maximum allowed for ${model}`)
}

function checkMessages(messages: MessageRequest['messages']): void {
  if (!Array.isArray(messages) || messages.length === 0) throw badRequest('messages: at least one message is required')
  for (const [at, { role, content }] of messages.entries()) {
    if (!['user', 'assistant', 'system'].includes(role))
      throw badRequest(`messages.${at}.role: Input should be 'user', 'assistant' or 'system'`)
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
    if (!Array.isArray(blocks) || blocks.length === 0)
      throw badRequest(`messages.${at}: all messages must have non-empty content`)
    if (blocks.some(({ type, text }) => type === 'text' && (typeof text !== 'string' || text.trim() === ''))) {
      throw badRequest(`messages.${at}: text content blocks must contain non-whitespace text`)
    }
  }
  if (messages[0]?.role !== 'user') throw badRequest('messages: first message must use the "user" role')
  if (messages.at(-1)?.role === 'assistant')
    throw badRequest(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
}

function checkThinking(
  { thinking, model, max_tokens, output_config }: MessageRequest,
  rules: ModelRules,
  counting: boolean,
): void {
  if (thinking === undefined) return
  const { type, budget_tokens } = thinking
  if (!rules.thinking.includes(type)) {
    throw badRequest(
      `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
    )
  }
  if (type === 'enabled') {
    if (!Number.isInteger(budget_tokens) || budget_tokens! < 1024)
      throw badRequest('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024')
    if (!counting && budget_tokens! >= max_tokens)
      throw badRequest('`max_tokens` must be greater than `thinking.budget_tokens`')
  } else if (budget_tokens !== undefined) {
    throw badRequest(`thinking.${type}.budget_tokens: Extra inputs are not permitted`)
  }
  const effort = output_config?.effort
  if ((type === 'disabled' || type === 'between_tools') && (effort === 'xhigh' || effort === 'max')) {
    throw badRequest(`"thinking.type.${type}" is not supported for ${model} with effort ${effort}`)
  }
}

function checkOutput(output: MessageRequest['output_config']): void {
  if (output === undefined) return
  for (const key of Object.keys(output)) {
    if (key !== 'effort' && key !== 'format') throw badRequest(`output_config.${key}: Extra inputs are not permitted`)
  }
  const { effort, format } = output
  if (effort !== undefined && !['low', 'medium', 'high', 'xhigh', 'max'].includes(effort)) {
    throw badRequest("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
  }
  if (format === undefined) return
  if (format.type !== 'json_schema') throw badRequest("output_config.format.type: Input should be 'json_schema'")
  checkSchema(format.schema)
}
