/** Makes the version of a run that was checked: takes the next number and keeps what the run needs. */

import type { Metadata, RunDocument } from '../documents.ts'
import type { CheckTools, Opening, Prospect } from '../request/prospect.ts'
import { type Lease, type NewVersion, oneOffs, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { runCopy, runText } from '../versions/version-documents.ts'
import { fail } from './fail.ts'

export interface Opened {
  ref: VersionRef
  lease: Lease
  run: RunDocument
}

/** Begins what was checked: a new version appears, `running`. */
export async function beginVersion(
  tools: CheckTools,
  { opening, prospect }: { opening: Opening; prospect: Prospect },
): Promise<Opened> {
  const { store } = tools
  const { run, pipeline } = prospect
  // If the base is a dead run, its ledgers are written now: its paid answers are in its journal.
  if (prospect.base !== null) await settle(tools, prospect.base)
  const make = (version: string): NewVersion => ({
    metadata: firstMetadata(tools, { opening, prospect, version }),
    files: new Map([
      ['run.json', runText(run)],
      [runCopy, runText(run)],
      ...prospect.steps.map((ready) => [ready.step.template, ready.templateText] as const),
      ...planOf(prospect, { pipeline, version }),
    ]),
  })
  const created =
    pipeline === oneOffs ? await store.createOneOff(run.run_id, make) : await store.createVersion(pipeline, make)
  return { ...created, run }
}

/** What the check found of the first step need not be found again. */
function planOf({ forecast }: Prospect, ref: VersionRef): [string, string][] {
  const { plan } = stepFiles(ref, 1)
  return forecast.plan === null ? [] : [[plan.slice(versionFolder(ref).length + 1), forecast.plan]]
}

/** Writes down what a dead run had kept: its paid answers are in its journal. */
export async function settle(tools: Pick<CheckTools, 'store' | 'now'>, base: VersionRef): Promise<void> {
  const state = await tools.store.version(base)
  if (state === undefined || state.alive || state.metadata.status !== 'running') return
  const lease = await tools.store.lease(base, { toSettle: true })
  const clock = { workedMs: () => lease.inheritedSeconds * 1000, now: tools.now }
  const reason = 'The process that ran it is gone.'
  try {
    await fail(tools.store, base, { status: 'failed', reason, clock })
  } finally {
    await lease.release()
  }
}

function firstMetadata(
  tools: CheckTools,
  { opening, prospect, version }: { opening: Opening; prospect: Prospect; version: string },
): Metadata {
  const { request } = opening
  const oneOff = prospect.pipeline === oneOffs
  return {
    version,
    pipeline_name: request.pipeline_name ?? null,
    timestamp: localTime(tools.now()),
    mode: prospect.run.mode,
    base_version: prospect.run.base_version,
    module_number: request.module_number ?? null,
    path_letter: request.path_letter ?? null,
    pipeline_status: request.pipeline_status ?? 'draft',
    notes: request.notes ?? null,
    duration_seconds: 0,
    status: 'running',
    full_pipeline_name: oneOff ? null : prospect.pipeline,
    logs: [],
    stats: {},
  }
}
