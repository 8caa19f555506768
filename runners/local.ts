/** Drives the five stages in this process. */

import type { Chunk, Keep, Metadata, ResolvedStep, RunDocument, Stats } from '../core/documents.ts'
import { behindOpen, RunDetached, WriterReplaced } from '../core/errors.ts'
import { endOf, flow, type StepStage } from '../core/flow.ts'
import { cachingSaved } from '../core/money/caching-saved.ts'
import type { Opened } from '../core/stages/begin-version.ts'
import { collate } from '../core/stages/collate.ts'
import { fail } from '../core/stages/fail.ts'
import type { RunClock } from '../core/stages/final-record.ts'
import { plan, wholeStep } from '../core/stages/plan.ts'
import { process as processChunk } from '../core/stages/process.ts'
import type { ItemTools } from '../core/stages/process-item.ts'
import { publish } from '../core/stages/publish.ts'
import { stepFiles, type VersionRef, versionFolder } from '../core/store.ts'
import { seconds } from '../core/text/clock-text.ts'
import { batchesOut } from '../core/versions/message-batches.ts'
import { readText } from '../core/versions/version-documents.ts'
import { claude } from '../models/claude/claude.ts'

/** What a run here works with. If `stop` is aborted, the version stays resumable. */
export type LocalTools = ItemTools

/** What a run came to. */
export interface RunResult {
  pipeline: string
  version: string
  /** outputs/<pipeline>/<version>: a path in the workspace. Of `runPipeline` it is absolute. */
  folder: string
  status: Metadata['status']
  stats: Stats
  /** USD; null if a price is not known. */
  caching_saved_usd: number | null
  /** Paths of the collated outputs, one a step; as those of `folder`. */
  outputs: string[]
  /** How prompts and single answers are kept; absent if each is a file. */
  keep?: Keep
}

/**
 * Runs a version to its end. After an error the version is `failed` (or `aborted`, when it was stopped) with everything
 * paid for in it, and the error is thrown.
 */
export async function runLocally(tools: LocalTools, { ref, lease, run }: Opened): Promise<RunResult> {
  const { store, now, monotonic } = tools
  const started = monotonic() - lease.inheritedSeconds * 1000
  const clock: RunClock = { workedMs: () => monotonic() - started, now }
  const halt = AbortSignal.any([tools.halt, lease.lost])
  try {
    const began = now()
    const goesOn = (await batchesOut(store, ref)).length > 0
    for (const step of run.steps) await runStep({ ...tools, halt, began, goesOn }, ref, { run, step })
    const metadata = await publish(store, ref, clock)
    return resultOf(ref, run, metadata)
  } catch (thrown) {
    const error = behindOpen(thrown)
    if (error instanceof RunDetached) {
      await leave(tools, ref, clock)
      throw error
    }
    if (!(error instanceof WriterReplaced)) await failQuietly(tools, ref, { error, clock })
    throw error
  } finally {
    await lease.release()
  }
}

/** The version stays `running`, and its time so far is written down. */
async function leave({ store }: LocalTools, ref: VersionRef, { workedMs }: RunClock): Promise<void> {
  const before = (await store.version(ref))?.metadata.duration_seconds ?? 0
  await store.updateVersion(ref, { duration_seconds: seconds(before * 1000 + workedMs()) })
}

/** The first error is the one to tell; a second one from writing it down (a full disk) must not hide it. */
async function failQuietly(
  { store, report }: LocalTools,
  ref: VersionRef,
  { error, clock }: { error: unknown; clock: RunClock },
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error)
  try {
    await fail(store, ref, { status: endOf(error instanceof Error ? error.name : null), reason, clock })
  } catch (second) {
    const why = second instanceof Error ? second.message : String(second)
    report({
      type: 'message',
      level: 'warning',
      text: `The end of the run could not be recorded: ${why} No answer is lost; \`itemwise resume\` continues from there.`,
    })
  }
}

async function runStep(
  tools: LocalTools,
  ref: VersionRef,
  { run, step }: { run: RunDocument; step: ResolvedStep },
): Promise<void> {
  const { store, report } = tools
  const stages: Record<StepStage, () => Promise<void>> = {
    plan: async () => {
      const { items, process, carry, skip, warnings } = await plan(store, ref, {
        step: step.step,
        chunkLimits: wholeStep,
      })
      const { prompt_name, model } = step
      report({
        type: 'step',
        step: step.step,
        steps: run.steps.length,
        prompt_name,
        model,
        items,
        process,
        carry,
        skip,
      })
      // What the first steps warn of was said when the run was checked.
      if (step.input.from === 'step') for (const text of warnings) report({ type: 'message', level: 'warning', text })
    },
    process: async () => {
      const chunks: Chunk[] = JSON.parse(await readText(store, stepFiles(ref, step.step).chunks))
      for (const chunk of chunks) await processChunk(tools, ref, { step: step.step, chunk })
    },
    collate: async () => {
      const { answered, failed } = await collate(store, ref, { step: step.step })
      report({ type: 'step_done', step: step.step, answered, failed })
    },
  }
  for (const stage of flow.eachStep) await stages[stage]()
}

/** What a completed version came to. */
export function resultOf(ref: VersionRef, run: RunDocument, { status, stats }: Metadata): RunResult {
  const outputs = run.steps.map((step) => stepFiles(ref, step.step).collated(step.output_file))
  const counted = stats as Stats
  const caching_saved_usd = cachingSaved(counted.steps, { provider: claude, own: run.workspace.prices })
  const keep = run.steps[0]?.keep
  return {
    ...ref,
    folder: versionFolder(ref),
    status,
    stats: counted,
    caching_saved_usd,
    outputs,
    ...(keep && { keep }),
  }
}
