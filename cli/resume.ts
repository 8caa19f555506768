/** `itemwise resume`: goes on with a version that is not finished. */
import { resumeVersion } from '../runners/run-pipeline.ts'
import { targetOf } from './place-flags.ts'
import { limitIn, type RunOptions, startRun } from './start-run.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

export async function resume(
  [pipeline = '', version]: string[],
  flags: RunOptions,
  terminal: Terminal,
): Promise<number> {
  if (targetOf(flags, terminal) === 'aws') {
    const { resumeOnAws } = await import('./aws/start-cloud-run.ts')
    return resumeOnAws([pipeline, ...(version === undefined ? [] : [version])], flags, terminal)
  }
  const store = openWorkspace(flags, terminal)
  return startRun({ flags, store }, terminal, (tools) =>
    resumeVersion(tools, { pipeline, version, max_cost_usd: limitIn(flags) }),
  )
}
