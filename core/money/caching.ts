/** Whether the part that all prompts of a step share is worth caching. */
import type { ResolvedStep } from '../documents.ts'

/**
 * The shortest prefix, in tokens, that a model caches; a shorter one is not cached and nothing is said.
 * By the start of the model's id; the first that fits holds. Source: the API's documentation, 2026-08 to 2026-10.
 */
const minimums: readonly (readonly [prefix: string, tokens: number])[] = [
  ['claude-haiku-5-5', 512],
  ['claude-sonnet-5-5', 512],
  ['claude-opus-5', 512],
  ['claude-fable-5', 512],
  ['claude-mythos-5', 512],
  ['claude-opus-4-8', 1024],
  ['claude-sonnet-5', 1024],
  ['claude-sonnet-4-', 1024],
  ['claude-opus-4-7', 2048],
  ['claude-opus-4-', 4096],
  ['claude-haiku-4-5', 4096],
]

// A model that is not in the table: the highest minimum, so that a breakpoint is set only where it must pay.
const cautious = 4096

/** Characters of one token, in the shortest case seen in prose; too many cached breakpoints cost nothing, as they are ignored. */
const charactersPerToken = 3.5

/** The shortest prefix, in tokens, that a model caches. */
export function shortestCached(model: string): number {
  return minimums.find(([prefix]) => model.startsWith(prefix))?.[1] ?? cautious
}

/** Decides for a step whether a shared prefix (system prompt, schema and the beginning of the prompt) reaches its model's minimum. */
export function worthCachingIn({
  model,
  system,
  output_schema,
}: Pick<ResolvedStep, 'model' | 'system' | 'output_schema'>): (sharedCharacters: number) => boolean {
  const always = (system?.length ?? 0) + (output_schema === null ? 0 : JSON.stringify(output_schema).length)
  const minimum = shortestCached(model)
  return (sharedCharacters) => (always + sharedCharacters) / charactersPerToken >= minimum
}
