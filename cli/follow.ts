/** `itemwise follow <pipeline> [version]`: watches a run on AWS to its end, from wherever it is. */
import { followToEnd } from './aws/follow-to-end.ts'
import { openStack } from './aws/open-stack.ts'
import { runMeant } from './aws/run-meant.ts'
import type { StoreFlags } from './place-flags.ts'
import { ProgressView } from './progress-view.ts'
import type { Terminal } from './terminal.ts'

export interface FollowOptions extends StoreFlags {
  json?: boolean
  verbose?: boolean
}

/** Returns and throws what the run's own command would. */
export async function follow(words: string[], flags: FollowOptions, terminal: Terminal): Promise<number> {
  const stack = await openStack(flags, terminal)
  const runId = await runMeant(stack, words)
  const view = new ProgressView(terminal, { verbose: flags.verbose === true })
  return followToEnd({ stack, runId, flags, view }, terminal)
}
