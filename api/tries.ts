/** The route of try-outs: one item with another template, first what it would send and cost, then its answer, as a one-off run. */
import type * as z from 'zod'
import { startOf } from '../core/request/start-input.ts'
import type { RunRequest, StepRequest } from '../core/request.ts'
import { linesOfIds } from '../core/versions/indexed-ledger.ts'
import { readRun } from '../core/versions/version-documents.ts'
import type { Call } from './call.ts'
import { tryBody, type tryDocument } from './documents.ts'
import { documentOf } from './estimates.ts'
import type { Ports } from './ports.ts'
import { HttpProblem } from './problem.ts'
import { stepOfCall } from './step-in.ts'
import { versionIn } from './version-in.ts'

/** Says what the item's prompt would be and cost; with `ask`, starts the one-off run that asks for it. */
export async function tryItem({ store, estimates, runs }: Ports, call: Call): Promise<z.infer<typeof tryDocument>> {
  const { root_id, ask, offline = false, ...changes } = await call.body(tryBody)
  const { ref } = await versionIn(store, call)
  const { step } = await stepOfCall(store, ref, call)
  const [line] = await linesOfIds(store, ref, { step: 1, ids: [root_id] })
  if (line === undefined)
    throw new HttpProblem('not-found', `${ref.pipeline} ${ref.version} has no item ${root_id} that could be tried.`)
  const request = requestOf((await readRun(store, ref)).request, { step, root_id, ...changes })
  const input = { request, one_off: true, offline }
  const { start } = startOf(input)
  if (start.kind === 'resume') throw new Error('A request resumes nothing.')
  const { prospect, estimate } = await estimates.of(start, { offline })
  const started = ask ? await runs.start(input, { key: call.key, by: call.caller }) : null
  return { estimate: documentOf(prospect, estimate), run_id: started?.run_id ?? null }
}

interface Trying {
  step: number
  root_id: string
  template?: string | undefined
  model?: string | undefined
  max_cost_usd?: number | undefined
}

/** The request of a version for one of its items, up to the step that is tried: the steps before are asked for it again. */
function requestOf(request: RunRequest, { step, root_id, template, model, max_cost_usd }: Trying): RunRequest {
  const { rerun_items: _items, resume: _resume, notes: _notes, pipeline_status: _label, delivery: _, ...rest } = request
  const { deadline: _deadline, after_deadline: _after, ...asked } = rest
  const steps = request.steps.slice(0, step).map((one, at) => {
    const first = at === 0 ? onlyItem(one, root_id) : one
    if (at !== step - 1) return first
    return {
      ...first,
      ...(template === undefined ? {} : { prompt: template }),
      ...(model === undefined ? {} : { model }),
    }
  })
  return { ...asked, ...(max_cost_usd === undefined ? {} : { max_cost_usd }), steps }
}

/** Without the filters that the request has. */
function onlyItem(step: StepRequest, root_id: string): StepRequest {
  const { batch_skip_items: _skip, batch_where: _where, batch_skip_existing: _existing, ...rest } = step
  return { ...rest, batch_only_items: [root_id] }
}
