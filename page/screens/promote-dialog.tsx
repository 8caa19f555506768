/** A label for a version, and notes; what still stands against it is said first. */
import { useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Facets, ListedVersion } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { plural } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { linkTo } from '../state/location.ts'
import { refusal, useFetched } from '../state/resource.ts'
import { pathOf } from '../state/rows.ts'
import { tell } from '../state/toasts.ts'
import type { Version } from './version.ts'

const labels = ['draft', 'alpha', 'beta', 'rc', 'final', 'deprecated']

interface PromoteProps {
  version: Version
  onClose: () => void
  onLabelled: (record: ListedVersion) => void
}

export function PromoteDialog({ version, onClose, onLabelled }: PromoteProps) {
  return (
    <Dialog title={`Label ${version.ref.version}`} onClose={onClose}>
      <Against version={version} />
      <Label version={version} onClose={onClose} onLabelled={onLabelled} />
    </Dialog>
  )
}

/** In every step: failures, flags, and what nobody has reviewed. */
function Against({ version: { ref, steps } }: { version: Version }) {
  const open = useFetched(JSON.stringify(ref), (signal) =>
    Promise.all(
      steps
        .filter(({ collated }) => collated)
        .map(async (step) => ({
          step,
          facets: await call<Facets>('GET', [...pathOf({ ...ref, step: step.step }), 'facets'], { signal }),
        })),
    ),
  )
  const last = steps.at(-1)?.step
  return (
    <Shown of={open}>
      {(found) => {
        const said = found.flatMap(({ step, facets: { review, state } }) => {
          const link = (query: Record<string, string>) => linkTo('items', [ref.pipeline, ref.version, step.step], query)
          return [
            { count: review.flagged, what: 'flagged', link: link({ review: 'flagged' }) },
            { count: state.failed ?? 0, what: 'failed', link: link({ state: 'failed' }) },
            { count: review.edited, what: 'edited and not applied', link: link({ review: 'edited' }) },
            {
              count: step.step === last ? review.unreviewed : 0,
              what: 'unreviewed',
              link: link({ review: 'unreviewed' }),
            },
          ]
            .filter(({ count }) => count > 0)
            .map((one) => ({ ...one, step }))
        })
        if (said.length === 0)
          return <p class="note note-good">Nothing stands against it: all is reviewed, and nothing is flagged.</p>
        return (
          <ul class="against-list">
            {said.map(({ step, count, what, link }) => (
              <li key={`${step.step} ${what}`}>
                <a href={link}>{`${plural(count, 'item')} ${what}`}</a>
                <span class="faint">{` in step ${step.step}, ${step.prompt_name}`}</span>
              </li>
            ))}
          </ul>
        )
      }}
    </Shown>
  )
}

function Label({ version: { ref, record }, onClose, onLabelled }: PromoteProps) {
  const [label, setLabel] = useState(record?.pipeline_status ?? 'draft')
  const [notes, setNotes] = useState(record?.notes ?? '')
  const save = async () => {
    try {
      const body = { pipeline_status: label.trim(), notes: notes.trim() || null }
      onLabelled(await call<ListedVersion>('PATCH', ['pipelines', ref.pipeline, 'versions', ref.version], { body }))
      tell(`${ref.version} is labelled ${body.pipeline_status}.`)
      onClose()
    } catch (error) {
      tell(`Not kept: the label. ${refusal(error).message}`, { kind: 'refused' })
    }
  }
  useKeys('Label', [{ keys: ['Ctrl+Enter'], does: 'Save', run: () => void save(), whileTyping: true }])
  return (
    <form
      class="words"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <label>
        Label
        <input type="text" list="labels" value={label} onInput={({ currentTarget }) => setLabel(currentTarget.value)} />
      </label>
      <datalist id="labels">
        {labels.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label>
        Notes
        <textarea rows={2} dir="auto" value={notes} onInput={({ currentTarget }) => setNotes(currentTarget.value)} />
      </label>
      <div class="dialog-end">
        <Button kind="main" shownKey="Ctrl Enter" onClick={() => void save()}>
          Save
        </Button>
      </div>
    </form>
  )
}
