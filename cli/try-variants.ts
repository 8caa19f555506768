/** What `itemwise try` sets side by side: the request as it is, or once for each model and each template. */
import { RequestRefused } from '../core/errors.ts'
import { isObject, type Json } from '../core/text/json.ts'
import { namedStep } from '../core/versions/find-step.ts'

export interface Variant {
  /** Null: as in the request. */
  model: string | null
  prompt: string | null
  request: unknown
}

export interface Varied {
  model?: string[] | undefined
  prompt?: string[] | undefined
  /** The step whose template is replaced, by number or name. */
  step?: string | undefined
}

/** Every model with every template. Throws RequestRefused for a step that the request lacks. */
export function variantsOf(request: unknown, { model, prompt, step }: Varied): Variant[] {
  if (step !== undefined && prompt === undefined)
    throw new RequestRefused(['--step says whose template --prompt replaces. Add --prompt, or leave --step out.'])
  const models = model === undefined ? [null] : [...new Set(model)]
  const prompts = prompt === undefined ? [null] : [...new Set(prompt)]
  return models.flatMap((one) =>
    prompts.map((name) => ({ model: one, prompt: name, request: varied(request, { model: one, prompt: name, step }) })),
  )
}

/** What is no request is left for the check to refuse. */
function varied(
  request: unknown,
  { model, prompt, step }: { model: string | null; prompt: string | null; step: string | undefined },
): unknown {
  if (!isObject(request as Json) || !Array.isArray((request as { steps?: unknown }).steps)) return request
  const { rerun_items: _ids, resume: _resume, ...rest } = request as Record<string, Json>
  const steps = rest.steps as Json[]
  const at = prompt === null ? -1 : replaced(steps, step)
  return {
    ...rest,
    steps: steps.map((one, index) => {
      if (!isObject(one)) return one
      const asked = model === null ? one : { ...one, model }
      return index === at && prompt !== null ? withPrompt(asked, prompt) : asked
    }),
  }
}

function replaced(steps: Json[], word: string | undefined): number {
  if (word === undefined) return 0
  const named = steps.map((step, at) => ({ step: at + 1, prompt_name: isObject(step) ? String(step.prompt_name) : '' }))
  return namedStep(named, word, 'The request').step - 1
}

/** The output keeps its name, so that the answers of both can be compared. */
function withPrompt(step: { [key: string]: Json }, prompt: string): Json {
  const { prompt_name, output_file } = step
  if (output_file !== undefined || typeof prompt_name !== 'string') return { ...step, prompt_name: prompt }
  return { ...step, prompt_name: prompt, output_file: `${prompt_name.split('/').at(-1)}.json` }
}
