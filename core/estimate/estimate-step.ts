/**
 * What one step of a run will take: requests, tokens and cost, and where each of these numbers comes from.
 * Long, since each number is computed beside the sentence about its source.
 */

import type { ResolvedStep } from '../documents.ts'
import { shortestCached } from '../money/caching.ts'
import { beginningTokens, bytesPerToken, inputTokens, type Load, type TokenCounter } from '../money/input-tokens.ts'
import { batchShare, costOf, type PriceList } from '../money/prices.ts'
import { combined, exactly, nothing, type Range, rounded, sumOf, times } from '../money/range.ts'
import type { Provider } from '../provider.ts'
import type { Prospect } from '../request/prospect.ts'
import { defaults } from '../request/settings.ts'
import type { WorkspaceSettings } from '../request.ts'
import type { Store } from '../store.ts'
import { baseItems } from '../versions/base-items.ts'
import { type EarlierTokens, earlierTokens } from './earlier-tokens.ts'
import type { Estimating } from './estimating.ts'
import type { ForeseenPrompts } from './foreseen-prompts.ts'
import { guessedAnswer } from './guessed-answer.ts'

/** Where a number comes from. */
export type Basis =
  | { from: 'counted'; prompts: number; of: number }
  | { from: 'characters' }
  | { from: 'earlier'; versions: string[]; answers: number }
  | { from: 'guess' }

/** What a step will take. */
export interface StepEstimate {
  step: number
  prompt_name: string
  model: string
  /** Null if it cannot be known: the items come from a single call that is still to be made. */
  requests: number | null
  /** Of all requests, with system prompts, schemas, and what the cache holds. */
  input_tokens: Range
  input_basis: Basis
  /** Parts of the input tokens. */
  cache_read_tokens: number
  cache_write_tokens: number
  output_tokens: Range
  output_basis: Basis
  /** As the run asks: live, or at half price. */
  cost_usd: Range
  live_usd: Range
  half_price_usd: Range
  /** How long live answers take, as far as that can be guessed. */
  live_seconds: number
}

/** What a step hands on to the next one. */
export interface HandedOn {
  answers: number
  /** Of one of them. */
  tokens: Range
}

interface OneStep {
  step: ResolvedStep
  before: HandedOn
  counter: TokenCounter
}

/** Estimates a step; `before` is what the step before hands on. */
export async function estimateStep(
  { store, provider, prospect, prompts }: Estimating,
  { step, before, counter }: OneStep,
): Promise<{ estimate: StepEstimate; handsOn: HandedOn }> {
  const foreseen = prompts.of(step.step)
  const isUnknown = prospect.forecast.unknown.includes(step.step)
  const earlier = await earlierTokens(store, prospect.pipeline, step)
  const answer = earlier?.output ?? guessedAnswer(step)
  const all = isUnknown ? likeEarlier(earlier) : await inputOf(step, { foreseen, before, earlier, counter })
  const input = withoutAnswered(all, await answeredIn(store, prospect, step))
  const cached = foreseen === undefined || isUnknown ? notCached : await cachingOf(foreseen, { provider, counter })
  const requests = Math.round(promptsOf(input))
  const list = { provider, own: prospect.run.workspace.prices }
  const live = costOfStep(step, { ...input, cached, answer, requests }, list)
  const half = times(live, halfShare(step, requests, { list, workspace: prospect.run.workspace }))
  const estimate: StepEstimate = {
    step: step.step,
    prompt_name: step.prompt_name,
    model: step.model,
    requests: isUnknown && earlier === null ? null : requests,
    input_tokens: rounded(sumOf(input.loads.map(({ tokens, prompts }) => times(tokens, prompts)))),
    input_basis: input.basis,
    cache_read_tokens: Math.round(cached.tokens * cached.reads),
    cache_write_tokens: Math.round(cached.tokens * cached.writes),
    output_tokens: rounded(times(answer, requests)),
    output_basis: earlier === null ? { from: 'guess' } : basisOf(earlier),
    cost_usd: rounded(prospect.run.request.delivery === 'batch' ? half : live, 1e9),
    live_usd: rounded(live, 1e9),
    half_price_usd: rounded(half, 1e9),
    live_seconds: Math.ceil(
      Math.ceil(requests / step.max_concurrency) * (secondsToBegin + answer.likely / tokensASecond),
    ),
  }
  const planned = prospect.forecast.steps.find((one) => one.step === step.step)
  const answers = isUnknown ? requests : (planned?.items ?? 0) - (planned?.skip ?? 0)
  const bytes = earlier?.answer_bytes ?? null
  return { estimate, handsOn: { answers, tokens: bytes === null ? answer : exactly(bytes / bytesPerToken) } }
}

/** A call takes about so long before its answer begins, and the usual models write about so fast. */
const secondsToBegin = 1
const tokensASecond = 80

/** What a step costs at half price, as a share: its first item is asked for live, and a single call always is. */
function halfShare(
  { batch_mode, model }: ResolvedStep,
  requests: number,
  { list, workspace }: { list: PriceList; workspace: WorkspaceSettings },
): number {
  if (!batch_mode) return 1
  const share = batchShare(model, list)
  const worthFrom = workspace.batch_worth_from ?? defaults.batch_worth_from
  return requests < worthFrom ? share : share + (1 - share) / requests
}

