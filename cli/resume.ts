/** `itemwise resume`: resumes an unfinished version. */
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { limitIn, type RunOptions } from './run-options.ts'
import type { Terminal } from './terminal.ts'

export interface ResumeOptions extends StoreFlags, Omit<RunOptions, 'yes'> {
  concurrency?: number
}

export async function resume(
  [pipeline, version]: [string, string?],
  flags: ResumeOptions,
  terminal: Terminal,
): Promise<number> {
  const place = await openPlace(flags, terminal)
  return place.resume({ pipeline, version, max_cost_usd: limitIn(flags), max_concurrency: flags.concurrency }, flags)
}
