/** The template beside one item: change it, see the price, ask for this item only, and read the new answer beside the kept one. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { AnswerDiff } from '../answer/answer-diff.tsx'
import { LongText } from '../answer/long-text.tsx'
import { call } from '../api/call.ts'
import type { Estimate, ItemDocument, ItemStep, RunState } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { dollars, plural } from '../parts/numbers.ts'
import { OfflineBox, useOffline } from '../parts/offline-box.tsx'
import { Shown } from '../parts/refused.tsx'
import { followRun } from '../state/follow-run.ts'
import { refusal, useFetched } from '../state/resource.ts'
import { pathOf } from '../state/rows.ts'
import { SaveTemplate } from './save-template.tsx'
import type { Version } from './version.ts'

interface TryProps {
  version: Version
  item: ItemStep
  id: string
  onClose: () => void
  /** The template is in the workspace now. */
  onSaved: () => void
}

interface Tried {
  estimate: Estimate & { first_prompt: { step: number; prompt: string } | null }
  run_id: string | null
}

export function TryDialog({ version, item, id, onClose, onSaved }: TryProps) {
  const { ref, step } = version
  const [template, setTemplate] = useState(step.template ?? '')
  const [isOffline, toggleOffline] = useOffline()
  const [state, setState] = useState<{ said: string; answer?: string | null } | null>(null)
  const settled = useSettled(template)
  const body = useMemo(
    () => ({
      root_id: id,
      ...(settled === step.template ? {} : { template: settled }),
      ...(isOffline && { offline: true }),
    }),
    [settled, isOffline],
  )
  const estimate = useFetched(JSON.stringify([ref, body]), (signal) =>
    call<Tried>('POST', [...pathOf(ref), 'tries'], { body: { ...body, ask: false }, signal }),
  )
  const stop = useRef(() => {})
  useEffect(() => () => stop.current(), [])
  const isReady = settled === template && estimate.fetched.value.state === 'there'
  const ask = async () => {
    if (!isReady || (state !== null && state.answer === undefined)) return
    setState({ said: 'Asking …' })
    try {
      const { run_id } = await call<Tried>('POST', [...pathOf(ref), 'tries'], {
        body: { ...body, ask: true },
        key: crypto.randomUUID(),
      })
      if (run_id === null) return setState({ said: 'Nothing was asked.', answer: null })
      stop.current = followRun(run_id, {
        onState: (run) => void ended(run).then(setState),
        onLost: () => setState({ said: 'The server does not answer.', answer: null }),
      })
    } catch (error) {
      setState({ said: refusal(error).message, answer: null })
    }
  }
  const ended = async (run: RunState): Promise<{ said: string; answer?: string | null }> => {
    if (run.status === 'running') return { said: 'Asking …' }
    if (run.status !== 'completed') return { said: run.error?.message ?? `The try ${run.status}.`, answer: null }
    const path = ['pipelines', '_runs', 'versions', run.run_id, 'items', id]
    const { steps } = await call<ItemDocument>('GET', path, { query: { step: ref.step } })
    const line = steps[0]?.line
    const cost = dollars(run.cost_usd)
    return { said: line?.error?.message ?? `It cost ${cost}.`, answer: steps[0]?.answer ?? null }
  }
  const keys = [{ keys: ['Ctrl+Enter'], does: 'Ask for this item', run: () => void ask(), whileTyping: true }]
  return (
    <Dialog title={`Try another template on ${id}`} onClose={onClose} keys={keys} isWide>
      <div class="try">
        <label class="try-template">
          <span>{`Template of ${step.prompt_name}`}</span>
          <textarea
            dir="auto"
            spellcheck={false}
            value={template}
            onInput={({ currentTarget }) => setTemplate(currentTarget.value)}
          />
        </label>
        <div class="try-side">
          <div class="estimate" role="status">
            <Shown of={estimate}>
              {({ estimate: { requests, cost_usd, warnings, first_prompt } }) => (
                <>
                  <p class="estimate-main">
                    {`${plural(requests, 'request')}${isOffline ? ', no cost' : cost_usd === null ? '' : `, likely ${dollars(cost_usd.likely)}`}`}
                  </p>
                  {warnings.map((warning) => (
                    <p key={warning} class="faint">
                      {warning}
                    </p>
                  ))}
                  {first_prompt?.step === ref.step && (
                    <details>
                      <summary>The prompt as it would be sent</summary>
                      <LongText text={first_prompt.prompt} />
                    </details>
                  )}
                </>
              )}
            </Shown>
          </div>
          <div class="try-acts">
            <OfflineBox isOffline={isOffline} toggle={toggleOffline} text="Offline: a made-up answer, no cost" />
            <Button kind="main" shownKey="Ctrl Enter" disabled={!isReady} onClick={() => void ask()}>
              Ask for this item
            </Button>
          </div>
          <SaveTemplate
            name={step.prompt_name}
            version={ref.version}
            before={step.template}
            text={template}
            onSaved={onSaved}
          />
          {state && (
            <div class="try-answer" aria-live="polite">
              <p class="faint">{state.said}</p>
              {state.answer && (
                <>
                  <h3>What changed against the kept answer</h3>
                  {state.answer === item.answer ? (
                    <p>Nothing.</p>
                  ) : (
                    <AnswerDiff before={item.answer} after={state.answer} isText={step.is_text} ours={step.id_fields} />
                  )}
                </>
              )}
            </div>
          )}
        </div>
      </div>
    </Dialog>
  )
}

/** The text as it is when nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const soon = setTimeout(() => setSettled(text), 400)
    return () => clearTimeout(soon)
  }, [text])
  return settled
}
