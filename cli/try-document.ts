/** What `itemwise try --json` prints. */
import type { Stats } from '../core/documents.ts'
import { answerValue } from '../core/versions/changed-answer-fields.ts'
import type { ItemInStep } from '../core/versions/find-item.ts'
import type { Tried } from './try-text.ts'
import type { Variant } from './try-variants.ts'

/** One variant's run. */
export interface TryRun {
  /** Of the one-off run. */
  id: string
  variant: Variant
  stats: Stats
}

/** The runs in the order of the variants, and in each item the same order. */
export function documentOf(
  runs: readonly TryRun[],
  found: readonly { item: string; tries: readonly Tried[] }[],
): object {
  return {
    tries: runs.map(({ id, variant: { model, prompt }, stats: { steps: _steps, ...stats } }, at) => ({
      ...{ run: id, model, prompt, stats },
      items: found.map(({ item, tries }) => ({ item, steps: (tries[at]?.steps ?? []).map(stepOf) })),
    })),
  }
}

function stepOf({ step, prompt_name, prompt, answer, reply, line }: ItemInStep): object {
  const { model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, milliseconds, error } =
    line ?? {}
  const spent = { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, milliseconds }
  const value = answer === null ? null : answerValue(answer)
  return { step, prompt_name, model, prompt, answer: value, reply, error: error ?? null, ...spent }
}
