/** Which errors of the API end a run, and what to do about them. */
import type { CallError, RetryRules } from '../calls/retry.ts'

// All of these end a run: no other item could be paid for either.
const spendCodes = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
])
// These two have no code of their own (2026-10-21): a limit you set yourself, and a prepaid account that is empty.
const spendMessage = /^You have reached your specified API usage limits|credit balance is too low/i

interface Asked {
  model: string
  /** Where a person finds the key. Default: ANTHROPIC_API_KEY. */
  keyFrom?: string | undefined
}

/** The rules for calls that ask a model with a key. */
export function retryRules(asked: Asked): RetryRules {
  return { stopMessage: (callError) => stopMessage(callError, asked), addressFrom: 'ANTHROPIC_BASE_URL' }
}

function stopMessage(callError: CallError, { model, keyFrom = 'ANTHROPIC_API_KEY' }: Asked): string | null {
  if (callError.what !== 'status') return null
  const { status, code, message, type } = callError
  const said = `(${status}: ${message})`
  if ((code !== null && spendCodes.has(code)) || (status === 400 && spendMessage.test(message))) {
    return `The spend limit of this account is reached ${said}. Raise it in the Claude Console or wait until it is reset, then resume the run.`
  }
  if (status === 401) {
    return `The API does not accept the key ${said}. The key comes from ${keyFrom}; check that it is whole and still valid.`
  }
  if (status === 402)
    return `The account cannot pay for calls ${said}. Check its billing in the Claude Console, then resume the run.`
  if (status === 403) {
    return `The key may not use ${model} ${said}. The key comes from ${keyFrom}; use one whose workspace may use this model.`
  }
  if (status !== 404) return null
  if (type === 'not_found_error')
    return `The API does not know the model ${model} ${said}. Correct its name in the step, the template or itemwise.yaml, and start a new run: a resumed one keeps its settings.`
  return `There is no Claude API at the address that was asked ${said}. Check ANTHROPIC_BASE_URL.`
}
