/** How many tokens prompts have: counted by the API on a sample if it can be asked, otherwise estimated from their length. */

import type { ResolvedStep } from '../documents.ts'
import { ItemFailed, ModelUnavailable } from '../errors.ts'
import type { Question } from '../model.ts'
import { questionOf } from '../templates/questions.ts'
import { isBlank } from '../text/blank.ts'
import { chosenOf, type HeldPrompt, type Stratum } from './prompt-sample.ts'
import { exactly, type Range } from './range.ts'

/** UTF-8 bytes of one token, as prose has it: 3.5 letters of English, a little more than one sign of Chinese. */
export const bytesPerToken = 3.5

// What a request has around its texts, and what the API adds for an answer that must meet a schema. Seen in 2026-10.
const tokensOfRequest = 8
const tokensOfSchema = 40

// At 24 prompts of one length, of which some have half as many tokens again as others, the mean is good to about 5 %.
const mostCounted = 48
const countedWithin = { low: 0.92, likely: 1, high: 1.08 }
const guessedWithin = { low: 0.75, likely: 1, high: 1.4 }

/** Counts tokens. What cannot be counted has none, and when the API cannot be asked at all, it is asked no further. */
export class TokenCounter {
  #count: ((question: Question) => Promise<number>) | null
  #reached = false
  /** Why it stopped counting. */
  failure: string | null = null

  constructor(count: ((question: Question) => Promise<number>) | null) {
    this.#count = count
  }

  /** Null if this cannot be counted. Throws the reason of a stop. */
  async tokensOf(step: ResolvedStep, prompt: string): Promise<number | null> {
    // The API refuses blank prompts.
    if (this.#count === null || isBlank(prompt)) return null
    try {
      const tokens = await this.#count(questionOf(step, [{ role: 'user', content: prompt }]))
      this.#reached = true
      return tokens
    } catch (error) {
      if (!(error instanceof ItemFailed || error instanceof ModelUnavailable)) throw error
      const isAboutThisPrompt = error instanceof ItemFailed && (this.#reached || error.kind === 'request_refused')
      if (!isAboutThisPrompt) this.#stop(error)
      return null
    }
  }

  #stop({ message }: Error): void {
    this.failure ??= message
    this.#count = null
  }
}

/** Prompts of about one length, with the tokens of one request: prompt, system prompt and schema. */
export interface Load {
  prompts: number
  tokens: Range
}

export interface InputTokens {
  loads: Load[]
  /** How many were counted; 0 if all is estimated from the length. */
  counted: number
}

/** The tokens of all prompts of which these are a sample. */
export async function inputTokens(
  strata: readonly Stratum[],
  step: ResolvedStep,
  counter: TokenCounter,
): Promise<InputTokens> {
  const around = bytesAround(step)
  const loads: Load[] = []
  let counted = 0
  for (const { prompts, bytes, chosen } of chosenOf(strata, mostCounted)) {
    const sample = await countAll(chosen, step, counter)
    counted += sample.length
    const all = bytes + prompts * around
    if (sample.length === 0) {
      loads.push({ prompts, tokens: within(guessedTokens(bytes / prompts, step), guessedWithin) })
    } else {
      const sampled = sample.reduce((sum, one) => sum + one.bytes + around, 0)
      const tokens = sample.reduce((sum, one) => sum + one.tokens, 0)
      const each = ((tokens / sampled) * all) / prompts
      loads.push({ prompts, tokens: sample.length === prompts ? exactly(each) : within(each, countedWithin) })
    }
  }
  return { loads, counted }
}

/** The first alone: if that cannot be counted, no others are tried. */
async function countAll(
  [first, ...others]: readonly HeldPrompt[],
  step: ResolvedStep,
  counter: TokenCounter,
): Promise<{ bytes: number; tokens: number }[]> {
  if (first === undefined) return []
  const count = async ({ prompt, bytes }: HeldPrompt) => ({ bytes, tokens: await counter.tokensOf(step, prompt) })
  const counts = [await count(first), ...(await Promise.all(others.map(count)))]
  return counts.flatMap(({ bytes, tokens }) => (tokens === null ? [] : [{ bytes, tokens }]))
}

/** Tokens of the beginning that prompts share, with the system prompt and the schema before it, for beginnings of `bytes` on average. */
export async function beginningTokens(
  { first, bytes }: { first: string; bytes: number },
  step: ResolvedStep,
  counter: TokenCounter,
): Promise<number> {
  // If the prompts share nothing, the system prompt and the schema are still the same.
  const counted = await counter.tokensOf(step, isBlank(first) ? '.' : first)
  if (counted === null) return guessedTokens(bytes, step)
  const around = bytesAround(step)
  return (counted / (Buffer.byteLength(first) + around)) * (bytes + around)
}

/** Tokens of a request of a step by the UTF-8 bytes of its prompt. */
export function guessedTokens(bytes: number, step: ResolvedStep): number {
  return (bytes + bytesAround(step)) / bytesPerToken
}

/** UTF-8 bytes that every request of a step has beside its prompt. */
function bytesAround({ system, output_schema }: ResolvedStep): number {
  const schema =
    output_schema === null ? 0 : Buffer.byteLength(JSON.stringify(output_schema)) + tokensOfSchema * bytesPerToken
  return Buffer.byteLength(system ?? '') + schema + tokensOfRequest * bytesPerToken
}

function within(tokens: number, { low, likely, high }: Range): Range {
  return { low: tokens * low, likely: tokens * likely, high: tokens * high }
}
