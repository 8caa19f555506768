/** The steps of a base with what a rerun changes in them: other prompts, other items. */
import { RequestRefused } from '../errors.ts'
import { itemsInMemory } from '../items/conversion.ts'
import type { StepRequest } from '../request.ts'

/** `prompts`: by prompt_name. Throws RequestRefused for one that is of no step. */
export function withPrompts(
  steps: readonly StepRequest[],
  prompts: Readonly<Record<string, string>>,
): readonly StepRequest[] {
  const names = steps.map(({ prompt_name }) => prompt_name)
  const unknown = Object.keys(prompts).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new RequestRefused([
      `prompts has ${unknown.join(', ')}, but the steps of the base are ${names.join(', ')}. Name a prompt by the prompt_name of its step.`,
    ])
  return steps.map((step) =>
    Object.hasOwn(prompts, step.prompt_name) ? { ...step, prompt: prompts[step.prompt_name]! } : step,
  )
}

/** `numbers`: of the steps that a program gives new items. */
export function withItemsInMemory(steps: StepRequest[], numbers: ReadonlySet<number>): StepRequest[] {
  return steps.map((step, at) => {
    if (!numbers.has(at + 1)) return step
    const { input_types: _, ...rest } = step
    return { ...rest, input_file: itemsInMemory(at + 1) }
  })
}
