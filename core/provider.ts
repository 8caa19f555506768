/** What core knows of a provider: the facts of its models and the rules of its API. models/claude/ has Claude's; core gets it as an argument. */
import type { Prices } from './request.ts'

export interface Provider {
  /** As people call its models: Claude. */
  name: string
  /** The day on which `models` was last compared with what is published: YYYY-MM-DD. */
  date: string
  /** By the model's id without a date. What they lack is not known. */
  models: Readonly<Record<string, ModelFacts>>
  schemaRules: SchemaRules
  /** How a reply ended, by its `stop_reason`. */
  endingOf: (stopReason: string) => ReplyEnding
}

/** Null: not published, or not known. */
export interface ModelFacts {
  prices: ModelPrices | null
  /** The shortest prefix, in tokens, that is cached. A shorter one is not cached, and the API does not say so. */
  shortest_cached: number | null
  /** The least that the model can think: not at all, only between tool calls, or as much as it decides itself. */
  least_thinking: 'disabled' | 'between_tools' | 'always' | null
  /** Tokens of a request and its answer together. */
  context: number | null
  /** Tokens of an answer. */
  max_output: number | null
  /** The day from which the model no longer answers: YYYY-MM-DD. */
  end_of_life: string | null
}

/** USD per million tokens. */
export interface ModelPrices extends Prices {
  /** `cache_write` is the price of 5 minutes. */
  cache_write_1h: number
  /** What a message batch costs, as a share of every price. */
  batch: number
  /** The prices of the whole request if its input is longer. */
  long?: Prices & { cache_write_1h: number; above_input_tokens: number }
}

/** Which JSON Schemas the API's structured outputs can compile. */
export interface SchemaRules {
  types: readonly string[]
  formats: readonly string[]
  understood: ReadonlySet<string>
  /** What to write instead of a keyword that people use often. */
  insteadOf: ReadonlyMap<string, string>
  mostOptional: number
  mostUnions: number
}

/** `early`: for a reason that core has no word for. */
export type ReplyEnding = 'whole' | 'cut_off' | 'refused' | 'early'

/** The facts of a model, by its id or, for a dated id such as claude-haiku-4-5-20251001, by its base. */
export function factsOf({ models }: Pick<Provider, 'models'>, model: string): ModelFacts | undefined {
  const found = [model, undatedId(model)].find((id) => Object.hasOwn(models, id))
  return found === undefined ? undefined : models[found]
}

export function undatedId(model: string): string {
  return model.replace(/-\d{8}$/, '')
}
