/** What a rerun, or a version of edits, changes of the request of its base. */
import { readFromMemory } from '../items/conversion.ts'
import type { RunRequest } from '../request.ts'
import type { GivenInputs } from './given-inputs.ts'
import { withItemsInMemory, withPrompts } from './rerun-steps.ts'

interface Changes extends Pick<RunRequest, 'delivery' | 'deadline' | 'after_deadline'> {
  model?: string | undefined
  max_concurrency?: number | undefined
  /** USD; null: no limit. */
  max_cost_usd?: number | null | undefined
  /** By prompt_name. */
  prompts?: Readonly<Record<string, string>> | undefined
}

/** What a run on a base changes of its request. `inputs`: what was converted before. */
export function changesOf(fields: Changes, inputs: GivenInputs | undefined): (request: RunRequest) => RunRequest {
  const { model, max_concurrency, max_cost_usd, delivery, deadline, after_deadline, prompts } = fields
  const settings = {
    ...(model === undefined ? {} : { model }),
    ...(max_concurrency === undefined ? {} : { max_concurrency }),
  }
  const limit = max_cost_usd === undefined ? {} : { max_cost_usd: max_cost_usd ?? undefined }
  const batches = {
    ...(delivery && { delivery }),
    ...(deadline !== undefined && { deadline }),
    ...(after_deadline && { after_deadline }),
  }
  const fresh = Object.entries(inputs ?? {}).filter(([, { read_as }]) => read_as === readFromMemory)
  return (request) => {
    const changed = { ...request, ...limit, ...batches }
    const steps = withPrompts(request.steps, prompts ?? {}).map((step) => ({ ...step, ...settings }))
    return { ...changed, steps: withItemsInMemory(steps, new Set(fresh.map(([step]) => Number(step)))) }
  }
}
