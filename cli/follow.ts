/** `itemwise follow <pipeline> [version]`: follows a run on AWS to its end, from wherever it is; or waits for the message batches of one here. */
import { oneOffs } from '../core/store.ts'

import type { StoreFlags } from './place-flags.ts'
import { openPlaceOfRun } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface FollowOptions extends StoreFlags {
  notify?: boolean
  json?: boolean
  verbose?: boolean
}

/** Returns and throws what the run's own command would. */
export async function follow(words: [string, string?], flags: FollowOptions, terminal: Terminal): Promise<number> {
  const found = await openPlaceOfRun(words, flags, terminal)
  if (found.waiting !== null) {
    const { place, waiting } = found
    const { pipeline, version } = waiting.ref
    const named = pipeline === oneOffs ? { pipeline: version } : { pipeline, version }
    return place.resume(named, { ...flags, offline: waiting.offline })
  }
  return found.place.remote.follow(found.run_id, flags)
}
