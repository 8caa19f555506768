/** What the loopback API bills for its calls, for comparing with what a version says that it spent. */
import type { LedgerLine, Spending } from '../../core/documents.ts'
import { costOf } from '../../core/prices.ts'
import { nothingSpent, plus, spendingOf } from '../../core/spending.ts'
import { answerTo, inputTokens, promptOf, tokensIn } from '../anthropic-server/answer.ts'
import type { Sent } from './story.ts'

/** What one answered call costs; `text` where it was not the usual answer. */
export function billed({ body }: Sent, text: string = answerTo(body, promptOf(body))): Spending {
  const prompt = promptOf(body)
  const tokens = {
    input_tokens: inputTokens(body, prompt),
    output_tokens: tokensIn(text),
    cache_read_tokens: 0,
    cache_write_tokens: 0,
  }
  return { ...tokens, cost_usd: costOf(body.model, tokens) }
}

export function sum(spendings: (Spending | LedgerLine)[]): Spending {
  return spendings.map(spendingOf).reduce(plus, nothingSpent)
}
