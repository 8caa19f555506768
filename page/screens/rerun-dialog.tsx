/** A rerun, or a version with the edits: how many requests, what it will likely cost; then it starts. */
import { useMemo, useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Estimate, StartBody } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { dollars, plural } from '../parts/numbers.ts'
import { OfflineBox } from '../parts/offline-box.tsx'
import { Shown } from '../parts/refused.tsx'
import { goTo, linkTo } from '../state/location.ts'
import { refusal, useFetched } from '../state/resource.ts'
import { tell } from '../state/toasts.ts'
import { hasEdits, isMadeUp, type Version } from './version.ts'

const choices = ['selected', 'flagged', 'unreviewed', 'failed', 'changed', 'edits'] as const
type Choice = (typeof choices)[number]
const titles: Readonly<Record<Choice, string>> = {
  selected: 'Selected',
  flagged: 'Flagged',
  unreviewed: 'Unreviewed',
  failed: 'Failed',
  changed: 'Changed since',
  edits: 'Apply edits',
}

interface RerunDialogProps {
  version: Version
  /** Root ids of the selected items; none if none are. */
  selected: readonly string[]
  onClose: () => void
}

export function RerunDialog({ version, selected, onClose }: RerunDialogProps) {
  const on = version.ref
  const [choice, setChoice] = useState<Choice>(selected.length > 0 ? 'selected' : 'flagged')
  // Answers of both kinds are never mixed, so the kind of the base is what somebody means.
  const [isOffline, setOffline] = useState(isMadeUp(version))
  const [keepsApproved, setKeepsApproved] = useState(true)
  const [suggests, setSuggests] = useState(false)
  const [isStarting, setStarting] = useState(false)
  const body = useMemo((): StartBody => {
    const free = isOffline && { offline: true }
    if (choice === 'edits') return { apply: { pipeline: on.pipeline }, ...free }
    const chosen = choice === 'selected' ? { ids: [...selected] } : { ids: null, [choice]: true }
    const approved = keepsApproved && choice !== 'selected' ? { keep_approved: true } : {}
    const beside = suggests ? { suggest: true } : {}
    return { rerun: { pipeline: on.pipeline, base: on.version, ...chosen, ...approved, ...beside }, ...free }
  }, [choice, isOffline, keepsApproved, suggests, selected])
  const estimate = useFetched(JSON.stringify(body), (signal) => call<Estimate>('POST', ['estimates'], { body, signal }))
  const canStart = estimate.fetched.value.state === 'there'
  const start = async () => {
    if (!canStart || isStarting) return
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
  const keys = [{ keys: ['Ctrl+Enter'], does: 'Start it', run: () => void start(), whileTyping: true }]
  return (
    <Dialog
      title={choice === 'edits' ? 'Apply the edits' : `Rerun items of ${on.version}`}
      onClose={onClose}
      keys={keys}
    >
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
        {choice !== 'selected' && choice !== 'edits' && (
          <label>
            <input type="checkbox" checked={keepsApproved} onChange={() => setKeepsApproved(!keepsApproved)} />
            Leave approved answers as they are
          </label>
        )}
        {hasEdits(version) && choice !== 'edits' && (
          <label>
            <input type="checkbox" checked={suggests} onChange={() => setSuggests(!suggests)} />
            Keep edited answers, and ask for a new one beside each
          </label>
        )}
        <OfflineBox
          isOffline={isOffline}
          toggle={() => setOffline(!isOffline)}
          text="Offline: made-up answers, no cost"
        />
      </div>
      <div class="estimate" role="status">
        <Shown of={estimate}>
          {(known) => (
            <>
              <p class="estimate-main">{priceText(known, isOffline)}</p>
              {known.incomplete && <p class="faint">What later steps ask depends on answers that are not there yet.</p>}
              {known.warnings.map((warning) => (
                <p key={warning} class="faint">
                  {warning}
                </p>
              ))}
            </>
          )}
        </Shown>
      </div>
      <div class="dialog-end">
        <Button kind="main" shownKey="Ctrl Enter" disabled={!canStart || isStarting} onClick={() => void start()}>
          {isStarting ? 'Starting …' : choice === 'edits' ? 'Apply' : 'Start the rerun'}
        </Button>
      </div>
    </Dialog>
  )
}

function priceText({ requests, cost_usd }: Estimate, isOffline: boolean): string {
  if (requests === 0) return 'Nothing is asked for, so it costs nothing.'
  if (isOffline) return `${plural(requests, 'request')} with made-up answers, no cost`
  if (cost_usd === null) return `${plural(requests, 'request')}; the price of the model is not known`
  return `${plural(requests, 'request')}, likely ${dollars(cost_usd.likely)}, at most ${dollars(cost_usd.high)}`
}
