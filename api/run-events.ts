/** The route of a run's events: how it stands, told whenever that changes, until it has ended. */
import { jsonText } from '../core/text/json.ts'
import type { Call } from './call.ts'
import type { RunState } from './documents.ts'
import { EventStream, type StreamedEvent } from './event-stream.ts'
import type { Ports } from './ports.ts'
import { HttpProblem } from './problem.ts'
import { noRun } from './runs.ts'

const lookEveryMs = 500
const mostQuietLooks = 30

/** Throws HttpProblem where answers cannot go on. */
export async function followRun({ runs, streams }: Ports, call: Call): Promise<EventStream> {
  const runId = call.name('run_id')
  if (streams === null)
    throw new HttpProblem(
      'not-here',
      `Events are not streamed here: API Gateway ends each answer after 29 seconds. Ask GET /runs/${runId} every two seconds instead, until its status is not running.`,
    )
  const first = (await runs.describe(runId)) ?? noRun(runId)
  return new EventStream(statesOf({ runs, until: streams.until }, runId, first))
}

async function* statesOf(
  { runs, until }: Pick<Ports, 'runs'> & { until: AbortSignal },
  runId: string,
  first: RunState,
): AsyncGenerator<StreamedEvent | null> {
  let state = first
  let told = ''
  let quiet = 0
  while (!until.aborted) {
    const text = jsonText(state)
    if (text !== told) yield { name: 'state', data: state }
    else if (++quiet % mostQuietLooks === 0) yield null
    told = text
    if (state.status !== 'running') return
    await waited(lookEveryMs, until)
    state = (await runs.describe(runId)) ?? state
  }
}

/** Until the time has passed, or nobody waits any more. */
function waited(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      until.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    until.addEventListener('abort', done)
  })
}
