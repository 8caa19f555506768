/** What the loopback API billed for its calls, for comparing with what a version says that it spent. */
import type { LedgerLine, Spending } from '../../core/documents.ts'
import { costOf } from '../../core/money/prices.ts'
import { nothingSpent, plus, seldomOf, spendingOf } from '../../core/money/spending.ts'
import type { Delivery } from '../../core/request.ts'
import { claude } from '../../models/claude/claude.ts'
import type { BilledRequest } from '../anthropic-server/message-batches.ts'
import type { Usage } from '../anthropic-server/respond.ts'
import type { Sent } from './story.ts'

/** What one answered call cost. */
export function billed({ id, body, usage }: Sent): Spending {
  if (usage === undefined) throw new Error(`${id} was not answered, so nothing was billed for it.`)
  return costing(body.model, usage, 'live')
}

/** What answered requests of message batches cost. */
export function billedInBatches(requests: readonly BilledRequest[]): Spending[] {
  return requests.map(({ params, usage }) => costing(params.model, usage, 'batch'))
}

function costing(model: string, usage: Usage, delivery: Delivery): Spending {
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage
  const tokens = {
    input_tokens,
    output_tokens,
    cache_read_tokens: cache_read_input_tokens,
    cache_write_tokens: cache_creation_input_tokens,
    ...seldomOf({ cache_write_1h_tokens: usage.cache_creation.ephemeral_1h_input_tokens }),
  }
  return { ...tokens, cost_usd: costOf(model, tokens, { provider: claude }, delivery) }
}

export function sum(spendings: (Spending | LedgerLine)[]): Spending {
  return spendings.map(spendingOf).reduce(plus, nothingSpent)
}
