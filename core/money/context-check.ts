/** Which prompts a model can probably not take, by their length: told before anything is paid for, and never a reason to refuse. */

import type { ResolvedStep } from '../documents.ts'
import { factsOf, type Provider } from '../provider.ts'
import { someOf } from '../text/nearest.ts'
import { guessedTokens } from './input-tokens.ts'

export class ContextCheck {
  readonly #step: ResolvedStep
  readonly #tableDate: string
  /** Infinity if it is not known. */
  readonly #context: number
  readonly #tooLong: { id: string; tokens: number }[] = []

  constructor(step: ResolvedStep, provider: Provider) {
    this.#step = step
    this.#tableDate = provider.date
    this.#context = factsOf(provider, step.model)?.context ?? Number.POSITIVE_INFINITY
  }

  add(id: string, prompt: string): void {
    const tokens = guessedTokens(Buffer.byteLength(prompt), this.#step)
    if (tokens + this.#step.max_tokens > this.#context) this.#tooLong.push({ id, tokens })
  }

  warnings(): string[] {
    if (this.#tooLong.length === 0) return []
    const { step, prompt_name, model, max_tokens, batch_mode } = this.#step
    const it = this.#tooLong.length > 1 ? 'them' : 'it'
    const shown = this.#tooLong.map(
      ({ id, tokens }) => `${batch_mode ? `item ${id}` : 'the input'}: about ${rounded(tokens)} tokens`,
    )
    return [
      `Step ${step} (${prompt_name}): ${model} can probably not take ${someOf(shown)}. Its context is ${counted(this.#context)} tokens (table of ${this.#tableDate}), ${counted(max_tokens)} of them for the answer (max_tokens). Shorten ${it}${batch_mode ? `, or leave ${it} out with batch_skip_items` : ''}.`,
    ]
  }
}

/** To two digits: it is an estimate. */
function rounded(tokens: number): string {
  const unit = 10 ** (Math.floor(Math.log10(tokens)) - 1)
  return counted(Math.round(tokens / unit) * unit)
}

function counted(count: number): string {
  return count.toLocaleString('en-US')
}
