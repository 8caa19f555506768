/** The pipelines: how the latest version of each stands, and how versions went before. */
import { call } from '../api/call.ts'
import type { ListedVersion, PipelinePage, VersionPage } from '../api/shapes.ts'
import { counted, dollars, plural, seconds } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { linkTo } from '../state/location.ts'
import { useFetched } from '../state/resource.ts'
import { LiveBar } from './live-bar.tsx'
import { Plot } from './plot.tsx'

export function Pipelines() {
  const page = useFetched('pipelines', async (signal) => {
    const found: PipelinePage['pipelines'] = []
    let next: string | undefined
    do {
      const query = { limit: 100, next }
      const part: PipelinePage = await call('GET', ['pipelines'], { query, signal })
      found.push(...part.pipelines)
      next = part.next ?? undefined
    } while (next !== undefined && found.length < 1000)
    return found
  })
  return (
    <div class="screen-pipelines">
      <h1>Pipelines</h1>
      <Shown of={page}>
        {(pipelines) =>
          pipelines.length === 0 ? (
            <p class="nothing">
              There is no version yet. Make one: <code>itemwise run pipelines/problems.yaml --offline</code>
            </p>
          ) : (
            <ul class="cards">
              {pipelines.map(({ pipeline, record, latest, running }) => (
                <PipelineCard
                  key={pipeline}
                  pipeline={pipeline}
                  latest={latest}
                  record={record}
                  running={running}
                  again={page.again}
                />
              ))}
            </ul>
          )
        }
      </Shown>
    </div>
  )
}

type CardProps = PipelinePage['pipelines'][number] & { again: () => void }

function PipelineCard({ pipeline, record, latest, running, again }: CardProps) {
  const stats = record?.stats.steps === undefined ? null : record.stats
  return (
    <li class="card">
      <header>
        <h2>
          {latest === null ? <span>{pipeline}</span> : <a href={linkTo('items', [pipeline, latest])}>{pipeline}</a>}
        </h2>
        {record && (
          <p>
            <b>{record.version}</b>
            <span class={`label label-${record.pipeline_status}`}>{record.pipeline_status}</span>
            <span class="faint">{record.timestamp.replace('T', ' ')}</span>
          </p>
        )}
        {record?.notes && <p class="card-notes">{record.notes}</p>}
      </header>
      {record && stats && (
        <dl class="card-facts">
          <Fact name="Items" value={counted(stats.items)} />
          <Fact name="Failed" value={counted(stats.failed)} isBad={stats.failed > 0} />
          <Fact name="Cost" value={dollars(stats.cost_usd)} />
          <Fact name="Took" value={seconds(record.duration_seconds)} />
        </dl>
      )}
      {running.map(({ version, run_id }) => (
        <LiveBar key={version} version={version} runId={run_id} onEnd={again} />
      ))}
      <History pipeline={pipeline} />
    </li>
  )
}

function Fact({ name, value, isBad = false }: { name: string; value: string; isBad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isBad ? 'bad' : undefined}>{value}</dd>
    </div>
  )
}

function History({ pipeline }: { pipeline: string }) {
  const page = useFetched(pipeline, (signal) =>
    call<VersionPage>('GET', ['pipelines', pipeline, 'versions'], { query: { limit: 30 }, signal }),
  )
  const versions = page.fetched.value.value?.versions ?? []
  if (versions.length === 0) return null
  return (
    <div class="history">
      <Plot versions={versions.toReversed().filter(({ status }) => status === 'completed')} />
      <ul class="history-versions" aria-label={plural(versions.length, 'version')}>
        {versions.slice(0, 8).map((version) => (
          <li key={version.version}>
            <a href={linkTo('items', [pipeline, version.version])}>{version.version}</a>
            <span class="faint">{aboutText(version)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function aboutText({ status, pipeline_status, mode, base_version }: ListedVersion): string {
  if (status !== 'completed') return status
  return base_version === null ? pipeline_status : `${pipeline_status}, ${mode} on ${base_version}`
}
