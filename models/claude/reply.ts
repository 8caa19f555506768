/** Reads what the API sent back for a 200: whatever of a message can be read. A proxy's page or half a JSON text is no reply. */
import * as z from 'zod'
import type { Reply, TokenCounts } from '../../core/model.ts'
import { seldomOf } from '../../core/money/spending.ts'
import { shorten } from '../../core/text/shorten.ts'
import type { Posted } from './api.ts'

/** Thrown if a 200 does not hold a message; the attempt can be repeated. */
export class NotAMessage extends Error {
  override readonly name = 'NotAMessage'
}

/** A gateway may leave out, or empty, what it does not know. Without content there is no reply. */
const message = z.object({
  model: z.string().nullish().catch(null),
  content: z.union([z.string(), z.array(z.object({ type: z.string(), text: z.string().nullish() }))]),
  stop_reason: z.string().nullish(),
  usage: z.unknown().optional(),
})

export type ReadReply = Pick<Reply, 'text' | 'stop_reason' | 'model' | 'tokens' | 'cost_unknown' | 'request_id'>

export interface Reading {
  /** The one that was asked. */
  model: string
  /** Takes secrets out of a text that is shown. */
  clear: (text: string) => string
}

/** The reply in a response body: its text blocks, wherever thinking blocks stand. Throws NotAMessage. */
export function readReply({ body, request_id }: Posted, { model, clear }: Reading): ReadReply {
  const { data, error } = message.safeParse(body)
  if (error) throw new NotAMessage(describeBody(body, { error, clear }))
  const tokens = tokensIn(data.usage)
  return {
    text: textOf(data.content),
    // If nothing says why the reply ended, the answer itself shows whether it is whole.
    stop_reason: data.stop_reason ?? 'end_turn',
    model: data.model || model,
    tokens: tokens ?? { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
    ...(tokens === null && { cost_unknown: true }),
    request_id,
  }
}

function textOf(content: z.infer<typeof message>['content']): string {
  if (typeof content === 'string') return content
  return content.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('')
}

/** Also as text: `"12"`. */
const count = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
])

const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count.nullish(),
  cache_creation_input_tokens: count.nullish(),
  cache_creation: z.object({ ephemeral_1h_input_tokens: count.nullish() }).nullish().catch(null),
})

/** Null if it does not say what was used. A part of it would be less than the truth. */
function tokensIn(said: unknown): TokenCounts | null {
  const { data } = usage.safeParse(said)
  if (data === undefined) return null
  return {
    input_tokens: data.input_tokens,
    output_tokens: data.output_tokens,
    cache_read_tokens: data.cache_read_input_tokens ?? 0,
    cache_write_tokens: data.cache_creation_input_tokens ?? 0,
    ...seldomOf({ cache_write_1h_tokens: data.cache_creation?.ephemeral_1h_input_tokens ?? 0 }),
  }
}

function describeBody(body: unknown, { error, clear }: Pick<Reading, 'clear'> & { error: z.ZodError }): string {
  if (body === undefined || body === null || body === '') return 'an empty body'
  if (typeof body === 'string') return `text: ${excerpt(clear(body))}`
  const issue = error.issues[0]
  return `${issue?.path.join('.') || 'the body'}: ${issue?.message}: ${excerpt(clear(JSON.stringify(body)))}`
}

/** The start of a long text, on one line. */
export function excerpt(text: string, most = 120): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return shorten(line, most)
}
