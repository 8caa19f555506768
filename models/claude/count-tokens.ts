/** Counts the input tokens of a question without asking it: free, and with rate limits of its own. */
import * as z from 'zod'
import { ItemFailed, ModelUnavailable } from '../../core/errors.ts'
import type { AskOptions, Question } from '../../core/model.ts'
import { type CallError, cause, decideRetry, failureKind, outOfTime } from '../calls/retry.ts'
import { TimeLimit } from '../calls/time-limit.ts'
import { apiRequest } from './api-request.ts'
import { NotAMessage } from './reply.ts'
import { retryRules } from './retry-rules.ts'

export interface CountingTools {
  post: (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>
  /** Undefined if the error is a mistake in our code. */
  callErrorIn: (error: unknown) => CallError | undefined
  /** Milliseconds of a clock that is never set. */
  now: () => number
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  random: () => number
}

const counted = z.object({ input_tokens: z.int().min(0) })

/** Tries as an answer is tried. Throws ItemFailed (this question cannot be counted) or ModelUnavailable (nor could any other). */
export async function countTokens(
  question: Question,
  { deadline, signal, onRetry }: Pick<AskOptions, 'deadline' | 'signal' | 'onRetry'>,
  { post, callErrorIn, now, sleep, random }: CountingTools,
): Promise<number> {
  const { max_tokens: _most, ...body } = apiRequest(question)
  const started = now()
  const limit = new TimeLimit({ deadline, now }, signal)
  let last: CallError | null = null
  let attempt = 0
  try {
    for (;;) {
      attempt += 1
      try {
        return tokensIn(await post('/v1/messages/count_tokens', body, limit.signal))
      } catch (error) {
        const callError = limit.signal.aborted ? undefined : callErrorIn(error)
        if (callError === undefined) throw error
        const situation = { attempt, now: now(), deadline, random: random(), rules: retryRules(question) }
        const decision = decideRetry(callError, situation)
        if (decision.do === 'stop') throw new ModelUnavailable(decision.message, { cause: error })
        if (decision.do === 'fail') throw new ItemFailed(decision.kind, decision.message, { cause: error })
        last = callError
        onRetry({ attempt, wait_ms: decision.ms, kind: failureKind(callError), message: cause(callError) })
        await sleep(decision.ms, limit.signal)
      }
    }
  } catch (error) {
    if (!limit.signal.aborted) throw error
    if (!limit.hasRunOut) throw signal.reason
    const { kind, message } = outOfTime({ attempts: attempt, ms: deadline - started, last, calling: true })
    throw new ItemFailed(kind, message)
  } finally {
    limit.end()
  }
}

function tokensIn(body: unknown): number {
  const { data } = counted.safeParse(body)
  if (data === undefined) throw new NotAMessage('no count of tokens')
  return data.input_tokens
}
