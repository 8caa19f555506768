/** What is around everything about a version: which pipeline, version and step, and how far the review has come. */
import type { ComponentChildren } from 'preact'
import { call } from '../api/call.ts'
import type { StepDocument, VersionPage } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Shown } from '../parts/refused.tsx'
import { goTo, linkTo, place } from '../state/location.ts'
import { useFetched } from '../state/resource.ts'
import type { Version } from './version.ts'
import { VersionActs } from './version-acts.tsx'

interface FrameProps {
  pipeline: string
  version: string
  /** Undefined: the last. */
  step: string | undefined
  children: (version: Version) => ComponentChildren
}

export function VersionFrame({ pipeline, version, step, children }: FrameProps) {
  const known = useFetched(`${pipeline}\n${version}`, async (signal) => {
    const path = ['pipelines', pipeline, 'versions']
    const [{ steps, version: name }, page] = await Promise.all([
      call<{ version: string; steps: StepDocument[] }>('GET', [...path, version, 'steps'], { signal }),
      call<VersionPage>('GET', path, { query: { limit: 100 }, signal }),
    ])
    return { steps, name, versions: page.versions }
  })
  return (
    <Shown of={known}>
      {({ steps, name, versions }) => {
        const number = step === undefined ? steps.at(-1)?.step : Number(step)
        const found = steps.find((one) => one.step === number)
        if (found === undefined) return <p class="waiting">{`${pipeline} ${name} has no step ${step ?? ''}.`}</p>
        const ref = { pipeline, version: name, step: found.step }
        const record = versions.find((one) => one.version === name)
        return (
          <>
            <VersionBar shown={{ ref, step: found, steps, versions, record }} again={known.again} />
            {children({ ref, step: found, steps, versions, record })}
          </>
        )
      }}
    </Shown>
  )
}

function VersionBar({ shown, again }: { shown: Version; again: () => void }) {
  const { ref, steps, versions, record } = shown
  const { screen, names, query } = place.value
  const item = screen === 'item' ? names[3] : undefined
  const to = (version: string, step: number) =>
    linkTo(screen, [ref.pipeline, version, step, ...(item === undefined ? [] : [item])], query)
  useKeys(
    'Steps',
    steps.map(({ step, prompt_name }) => ({
      keys: [String(step)],
      does: `Step ${step}: ${prompt_name}`,
      run: () => goTo(to(ref.version, step)),
    })),
  )
  return (
    <nav class="version-bar" aria-label="Version">
      <label class="version-choice">
        <span class="hidden">Version</span>
        <select value={ref.version} onChange={({ currentTarget }) => goTo(to(currentTarget.value, ref.step))}>
          {!versions.some(({ version }) => version === ref.version) && <option>{ref.version}</option>}
          {versions.map(({ version, pipeline_status, status }) => (
            <option key={version} value={version}>
              {`${version} · ${status === 'completed' ? pipeline_status : status}`}
            </option>
          ))}
        </select>
      </label>
      {record?.mode && record.base_version && (
        <span class="version-mode">{`${record.mode} on ${record.base_version}`}</span>
      )}
      <div class="steps">
        {steps.map(({ step, prompt_name, collated }) => (
          <a
            key={step}
            href={to(ref.version, step)}
            class="step"
            aria-current={step === ref.step ? 'page' : undefined}
            aria-disabled={!collated}
          >
            <kbd>{step}</kbd>
            {prompt_name}
          </a>
        ))}
      </div>
      <span class="spring" />
      <VersionActs version={shown} again={again} />
    </nav>
  )
}
