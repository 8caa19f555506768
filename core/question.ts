/** What a model is asked, and what it replies. */
import type { AnswerFormat } from './answer-format.ts'
import type { ResolvedStep, Spending } from './documents.ts'
import type { QuestionField } from './model-fields.ts'
import type { Delivery } from './request.ts'

/** One message of the conversation with a model. */
export interface Turn {
  role: 'user' | 'assistant'
  content: string
}

/** The settings of the step. */
export type QuestionSettings = Pick<ResolvedStep, QuestionField>

/** What is sent for one answer, before it becomes an API request. */
export interface Question extends QuestionSettings {
  turns: Turn[]
  /** In which format the answer is kept. Nothing of it is sent. Default: json. */
  answer_format?: AnswerFormat
  /** Characters at the start of the first turn that are the same for every item and are cached with all before them; null or none: no caching. */
  shared?: number | null
  /** How long what is cached stays. Nothing of it is in the fingerprint. Default: 5m. */
  cache_for?: '5m' | '1h'
}

/** What a reply used. */
export type TokenCounts = Omit<Spending, 'cost_usd' | 'batch_saved_usd'>

/** A paid reply, usable or not. */
export interface Reply {
  /** All text of the reply, as it came. */
  text: string
  stop_reason: string
  model: string
  tokens: TokenCounts
  /** True if the reply, or one before it that could not be read, did not say what it used: what it cost is not known. */
  cost_unknown?: boolean
  request_id: string | null
  /** How it came. Default: live. */
  delivery?: Delivery
  /** Calls made until this reply came, itself included. */
  attempts: number
  /** From the first attempt to the reply. */
  milliseconds: number
}
