/** What can be done with a version as a whole: run items again, compare, label it. */
import { useState } from 'preact/hooks'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { goTo, linkTo, place } from '../state/location.ts'
import { selection } from '../state/selection.ts'
import { PromoteDialog } from './promote-dialog.tsx'
import { RerunDialog } from './rerun-dialog.tsx'
import type { Version } from './version.ts'

export function VersionActs({ version, again }: { version: Version; again: () => void }) {
  const [open, setOpen] = useState<'rerun' | 'label' | null>(null)
  const { ref, versions } = version
  const canCompare = versions.filter(({ status }) => status === 'completed').length > 1
  const compare = () => goTo(linkTo('compare', [ref.pipeline, ref.version, ref.step]))
  const isComparing = place.value.screen === 'compare'
  useKeys('Version', [
    ...(canCompare && place.value.screen === 'items'
      ? [{ keys: ['c'], does: 'Compare with another version', run: compare }]
      : []),
    { keys: ['r'], does: 'Rerun items', run: () => setOpen('rerun') },
    { keys: ['l'], does: 'Label the version', run: () => setOpen('label') },
  ])
  const chosen = selection.value
  const isOfThis = chosen !== null && JSON.stringify(chosen.rows.ref) === JSON.stringify(ref) && !chosen.isAll
  const selected = isOfThis ? [...chosen.chosen.values()].map(({ root_id }) => root_id) : []
  return (
    <div class="version-acts">
      {canCompare && place.value.screen === 'items' && (
        <Button kind="quiet" shownKey="C" onClick={compare}>
          Compare
        </Button>
      )}
      {isComparing && (
        <a class="button button-quiet" href={linkTo('items', [ref.pipeline, ref.version, ref.step])}>
          Table
        </a>
      )}
      <Button kind="quiet" shownKey="R" onClick={() => setOpen('rerun')}>
        Rerun
      </Button>
      <Button kind="quiet" shownKey="L" onClick={() => setOpen('label')}>
        Label
      </Button>
      {open === 'rerun' && <RerunDialog version={version} selected={selected} onClose={() => setOpen(null)} />}
      {open === 'label' && <PromoteDialog version={version} onClose={() => setOpen(null)} onLabelled={again} />}
    </div>
  )
}
