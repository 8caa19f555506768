/** A run while it goes on: a bar for each step, and where it leads when it has ended. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { RunState } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { counted, dollars } from '../parts/numbers.ts'
import { followRun } from '../state/follow-run.ts'
import { goTo, linkTo } from '../state/location.ts'
import { refusal } from '../state/resource.ts'
import { forgetRows } from '../state/rows.ts'
import { tell } from '../state/toasts.ts'

interface RunProps {
  pipeline: string
  /** The version that it began with. */
  base: string
  step: string
  runId: string
}

export function Run({ pipeline, base, step, runId }: RunProps) {
  const state = useSignal<RunState | null>(null)
  const isLost = useSignal(false)
  useEffect(
    () =>
      followRun(runId, {
        onState: (now) => {
          state.value = now
          isLost.value = false
        },
        onLost: () => {
          isLost.value = true
        },
      }),
    [runId],
  )
  const run = state.value
  const isRunning = run === null || run.status === 'running'
  const next =
    run?.status === 'completed' && run.version !== null
      ? linkTo('compare', [pipeline, run.version, step], { against: base })
      : null
  useEffect(() => {
    if (next === null) return
    forgetRows()
    const soon = setTimeout(() => goTo(next, { instead: true }), 900)
    return () => clearTimeout(soon)
  }, [next])
  const stop = () => {
    call('POST', ['runs', runId, 'abort']).then(
      () => tell('The run stops: calls under way end, and what was answered is kept.'),
      (error) => tell(refusal(error).message, { kind: 'refused' }),
    )
  }
  useKeys('Run', [
    { keys: ['Escape'], does: 'Back to the table', run: () => goTo(linkTo('items', [pipeline, base, step])) },
    { keys: ['Enter'], does: 'To the comparison', run: () => next && goTo(next, { instead: true }) },
  ])
  return (
    <div class="screen-run">
      <h1>{titleOf(run, base)}</h1>
      {isLost.value && <p class="note">The server does not answer. The run goes on without it.</p>}
      {run?.error && <p class="failure">{run.error.message}</p>}
      <ol class="bars">
        {run?.steps.map(({ step: number, process, answered, failed, carry }) => (
          <li key={number}>
            <span>{`Step ${number}`}</span>
            <progress max={Math.max(1, process)} value={answered + failed} aria-label={`Step ${number}`} />
            <span class="faint">
              {`${counted(answered)} of ${counted(process)} answered${failed > 0 ? `, ${counted(failed)} failed` : ''}${carry > 0 ? `, ${counted(carry)} carried over` : ''}`}
            </span>
          </li>
        ))}
      </ol>
      <p class="faint">{run?.cost_usd == null ? '' : `${dollars(run.cost_usd)} so far`}</p>
      <p class="run-acts">
        {isRunning ? (
          <Button onClick={stop}>Stop the run</Button>
        ) : (
          <>
            {next && (
              <a class="button button-main" href={next}>
                Compare with its base
              </a>
            )}
            <a class="button" href={linkTo('items', [pipeline, run?.version ?? base, step])}>
              Table
            </a>
          </>
        )}
      </p>
    </div>
  )
}

function titleOf(run: RunState | null, base: string): string {
  if (run === null) return 'The run begins'
  const what = run.version === null ? 'The run' : `${run.version}, a rerun on ${base},`
  const states: Readonly<Record<RunState['status'], string>> = {
    running: 'is running',
    completed: 'is completed',
    failed: 'failed',
    aborted: 'was stopped',
    refused: 'was refused',
    nothing_to_do: 'had nothing to do',
  }
  return `${what} ${states[run.status]}`
}
