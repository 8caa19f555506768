/** Finds a step by its number or its name. */
import { RequestRefused } from '../errors.ts'

/**
 * The step that a person calls by its number or by its prompt_name. Throws RequestRefused, listing the steps; `of` says whose they are, such
 * as `v1 of words`.
 */
export function namedStep<Step extends { step: number; prompt_name: string }>(
  steps: readonly Step[],
  word: string,
  of: string,
): Step {
  const named = steps.filter(({ prompt_name }) => prompt_name === word)
  // A prompt may be called 2: then the name wins if only one step has it.
  const [found, another] = named.length > 0 ? named : steps.filter(({ step }) => String(step) === word)
  if (found !== undefined && another === undefined) return found
  const known = steps.map(({ step, prompt_name }) => `${step} (${prompt_name})`).join(', ') || 'none'
  const problem = found === undefined ? `${of} has no step ${word}` : `${of} has ${word} in more than one step`
  throw new RequestRefused([`${problem}. Its steps: ${known}. Name one by its number or its prompt.`])
}