interface Input {
  loads: Load[]
  basis: Basis
}

function promptsOf({ loads }: Input): number {
  return loads.reduce((sum, { prompts }) => sum + prompts, 0)
}

/** What an unfinished version that is resumed has answered already. */
async function answeredIn(store: Store, { version, pipeline }: Prospect, { step }: ResolvedStep): Promise<number> {
  let answered = 0
  if (version === null) return answered
  for await (const { decision, state } of baseItems(store, { pipeline, version }, step))
    if (decision === 'process' && state === 'answered') answered += 1
  return answered
}

/** Assumes that answered items are as long as the others. */
function withoutAnswered(input: Input, answered: number): Input {
  const prompts = promptsOf(input)
  const left = prompts === 0 ? 0 : Math.max(0, prompts - answered) / prompts
  return { ...input, loads: input.loads.map((load) => ({ ...load, prompts: load.prompts * left })) }
}

function basisOf({ versions, answers }: EarlierTokens): Basis {
  return { from: 'earlier', versions, answers }
}

/** Behind a single call that is still to be made: as many items, and as long ones, as there were the last time. */
function likeEarlier(earlier: EarlierTokens | null): Input {
  if (earlier === null) return { loads: [], basis: { from: 'guess' } }
  return { loads: [{ prompts: earlier.items, tokens: earlier.input }], basis: basisOf(earlier) }
}

interface InputView {
  foreseen: ForeseenPrompts | undefined
  before: HandedOn
  earlier: EarlierTokens | null
  counter: TokenCounter
}

async function inputOf(step: ResolvedStep, view: InputView): Promise<Input> {
  const { foreseen, earlier, counter } = view
  if (foreseen === undefined) return { loads: [], basis: { from: 'characters' } }
  const whole = await inputTokens(foreseen.whole.strata(), step, counter)
  const strata = foreseen.partial.strata()
  const of = foreseen.whole.strata().reduce((sum, { prompts }) => sum + prompts, 0)
  if (strata.length === 0) {
    return {
      loads: whole.loads,
      basis: whole.counted === 0 ? { from: 'characters' } : { from: 'counted', prompts: whole.counted, of },
    }
  }
  if (earlier !== null) {
    const prompts = strata.reduce((sum, one) => sum + one.prompts, 0)
    return { loads: [...whole.loads, { prompts, tokens: earlier.input }], basis: basisOf(earlier) }
  }
  const known = await inputTokens(strata, step, counter)
  const answer = answerIn(foreseen, view.before)
  const guessed = known.loads.map(({ prompts, tokens }) => ({ prompts, tokens: sumOf([tokens, answer]) }))
  return { loads: [...whole.loads, ...guessed], basis: { from: 'guess' } }
}

/** What the answers of the step before add to a prompt whose item is still to come. */
function answerIn({ ready: { step, template } }: ForeseenPrompts, before: HandedOn): Range {
  const usesOnlyRoot =
    template.names.length > 0 && [...template.names, ...template.gaps].every((name) => name.startsWith('root__'))
  if (usesOnlyRoot) return nothing
  return step.batch_mode ? before.tokens : times(before.tokens, before.answers)
}

/** The first request with a beginning writes it, the others read it. */
interface Cached {
  /** Of one beginning. */
  tokens: number
  reads: number
  writes: number
}

const notCached: Cached = { tokens: 0, reads: 0, writes: 0 }

async function cachingOf(
  { ready: { step }, shared }: ForeseenPrompts,
  { provider, counter }: { provider: Provider; counter: TokenCounter },
): Promise<Cached> {
  // A single request has none to share with.
  if (shared.first === null || shared.prompts < 2) return notCached
  const tokens = await beginningTokens({ first: shared.first, bytes: shared.bytes / shared.prompts }, step, counter)
  if (tokens < shortestCached(step.model, provider)) return notCached
  return { tokens, reads: shared.prompts - shared.different, writes: shared.different }
}

interface Taken {
  loads: Load[]
  cached: Cached
  /** Tokens of one answer. */
  answer: Range
  requests: number
}

/** In the worst case every request writes the cache and none reads it, as with a gateway that routes each elsewhere. */
const unread: Range = { low: 0, likely: 0, high: 1 }

/** Request by request of each length: above a length a model may cost more. */
function costOfStep({ model }: ResolvedStep, { loads, cached, answer, requests }: Taken, list: PriceList): Range {
  const costs = loads.map(({ prompts, tokens }) => {
    const one = combined([tokens, answer, unread], ([input = 0, output = 0, isUnread = 0]) => {
      const beginning = Math.min(cached.tokens, input)
      const reads = (beginning * cached.reads) / Math.max(1, requests)
      const writes = (beginning * cached.writes) / Math.max(1, requests)
      const cache_read_tokens = reads * (1 - isUnread)
      const cache_write_tokens = writes + reads * isUnread
      const input_tokens = input - cache_read_tokens - cache_write_tokens
      const taken = { input_tokens, output_tokens: output, cache_read_tokens, cache_write_tokens }
      return costOf(model, taken, list) ?? 0
    })
    return times(one, prompts)
  })
  return sumOf(costs)
}
