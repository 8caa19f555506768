/** A rerun: which items, how many requests, what it will likely cost; then it starts. */
import { useMemo, useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Estimate, RerunBody } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { dollars, plural } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { goTo, linkTo } from '../state/location.ts'
import { refusal, useFetched } from '../state/resource.ts'
import type { StepRef } from '../state/rows.ts'
import { keep, kept } from '../state/session.ts'
import { tell } from '../state/toasts.ts'

const choices = ['selected', 'flagged', 'unreviewed', 'failed', 'changed'] as const
type Choice = (typeof choices)[number]
const titles: Readonly<Record<Choice, string>> = {
  selected: 'Selected',
  flagged: 'Flagged',
  unreviewed: 'Unreviewed',
  failed: 'Failed',
  changed: 'Changed since',
}

interface RerunDialogProps {
  on: StepRef
  /** Root ids of the selected items; none if none are. */
  selected: readonly string[]
  onClose: () => void
}

export function RerunDialog({ on, selected, onClose }: RerunDialogProps) {
  const [choice, setChoice] = useState<Choice>(selected.length > 0 ? 'selected' : 'flagged')
  const [isOffline, setOffline] = useState(kept<boolean>('offline') ?? false)
  const [keepsApproved, setKeepsApproved] = useState(true)
  const [isStarting, setStarting] = useState(false)
  const body = useMemo((): RerunBody => {
    const chosen = choice === 'selected' ? { ids: [...selected] } : { ids: null, [choice]: true }
    const approved = keepsApproved && choice !== 'selected' ? { keep_approved: true } : {}
    return {
      rerun: { pipeline: on.pipeline, base: on.version, ...chosen, ...approved },
      ...(isOffline && { offline: true }),
    }
  }, [choice, isOffline, keepsApproved, selected])
  const estimate = useFetched(JSON.stringify(body), (signal) => call<Estimate>('POST', ['estimates'], { body, signal }))
  const count = estimate.fetched.value.state === 'there' ? estimate.fetched.value.value.requests : 0
  const start = async () => {
    if (count === 0 || isStarting) return
    setStarting(true)
    try {
      const { run_id } = await call<{ run_id: string }>('POST', ['runs'], { body, key: crypto.randomUUID() })
      onClose()
      goTo(linkTo('run', [on.pipeline, on.version, on.step, run_id]))
    } catch (error) {
      setStarting(false)
      tell(`The rerun was not started. ${refusal(error).message}`, { kind: 'refused' })
    }
  }
  return (
    <Dialog title={`Rerun items of ${on.version}`} onClose={onClose}>
      <StartKey start={start} />
      <fieldset class="chips">
        <legend class="hidden">Which items</legend>
        {choices
          .filter((name) => name !== 'selected' || selected.length > 0)
          .map((name) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={choice === name}
              onClick={() => setChoice(name)}
            >
              {name === 'selected' ? `${titles[name]} (${selected.length})` : titles[name]}
            </button>
          ))}
      </fieldset>
      <div class="options">
        {choice !== 'selected' && (
          <label>
            <input type="checkbox" checked={keepsApproved} onChange={() => setKeepsApproved(!keepsApproved)} />
            Leave approved answers as they are
          </label>
        )}
        <label>
          <input
            type="checkbox"
            checked={isOffline}
            onChange={() => {
              keep('offline', !isOffline)
              setOffline(!isOffline)
            }}
          />
          Offline: made-up answers, no cost
        </label>
      </div>
      <div class="estimate" role="status">
        <Shown of={estimate}>
          {({ requests, items, likely_usd, most_usd, summary }) => (
            <>
              <p class="estimate-main">
                {requests === 0
                  ? 'Nothing to ask for.'
                  : `${plural(items, 'item')}, ${plural(requests, 'request')}${isOffline ? ', no cost' : `, likely ${dollars(likely_usd)}, at most ${dollars(most_usd)}`}`}
              </p>
              {summary.map((line) => (
                <p key={line} class="faint">
                  {line}
                </p>
              ))}
            </>
          )}
        </Shown>
      </div>
      <div class="dialog-end">
        <Button kind="main" shownKey="Ctrl Enter" disabled={count === 0 || isStarting} onClick={() => void start()}>
          {isStarting ? 'Starting …' : 'Start the rerun'}
        </Button>
      </div>
    </Dialog>
  )
}

/** A layer of its own, above that of the dialog. */
function StartKey({ start }: { start: () => Promise<void> }) {
  useKeys('Rerun', [{ keys: ['Ctrl+Enter'], does: 'Start the rerun', run: () => void start(), whileTyping: true }])
  return null
}
