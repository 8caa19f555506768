/** The route of estimates: what a start would do and cost, before anything is begun. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import type { Estimate } from '../core/estimate/estimate.ts'
import type { StepEstimate } from '../core/estimate/estimate-step.ts'
import type { Prospect } from '../core/request/prospect.ts'
import { startOf } from '../core/request/start-input.ts'
import { oneOffs } from '../core/store.ts'
import type { Call } from './call.ts'
import type { estimateDocument } from './documents.ts'
import type { Ports } from './ports.ts'

type Document = z.infer<typeof estimateDocument>

/** Says what the body would do as that of `POST /runs`. Writes nothing. */
export async function estimateRun({ estimates }: Ports, call: Call): Promise<Document> {
  const { start, offline } = startOf(await call.json())
  if (start.kind === 'resume')
    throw new RequestRefused([
      'A resumed version is not estimated: what it kept is not asked for again. Expected a request, rerun or apply.',
    ])
  const { prospect, estimate } = await estimates.of(start, { offline })
  return documentOf(prospect, estimate)
}

export function documentOf(prospect: Prospect, estimate: Estimate | null): Document {
  const { pipeline, run, base, version, forecast } = prospect
  const asked = new Map(estimate?.steps.map((step) => [step.step, step]))
  return {
    pipeline: pipeline === oneOffs ? null : pipeline,
    mode: run.mode,
    base: base?.version ?? null,
    continues: version,
    requests: estimate?.requests ?? forecast.steps.reduce((sum, { process }) => sum + process, 0),
    cost_usd: costOf(prospect, estimate),
    incomplete: forecast.unknown.length > 0,
    live_seconds: estimate?.live_seconds ?? null,
    steps: forecast.steps.map(({ step, items, process, carry, skip }) => ({
      ...{ step, items, process, carry, skip, known: !forecast.unknown.includes(step) },
      ...moneyOf(asked.get(step)),
    })),
    warnings: [...forecast.steps.flatMap(({ warnings }) => warnings), ...(estimate?.warnings ?? [])],
    first_prompt: forecast.firstPrompt,
  }
}

const free = { low: 0, likely: 0, high: 0 }

/** Null if a model has no known price. */
function costOf({ run }: Prospect, estimate: Estimate | null): Document['cost_usd'] {
  return estimate?.cost_usd ?? (run.stand_in ? free : null)
}

function moneyOf(step: StepEstimate | undefined) {
  const { input_tokens = null, output_tokens = null, cost_usd = null } = step ?? {}
  return { input_tokens, output_tokens, cost_usd }
}
