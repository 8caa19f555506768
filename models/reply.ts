/** Reads what the API sent back for a 200. A proxy's page, half a JSON text or a message without usage is no reply. */
import * as z from 'zod'
import type { Reply } from '../core/model.ts'
import { shorten } from '../core/shorten.ts'
import type { Posted } from './api.ts'

/** Thrown where a 200 does not hold a message; the attempt can be repeated. */
export class NotAMessage extends Error {
  override readonly name = 'NotAMessage'
}

const count = z.int().min(0)

const message = z.object({
  type: z.literal('message'),
  model: z.string(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string(),
  usage: z.object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count.nullish(),
    cache_creation_input_tokens: count.nullish(),
  }),
})

export type ReadReply = Pick<Reply, 'text' | 'stop_reason' | 'model' | 'tokens' | 'request_id'>

/** The reply in a response body: its text blocks, wherever thinking blocks stand. Throws NotAMessage. */
export function readReply({ body, request_id }: Posted): ReadReply {
  const { data, error } = message.safeParse(body)
  if (error) throw new NotAMessage(describeBody(body, error))
  const { content, usage } = data
  return {
    text: content.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join(''),
    stop_reason: data.stop_reason,
    model: data.model,
    tokens: {
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      cache_read_tokens: usage.cache_read_input_tokens ?? 0,
      cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
    },
    request_id,
  }
}

function describeBody(body: unknown, error: z.ZodError): string {
  if (body === undefined || body === null || body === '') return 'an empty body'
  if (typeof body === 'string') return `text: ${excerpt(body)}`
  const issue = error.issues[0]
  return `${issue?.path.join('.') || 'the body'}: ${issue?.message}`
}

/** The start of a long text, on one line. */
export function excerpt(text: string, most = 120): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return shorten(line, most)
}
