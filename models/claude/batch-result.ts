/** What one line of a batch's results says. */
import * as z from 'zod'
import { ItemFailed, ModelUnavailable } from '../../core/errors.ts'
import type { BatchResult } from '../../core/message-batches.ts'
import { type CallError, decideRetry } from '../calls/retry.ts'
import { NotAMessage, readReply } from './reply.ts'
import { retryRules } from './retry-rules.ts'

const line = z.object({
  custom_id: z.string(),
  result: z.looseObject({ type: z.string(), message: z.unknown().optional(), error: z.unknown().optional() }),
})

/** `{"type":"error","error":{"type":…,"message":…}}`, or what is inside it. */
const apiError = z.object({
  type: z.string(),
  message: z.string().default(''),
  details: z.object({ error_code: z.string().nullish() }).nullish().catch(null),
})
const wrapped = z.object({ error: apiError })

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
}

interface Reading {
  /** The batch. */
  id: string
  model: string
  keyFrom: string | undefined
  clear: (text: string) => string
}

/** Null for a line that names no request. */
export function batchResult(said: unknown, reading: Reading): BatchResult | null {
  const { data } = line.safeParse(said)
  if (data === undefined) return null
  const { custom_id, result } = data
  const request_id = `${reading.id}/${custom_id}`
  switch (result.type) {
    case 'succeeded':
      return { custom_id, ...succeeded(result.message, { ...reading, request_id }) }
    case 'expired':
    case 'canceled':
      return { custom_id, outcome: 'again', why: result.type }
    case 'errored':
      return { custom_id, ...errored(result.error, { ...reading, request_id }) }
    default:
      return { custom_id, outcome: 'failed', failure: unreadable(`a result of the type ${result.type}`, request_id) }
  }
}

type Came<Outcome> = Outcome extends { custom_id: string } ? Omit<Outcome, 'custom_id'> : never

function succeeded(body: unknown, reading: Reading & { request_id: string }): Came<BatchResult> {
  try {
    const reply = readReply({ body, request_id: reading.request_id }, reading)
    return { outcome: 'succeeded', reply: { ...reply, delivery: 'batch', attempts: 1, milliseconds: 0 } }
  } catch (error) {
    if (!(error instanceof NotAMessage)) throw error
    return { outcome: 'failed', failure: unreadable(error.message, reading.request_id) }
  }
}

/** It may have been paid for. */
function unreadable(what: string, request_id: string): ItemFailed {
  const message = `What came back in the message batch is not a message (${what}). Look at what stands between you and the API (ANTHROPIC_BASE_URL, a proxy).`
  return new ItemFailed('bad_response', message, { attempts: 1, request_id, cost_unknown: true })
}

/** As if the call had been made by itself: the item's failure, the server's, or one that every item would meet. */
function errored(
  said: unknown,
  { model, keyFrom, clear, request_id }: Reading & { request_id: string },
): Came<BatchResult> {
  const found = wrapped.safeParse(said).data?.error ?? apiError.safeParse(said).data
  const callError: CallError = {
    what: 'status',
    status: statuses[found?.type ?? ''] ?? 500,
    type: found?.type ?? null,
    code: found?.details?.error_code ?? null,
    message: clear(found?.message || JSON.stringify(said ?? null)),
    retryAfterMs: null,
  }
  const situation = { attempt: 1, now: 0, deadline: Number.POSITIVE_INFINITY, random: 1 }
  const decision = decideRetry(callError, { ...situation, rules: retryRules({ model, keyFrom }) })
  if (decision.do === 'stop') return { outcome: 'stop', error: new ModelUnavailable(decision.message) }
  if (decision.do === 'wait') return { outcome: 'again', why: 'server' }
  return { outcome: 'failed', failure: new ItemFailed(decision.kind, decision.message, { attempts: 1, request_id }) }
}
