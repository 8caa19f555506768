/** What starts would do and cost on this machine. */
import type { Estimates } from '../../api/ports.ts'
import type { Store } from '../../core/store.ts'
import { countingModel } from '../../runners/counting-model.ts'
import { dryRunStart } from '../../runners/dry-run.ts'

/** With a key the API counts tokens, which costs nothing. */
export function localEstimates(store: Store, env: Record<string, string | undefined>): Estimates {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseURL } = env
  return {
    of: async (start, { offline }) =>
      dryRunStart({ store, model: await countingModel({ offline, apiKey, baseURL }) }, start),
  }
}
