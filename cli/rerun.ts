/** `itemwise rerun`: processes some items again, as a new whole version on a base. */
import { RequestRefused } from '../core/errors.ts'
import type { RunRequest } from '../core/request.ts'
import { NoModel } from '../runners/choose-model.ts'
import { dryRunRerun, type RerunRequest, rerunVersion } from '../runners/run-pipeline.ts'
import { dryRunText } from './dry-run-text.ts'
import { limitIn, type RunOptions, startRun } from './start-run.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

interface RerunFlags extends RunOptions {
  failed?: boolean
  changed?: boolean
  base?: string
  status?: string
  notes?: string
  model?: string
  concurrency?: number
  dryRun?: boolean
}

export async function rerun([pipeline = '', ...ids]: string[], flags: RerunFlags, terminal: Terminal): Promise<number> {
  const { failed = false, changed = false } = flags
  if (ids.length === 0 && !failed && !changed) {
    throw new RequestRefused([
      `Which items? Name their ids (itemwise rerun ${pipeline} 4002 4007), or add --failed or --changed.`,
    ])
  }
  const store = openWorkspace(flags, terminal)
  const wanted: RerunRequest = {
    pipeline,
    ids: ids.length === 0 ? null : ids,
    failed,
    changed,
    base: flags.base ?? 'latest',
    change: changes(flags),
  }
  if (flags.status !== undefined) wanted.status = flags.status
  if (flags.notes !== undefined) wanted.notes = flags.notes
  if (flags.dryRun) {
    const model = new NoModel(flags.offline ?? false)
    terminal.out(dryRunText(await dryRunRerun({ store, model }, wanted), flags))
    return 0
  }
  return startRun({ flags, store }, terminal, (tools) => rerunVersion(tools, wanted))
}

function changes({ model, concurrency, ...flags }: RerunFlags): (request: RunRequest) => RunRequest {
  const settings = {
    ...(model === undefined ? {} : { model }),
    ...(concurrency === undefined ? {} : { max_concurrency: concurrency }),
  }
  const max_cost_usd = limitIn(flags)
  const limit = max_cost_usd === undefined ? {} : { max_cost_usd: max_cost_usd ?? undefined }
  return (request) => ({ ...request, ...limit, steps: request.steps.map((step) => ({ ...step, ...settings })) })
}
