/** `itemwise follow <pipeline> [version]`: follows a run on AWS to its end, from wherever it is. */

import type { StoreFlags } from './place-flags.ts'
import { openRemote } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface FollowOptions extends StoreFlags {
  notify?: boolean
  json?: boolean
  verbose?: boolean
}

/** Returns and throws what the run's own command would. */
export async function follow(words: [string, string?], flags: FollowOptions, terminal: Terminal): Promise<number> {
  const { remote } = await openRemote(flags, terminal)
  return remote.follow(await remote.namedRun(words), flags)
}
