/** Asks the model for one item's answer: once, and if the answer cannot be used, once more with the reason. */
import type { LedgerLine, PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { ItemFailed, ModelUnavailable, RunFailed, RunInterrupted } from '../errors.ts'
import type { AskOptions, Model, Question, Reply, Turn } from '../model.ts'
import { costOf } from '../money/prices.ts'
import { nothingSpent, roundedDollars, seldomOf, spendingOf } from '../money/spending.ts'
import type { Provider } from '../provider.ts'
import type { Delivery } from '../request.ts'
import type { Report } from '../run-events.ts'
import type { Keeper, RawReply, SpentReply } from '../store.ts'
import { questionOf } from '../templates/questions.ts'
import type { Json } from '../text/json.ts'
import { askAgain, type Judged } from './judge.ts'

/** What the last reply cost, as it stands in the item's ledger line; earlier replies are kept as spent. */
type Spent = Omit<SpentReply, 'item_index'> & Pick<LedgerLine, 'model' | 'request_id' | 'delivery'>

export type Asked =
  | { failure: null; answer: Json; spent: Spent; reply: null }
  | {
      failure: ItemFailed
      answer: null
      spent: Spent
      reply: string | null
      /** To be thrown when the failure is kept: no other item would get an answer either. */
      ends?: ModelUnavailable
    }

export interface Asking {
  model: Model
  provider: Provider
  step: ResolvedStep
  run: RunDocument
  line: PlanLine
  prompt: string
  /** Characters at the start of the prompt to be cached with the system prompt and the schema, or null. */
  shared: number | null
  /** How long that stays. Default: 5m. */
  cacheFor?: Question['cache_for']
  judge: (reply: Reply) => Judged
  keeper: Keeper
  /** Milliseconds of the clock of deadlines (AskOptions). */
  monotonic: () => number
  halt: AbortSignal
  /** What an outage is waited for with. */
  outage: Pick<AskOptions, 'stop' | 'onOutage' | 'giveUpAfterMs' | 'outageSince'>
  report: Report
  /** Longest time for one ask, retries included. */
  timeout_ms: number
  log: (level: 'info' | 'warning', message: string) => Promise<void>
  /** How money is asked for, if the run has a limit. */
  attempts: ((question: Question) => NonNullable<AskOptions['attempt']>) | null
  /** Of the prompt with the step's settings. */
  fingerprint: string
  /** A reply to this very question that came before the process was killed: it is judged instead of making a call. */
  unjudged: RawReply | null
}

/** Asks for an item's answer. Throws ModelUnavailable, StoreUnwritable, BudgetReached, or the reason of `halt`. */
export async function askFor(asking: Asking): Promise<Asked> {
  const { unjudged } = asking
  if (unjudged?.again) return judgedAgain(asking, unjudged.reply)
  const first = unjudged?.reply ?? (await ask(asking, [{ role: 'user', content: asking.prompt }]))
  if ('failure' in first) return { ...failed(first.failure, { reply: null, text: null, asking }), ...first.ending }
  const judged = asking.judge(first)
  if (judged.usable) return answered(judged.answer, first, asking)
  if (!judged.again) return failed(failureOf(judged, first), { reply: first, text: first.text, asking })
  const spent = spentOn(first, asking)
  await asking.keeper.spend({ item_index: asking.line.item_index, ...spent })
  const { step, line, report } = asking
  report({ type: 'spent', step: step.step, item_id: line.item_id, spending: spendingOf(spent) })
  await asking.log('info', `Asked for twice: ${judged.reason}`)
  return secondAsk(asking, { first, reason: judged.reason })
}

async function secondAsk(asking: Asking, { first, reason }: { first: Reply; reason: string }): Promise<Asked> {
  const turns = askAgain({ prompt: asking.prompt, reply: first.text, reason }, asking.step)
  const second = await ask(asking, turns, { again: true })
  if ('failure' in second)
    return { ...failed(second.failure, { reply: null, text: first.text, asking }), ...second.ending }
  return judgedAgain(asking, second)
}

/** The outcome of the second reply: there is no third ask. */
function judgedAgain(asking: Asking, second: Reply): Asked {
  const judged = asking.judge(second)
  if (judged.usable) return answered(judged.answer, second, asking)
  return failed(failureOf(judged, second), { reply: second, text: second.text, asking })
}

async function ask(
  asking: Asking,
  turns: Turn[],
  { again = false } = {},
): Promise<Reply | { failure: ItemFailed; ending?: { ends: ModelUnavailable } }> {
  const { model, step, line, shared, monotonic, halt, report, timeout_ms, keeper, fingerprint, cacheFor } = asking
  const question = { ...questionOf(step, turns, shared), ...(cacheFor && { cache_for: cacheFor }) }
  const money = moneyFor(asking, question)
  const onRetry = (retry: Parameters<Parameters<Model['ask']>[1]['onRetry']>[0]) =>
    report({ type: 'retry', step: step.step, item_id: line.item_id, retry })
  try {
    const deadline = monotonic() + timeout_ms
    const reply = await model.ask(question, { deadline, signal: halt, onRetry, ...asking.outage, ...money.option })
    await keeper.receive?.({ item_index: line.item_index, fingerprint, again, reply })
    money.checkAskedFor()
    return reply
  } catch (error) {
    if (error instanceof ItemFailed) return { failure: error }
    if (error instanceof ModelUnavailable && error.failure !== null)
      return { failure: error.failure, ending: { ends: error } }
    const { stop } = asking.outage
    if (stop?.aborted && error === stop.reason) throw new RunInterrupted('The run was stopped.', { cause: error })
    throw error
  }
}

/** The option through which the model reserves the money for each call. A model that ignores it would exceed the limit unnoticed. */
function moneyFor(
  { attempts }: Asking,
  question: Question,
): { option: Pick<AskOptions, 'attempt'>; checkAskedFor(): void } {
  if (attempts === null) return { option: {}, checkAskedFor: () => {} }
  const reserve = attempts(question)
  let asked = false
  const attempt: AskOptions['attempt'] = () => {
    asked = true
    return reserve()
  }
  const checkAskedFor = () => {
    if (asked) return
    throw new RunFailed(
      'max_cost_usd cannot hold: this model called without awaiting `attempt` of its options before. Call it, or leave max_cost_usd out.',
    )
  }
  return { option: { attempt }, checkAskedFor }
}

function answered(answer: Json, reply: Reply, asking: Asking): Asked & { failure: null } {
  return { failure: null, answer, spent: spentOn(reply, asking), reply: null }
}

function failed(
  failure: ItemFailed,
  { reply, text, asking }: { reply: Reply | null; text: string | null; asking: Asking },
): Asked & { answer: null } {
  return {
    failure,
    answer: null,
    spent: reply === null ? spentWithoutReply(failure) : spentOn(reply, asking),
    reply: text,
  }
}

/** What an item took that got no reply. */
export function spentWithoutReply({ attempts, request_id, cost_unknown }: ItemFailed): Spent {
  const cost_usd = cost_unknown ? null : 0
  return { ...nothingSpent, cost_usd, model: null, milliseconds: 0, attempts, request_id }
}

function failureOf(judged: Judged & { usable: false }, reply: Reply): ItemFailed {
  return new ItemFailed(judged.kind, judged.reason, { attempts: reply.attempts, request_id: reply.request_id })
}

/** What a reply cost, as it stands in a ledger line. */
export function spentOn(reply: Reply, { model, provider, run }: Pick<Asking, 'model' | 'provider' | 'run'>): Spent {
  const { milliseconds, attempts, request_id, delivery = 'live' } = reply
  const list = { provider, own: run.workspace.prices }
  const cost = (as: Delivery) => (reply.cost_unknown ? null : costOf(reply.model, reply.tokens, list, as))
  const cost_usd = model.standIn ? 0 : cost(delivery)
  const saved = model.standIn ? 0 : roundedDollars((cost('live') ?? 0) - (cost_usd ?? 0))
  return {
    ...{ model: reply.model, ...reply.tokens, cost_usd, milliseconds, attempts, request_id },
    ...seldomOf({ ...reply.tokens, batch_saved_usd: saved }),
    ...(run.request.delivery === 'batch' && { delivery }),
  }
}
