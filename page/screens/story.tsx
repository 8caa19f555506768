/** What happened to an item: its versions, what the ledger says, and what people said. */
import { call } from '../api/call.ts'
import type { Act, ItemStep, Review, StoryPage } from '../api/shapes.ts'
import { Icon } from '../parts/icon.tsx'
import { counted, dollars, seconds, when } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { linkTo, place } from '../state/location.ts'
import { useFetched } from '../state/resource.ts'
import type { Version } from './version.ts'

interface StoryProps {
  version: Version
  item: ItemStep
  id: string
}

export function Story({ version, item, id }: StoryProps) {
  return (
    <section class="pane story" aria-labelledby="story-title">
      <header class="pane-head">
        <h2 id="story-title">Story</h2>
      </header>
      <div class="pane-body" tabIndex={0} role="region" aria-label="Story of the item">
        <Acts acts={item.acts} />
        <Versions version={version} id={id} />
        <Facts item={item} />
      </div>
    </section>
  )
}

const did: Readonly<Record<Act, string>> = {
  approve: 'approved',
  flag: 'flagged',
  comment: 'noted',
  clear: 'cleared the review',
  edit: 'edited',
}
const icons = { approve: 'approved', flag: 'flagged', comment: 'comment', clear: 'undo', edit: 'edited' } as const

function Acts({ acts }: { acts: readonly Review[] }) {
  if (acts.length === 0) return <p class="faint">Nobody has said anything yet.</p>
  return (
    <ol class="acts">
      {acts.toReversed().map(({ at, by, act, comment, version }) => (
        <li key={at} class={`act act-${icons[act]}`}>
          <Icon name={icons[act]} />
          <div>
            <p>
              <b dir="auto">{by}</b> {did[act]}
              <span class="faint">{` in ${version}, ${when(at)}`}</span>
            </p>
            {comment && (
              <q class="act-comment" dir="auto">
                {comment}
              </q>
            )}
          </div>
        </li>
      ))}
    </ol>
  )
}

function Versions({ version: { ref }, id }: { version: Version; id: string }) {
  const story = useFetched(JSON.stringify([ref, id, 'story']), (signal) =>
    call<StoryPage>('GET', ['pipelines', ref.pipeline, 'versions', ref.version, 'items', id, 'story'], {
      query: { step: ref.step, limit: 20 },
      signal,
    }),
  )
  const { screen, query } = place.value
  return (
    <>
      <h3>Versions</h3>
      <Shown of={story}>
        {({ versions }) => (
          <ol class="item-versions">
            {versions.map(({ version, pipeline_status, line, same_as_before }) => (
              <li key={version}>
                <a
                  href={linkTo(screen, [ref.pipeline, version, ref.step, id], query)}
                  aria-current={version === ref.version ? 'true' : undefined}
                >
                  {version}
                </a>
                <span>{changeText(line, same_as_before)}</span>
                <span class="faint">{pipeline_status}</span>
              </li>
            ))}
          </ol>
        )}
      </Shown>
    </>
  )
}

function changeText(line: StoryPage['versions'][number]['line'], isSame: boolean | null): string {
  if (line === null) return 'not in it'
  if (line.state !== 'answered') return line.state
  if (line.reason === 'edited') return 'edited'
  if (line.reason === 'suggested') return 'edit kept, another answer suggested'
  if (line.decision === 'carry') return 'carried over'
  return isSame === true ? 'asked again, the same' : isSame === false ? 'new answer' : 'asked'
}

function Facts({ item: { line, answering_line } }: { item: ItemStep }) {
  if (line === null) return null
  const spent = answering_line ?? line
  const facts: [string, string][] = [
    ['Decision', `${line.decision} (${line.reason.replaceAll('_', ' ')})`],
    ['Answered in', line.answer_version ?? '–'],
    ['Model', spent.model ?? '–'],
    ['Tokens', `${counted(spent.input_tokens)} in, ${counted(spent.output_tokens)} out`],
    ['Cost', dollars(spent.cost_usd)],
    ['Time', seconds(spent.milliseconds / 1000)],
    ['Calls', counted(spent.attempts)],
  ]
  return (
    <>
      <h3>Ledger</h3>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
