/** How far a running version is, as its run tells it; without word of its run only that it is running. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RunState } from '../api/shapes.ts'
import { counted, dollars } from '../parts/numbers.ts'
import { followRun } from '../state/follow-run.ts'

interface LiveBarProps {
  version: string
  /** Null if the version does not say it. */
  runId: string | null
  onEnd: () => void
}

export function LiveBar({ version, runId, onEnd }: LiveBarProps) {
  const state = useSignal<RunState | null>(null)
  useEffect(() => {
    if (runId === null) return
    return followRun(runId, {
      onState: (now) => {
        const wasRunning = state.peek()?.status === 'running'
        state.value = now
        if (now.status !== 'running' && wasRunning) onEnd()
      },
      onLost: () => {},
    })
  }, [runId])
  // A version that was resumed is run by another run than the one that began it.
  const run = state.value?.status === 'running' ? state.value : null
  const step = run?.steps.at(-1)
  const done = step === undefined ? 0 : step.answered + step.failed
  return (
    <div class="card-running">
      <p class="running-text">
        <span class="pulse" aria-hidden="true" />
        {`${version} is running`}
        {step !== undefined && (
          <span class="faint">
            {` · step ${step.step}: ${counted(done)} of ${counted(step.process)}${step.failed > 0 ? `, ${counted(step.failed)} failed` : ''}${run?.cost_usd ? `, ${dollars(run.cost_usd)}` : ''}`}
          </span>
        )}
      </p>
      {step !== undefined && (
        <progress max={Math.max(1, step.process)} value={done} aria-label={`${version}, step ${step.step}`} />
      )}
    </div>
  )
}
