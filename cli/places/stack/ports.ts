/** What the API works on if it runs here, over the stack, with the credentials of whoever started it. */
import type { Ports } from '../../../api/ports.ts'
import { StepTables } from '../../../core/rows/step-tables.ts'
import { CloudRuns } from '../../../executions/cloud-runs.ts'
import { VersionPages } from '../../../stores/version-pages.ts'
import type { Stack } from '../../../workspace/stack/open-stack.ts'
import { localEstimates } from '../../serve/local-estimates.ts'

/** Files go through this process: nobody needs an address of the bucket. */
export function stackPorts(
  { place, store, executions }: Stack,
  { reviewer, closing, env }: { reviewer: string; closing: AbortSignal; env: Record<string, string | undefined> },
): Ports {
  return {
    store,
    runs: new CloudRuns(store, executions),
    pages: new VersionPages(place.table),
    links: { linkTo: async () => null },
    tables: new StepTables(store),
    reviewer,
    place: { target: 'aws', workspace: null },
    estimates: localEstimates(store, env),
    templates: null,
    streams: { until: closing },
  }
}
