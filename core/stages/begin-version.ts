/** Makes the version of a run that was checked: takes the next number and keeps what the run needs. */

import type { Metadata, RunDocument } from '../documents.ts'
import { itemsFile } from '../items/conversion.ts'
import type { FileInput } from '../request/file-input.ts'
import type { CheckTools, Opening, Prospect } from '../request/prospect.ts'
import {
  type ContentStream,
  type Lease,
  type NewVersion,
  oneOffs,
  stepFiles,
  type VersionRef,
  versionFolder,
} from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { editsFile, editsText } from '../versions/applied-edits.ts'
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
  const files = prospect.conversions.over(store)
  const make = (version: string): NewVersion => {
    const text = runText(withOwnItems(run, { pipeline, version }))
    return {
      metadata: firstMetadata(tools, { opening, prospect, version }),
      files: new Map<string, string | (() => ContentStream)>([
        ['run.json', text],
        [runCopy, text],
        ...prospect.steps.map((ready) => [ready.step.template, ready.templateText] as const),
        ...planOf(prospect, { pipeline, version }),
        ...(prospect.edits.length === 0 ? [] : [[editsFile, editsText(prospect.edits)] as const]),
        ...convertedIn(run).map(({ step, input }) => [itemsFile(step), () => files.read(input.resolved)] as const),
      ]),
    }
  }
  const created =
    pipeline === oneOffs ? await store.createOneOff(run.run_id, make) : await store.createVersion(pipeline, make)
  return { ...created, run: withOwnItems(run, created.ref) }
}

/** What the check found of the first step need not be found again. */
function planOf({ forecast }: Prospect, ref: VersionRef): [string, string][] {
  const { plan } = stepFiles(ref, 1)
  return forecast.plan === null ? [] : [[plan.slice(versionFolder(ref).length + 1), forecast.plan]]
}

/** The steps whose input was converted. */
function convertedIn({ steps }: RunDocument): { step: number; input: FileInput }[] {
  return steps.flatMap(({ step, input }) =>
    input.from === 'file' && input.converted !== undefined ? [{ step, input }] : [],
  )
}

/** The run as its version keeps it: what inputs became is read there from now on. */
function withOwnItems(run: RunDocument, ref: VersionRef): RunDocument {
  const own = new Map(convertedIn(run).map(({ step }) => [step, `${versionFolder(ref)}/${itemsFile(step)}`]))
  const steps = run.steps.map((step) => {
    const resolved = own.get(step.step)
    return resolved === undefined || step.input.from !== 'file' ? step : { ...step, input: { ...step.input, resolved } }
  })
  return { ...run, steps }
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
