/** The status of a run: its execution tells its progress, its version the result. */
import type { RunState } from '../api/documents.ts'
import { endedStep } from '../api/step-state.ts'
import { endOf, errorOfStatus } from '../core/flow.ts'
import { nothingSpent, plus } from '../core/money/spending.ts'
import type { VersionRef } from '../core/store.ts'
import type { CloudStore, RunProgress } from '../stores/s3-dynamodb.ts'
import type { ExecutionState } from './executions.ts'

type Standing = Pick<RunState, 'status' | 'error'>

/** The status, and the error if any, of a run. `ref`: the version it began; null if it has begun none. */
export function standingOf(execution: ExecutionState, ref: VersionRef | null): Standing {
  const { status, error, cause } = execution
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return { status: 'running', error: null }
  if (status === 'SUCCEEDED') return { status: ref === null ? 'nothing_to_do' : 'completed', error: null }
  const aborted = endOf(status === 'ABORTED' ? errorOfStatus(status) : error) === 'aborted'
  const name = error ?? errorOfStatus(status)
  const message = cause ?? (aborted ? 'The run was stopped.' : 'The run failed.')
  if (aborted) return { status: 'aborted', error: { name, message } }
  return { status: ref === null ? 'refused' : 'failed', error: { name, message } }
}

/** The status of a run whose execution AWS has forgotten, read from its version. */
export async function standingOfVersion(store: CloudStore, ref: VersionRef): Promise<Standing> {
  const state = await store.version(ref)
  const status = state?.metadata.status ?? 'failed'
  return { status: status === 'running' && !state?.alive ? 'failed' : status, error: null }
}

/** The counts of a version: from the table while it runs, from its record afterwards. */
export async function countsOf(store: CloudStore, ref: VersionRef): Promise<Pick<RunState, 'steps' | 'cost_usd'>> {
  const progress = await store.progress(ref).read()
  const stats = (await store.version(ref))?.metadata.stats
  const ended = stats !== undefined && 'steps' in stats ? stats.steps.map(endedStep) : []
  const steps = progress === undefined ? ended : progress.steps.map(goingStep)
  return { steps, cost_usd: steps.reduce(plus, nothingSpent).cost_usd }
}

function goingStep({ kept, answered, ...step }: RunProgress['steps'][number]): RunState['steps'][number] {
  return { ...step, answered: answered + kept }
}
