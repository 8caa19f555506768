/** What a program and a person are told about a run that has ended. */
import type { Metadata } from '../core/documents.ts'
import { oneOffs, type VersionRef, versionFolder } from '../core/store.ts'
import { countText, moneyText } from './number-text.ts'
import { hasStats } from './version-text.ts'

/** The JSON that `on_end` gets. */
export interface RunSummary {
  /** A sentence. */
  text: string
  pipeline: string
  version: string
  status: Metadata['status']
  label: string
  /** Null if it is not known. */
  items: number | null
  processed: number | null
  failed: number | null
  cost_usd: number | null
  duration_seconds: number
  /** Sentences. */
  oddities: string[]
  /** Why it did not complete. */
  error: string | null
  folder: string
}

export function runSummary({ pipeline, version }: VersionRef, metadata: Metadata, error: unknown): RunSummary {
  const { status, stats, pipeline_status, duration_seconds } = metadata
  const counts = hasStats(stats) ? stats : null
  const summary = {
    pipeline,
    version,
    status,
    label: pipeline_status,
    items: counts?.items ?? null,
    processed: counts?.processed ?? null,
    failed: counts?.failed ?? null,
    cost_usd: counts?.cost_usd ?? null,
    duration_seconds,
    oddities: (counts?.steps ?? []).flatMap(({ oddities = [] }) => oddities.map(({ message }) => message)),
    error: error === null ? null : error instanceof Error ? error.message : String(error),
    folder: versionFolder({ pipeline, version }),
  }
  return { text: sentence(summary), ...summary }
}

function sentence({ pipeline, version, status, ...run }: Omit<RunSummary, 'text'>): string {
  const name = pipeline === oneOffs ? `One-off run ${version}` : `${version} of ${pipeline}`
  const parts = [
    run.items === null ? '' : `${countText(run.items)} item${run.items === 1 ? '' : 's'}`,
    run.failed ? `${countText(run.failed)} failed` : '',
    run.cost_usd ? moneyText(run.cost_usd) : '',
  ].filter(Boolean)
  const counts = parts.length === 0 ? '' : `: ${parts.join(', ')}`
  const odd = run.oddities.length === 0 ? '' : ` Odd: ${run.oddities.join('; ')}.`
  return `${name} ${status === 'completed' ? 'is completed' : `has ended (${status})`}${counts}.${odd}${run.error === null ? '' : ` ${run.error}`}`
}
