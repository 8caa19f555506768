/** How a run stands, told as it goes on. */
import { addressOf, call } from '../api/call.ts'
import type { RunState } from '../api/shapes.ts'

export interface RunListener {
  onState: (state: RunState) => void
  onLost: () => void
}

/** By events as they come; where there are none, by asking every second. Returns what stops it. */
export function followRun(runId: string, { onState, onLost }: RunListener): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const events = new EventSource(addressOf(['runs', runId, 'events']))
  const take = (state: RunState) => {
    if (isOver) return
    onState(state)
    if (state.status === 'running') return
    isOver = true
    events.close()
  }
  const poll = async () => {
    if (isOver) return
    await call<RunState>('GET', ['runs', runId]).then(take, onLost)
    if (!isOver) timer = setTimeout(poll, 1000)
  }
  events.addEventListener('state', (event) => take(JSON.parse(event.data)))
  events.addEventListener('error', () => {
    events.close()
    void poll()
  })
  return () => {
    isOver = true
    events.close()
    clearTimeout(timer)
  }
}
