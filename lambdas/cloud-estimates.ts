/** What starts would do and cost on AWS. Tokens are not counted by the API, which would need its key: they come from characters. */
import type { Estimates } from '../api/ports.ts'
import { estimate, unpricedText } from '../core/estimate/estimate.ts'
import { ForeseenRun } from '../core/estimate/foreseen-prompts.ts'
import { prospectOf } from '../core/request/opening.ts'
import type { Store } from '../core/store.ts'
import { claude } from '../models/claude/claude.ts'

export function cloudEstimates(store: Store, { batches }: { batches: boolean }): Estimates {
  return {
    of: async (start, { offline }) => {
      const prompts = new ForeseenRun(claude)
      const tools = { store, provider: claude, standIn: offline, batches, now: Date.now, newId: () => 'estimate' }
      const prospect = await prospectOf({ ...tools, onPrompt: prompts.add }, start)
      const isFree = prospect.run.stand_in || unpricedText(prospect, claude) !== undefined
      if (isFree) return { prospect, estimate: null }
      return { prospect, estimate: await estimate({ store, provider: claude, prospect, prompts, count: null }) }
    },
  }
}
