/** Whether the part that all prompts of a step share is worth caching. */
import type { ResolvedStep } from '../documents.ts'
import { factsOf, type Provider } from '../provider.ts'

// A model that is not in the table: the highest minimum, so that a breakpoint is set only where it must pay.
const cautious = 4096

/** Characters of one token, in the shortest case seen in prose; too many cached breakpoints cost nothing, as they are ignored. */
const charactersPerToken = 3.5

/** The shortest prefix, in tokens, that a model caches. */
export function shortestCached(model: string, provider: Pick<Provider, 'models'>): number {
  return factsOf(provider, model)?.shortest_cached ?? cautious
}

/** Decides for a step whether a shared prefix (system prompt, schema and the beginning of the prompt) reaches its model's minimum. */
export function worthCachingIn(
  { model, system, output_schema }: Pick<ResolvedStep, 'model' | 'system' | 'output_schema'>,
  provider: Pick<Provider, 'models'>,
): (sharedCharacters: number) => boolean {
  const always = (system?.length ?? 0) + (output_schema === null ? 0 : JSON.stringify(output_schema).length)
  const minimum = shortestCached(model, provider)
  return (sharedCharacters) => (always + sharedCharacters) / charactersPerToken >= minimum
}
