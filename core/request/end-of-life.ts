/** Warns of models that no longer answer. The table may be wrong by now, so the run is not refused. */
import type { ResolvedStep } from '../documents.ts'
import { factsOf, type Provider } from '../provider.ts'

/** `now` in epoch milliseconds. */
export function endOfLifeWarnings(
  { step, prompt_name, model }: Pick<ResolvedStep, 'step' | 'prompt_name' | 'model'>,
  { provider, now }: { provider: Provider; now: number },
): string[] {
  const end = factsOf(provider, model)?.end_of_life ?? null
  if (end === null || now < Date.parse(end)) return []
  return [
    `Step ${step} (${prompt_name}): ${model} reached its end of life on ${end} (table of ${provider.date}), so calls will probably fail. Use another model; \`itemwise models\` lists them.`,
  ]
}
