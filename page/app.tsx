/** The page: which screen is shown for which address. */
import type { ComponentChildren } from 'preact'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import { KeySheet } from './keys/key-sheet.tsx'
import { layers } from './keys/keys.ts'
import { Button } from './parts/button.tsx'
import { RefusedNote } from './parts/refused.tsx'
import { Toasts } from './parts/toasts.tsx'
import { Compare } from './screens/compare.tsx'
import { Item } from './screens/item.tsx'
import { Pipelines } from './screens/pipelines.tsx'
import { Run } from './screens/run.tsx'
import { Table } from './screens/table.tsx'
import type { Version } from './screens/version.ts'
import { VersionFrame } from './screens/version-frame.tsx'
import { linkTo, place } from './state/location.ts'
import { refusal } from './state/resource.ts'
import { underWay } from './state/reviews.ts'
import { session } from './state/session.ts'

export function App() {
  const { screen, names } = place.value
  const [pipeline, version, , item] = names
  useEffect(() => {
    document.title = [item, version, pipeline, 'Itemwise'].filter(Boolean).join(' · ')
  }, [item, version, pipeline])
  useEffect(() => {
    // Whoever leaves before it is kept is asked first.
    const leave = (event: BeforeUnloadEvent) => {
      if (underWay.value) event.preventDefault()
    }
    addEventListener('beforeunload', leave)
    return () => removeEventListener('beforeunload', leave)
  }, [])
  return (
    <>
      <header class="top">
        <a class="home" href={linkTo('pipelines')}>
          Itemwise
        </a>
        {pipeline && (
          <>
            <span class="faint" aria-hidden="true">
              /
            </span>
            <a class="top-pipeline" href={linkTo('items', [pipeline, version ?? 'latest'])}>
              {pipeline}
            </a>
          </>
        )}
        <span class="spring" />
        <span class="saving" role="status">
          {underWay.value ? 'Saving …' : ''}
        </span>
        {session.value?.reviewer && (
          <span class="reviewer faint" title="Who says what is said here">
            {session.value.reviewer}
          </span>
        )}
        <Button kind="quiet" shownKey="?" onClick={openSheet}>
          Keys
        </Button>
      </header>
      <main>
        <Guarded about={`${screen} ${names.join(' ')}`}>{() => screenOf(screen, names)}</Guarded>
      </main>
      <Toasts />
      <KeySheet />
    </>
  )

  function screenOf(name: string, [of, at, stepName, id]: readonly string[]) {
    if (of === undefined || name === 'pipelines') return <Pipelines />
    if (name === 'run') return <Run pipeline={of} base={at ?? ''} step={stepName ?? '1'} runId={id ?? ''} />
    return (
      <VersionFrame key={of} pipeline={of} version={at ?? 'latest'} step={stepName}>
        {(shown: Version) => screenOfVersion(name, shown, id)}
      </VersionFrame>
    )
  }
}

/** A screen that fails says so, and the others go on. */
function Guarded({ about, children }: { about: string; children: () => ComponentChildren }) {
  const [error, again] = useErrorBoundary()
  useEffect(() => {
    if (error !== undefined) again()
  }, [about])
  if (error === undefined) return <>{children()}</>
  return <RefusedNote error={refusal(error)} again={again} />
}

function screenOfVersion(name: string, version: Version, id: string | undefined) {
  if (name === 'item' && id !== undefined) return <Item key={id} version={version} id={id} />
  if (name === 'compare') return <Compare version={version} />
  return <Table version={version} />
}

function openSheet(): void {
  for (const layer of layers.value)
    layer
      .keys()
      .find(({ keys }) => keys.includes('?'))
      ?.run()
}
