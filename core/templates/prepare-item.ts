/** From a planned item to the prompt that is sent for it; if its template cannot be filled, to the item's failure. */

import type { PlanLine, ResolvedStep } from '../documents.ts'
import { ItemFailed } from '../errors.ts'
import { isBlank } from '../text/blank.ts'
import { missingText, promptFingerprint, promptOf } from './questions.ts'
import type { Template } from './template.ts'
import { NameClash } from './variables.ts'

/** What is sent for an item, or why nothing can be. */
export type Prepared =
  | { prompt: string; shared: number; fingerprint: string }
  | { failure: ItemFailed; fingerprint: string | null }

export function prepare({ step, template }: { step: ResolvedStep; template: Template }, line: PlanLine): Prepared {
  try {
    const rendered = promptOf(line, step, template)
    if ('prompt' in rendered) {
      const fingerprint = promptFingerprint(step, rendered.prompt)
      if (isBlank(rendered.prompt)) return { failure: blankPrompt(step), fingerprint }
      return { prompt: rendered.prompt, shared: rendered.shared, fingerprint }
    }
    const message = `The item lacks what the template ${step.prompt_name} uses: ${missingText(rendered.missing, rendered.names)}`
    return { failure: new ItemFailed('missing_variable', message), fingerprint: null }
  } catch (error) {
    if (error instanceof NameClash)
      return { failure: new ItemFailed('bad_item', `${error.message}. Rename one of them.`), fingerprint: null }
    throw error
  }
}

function blankPrompt({ prompt_name }: ResolvedStep): ItemFailed {
  const message = `The template ${prompt_name} filled in with this item is blank, and the API takes no blank prompts. Add words of its own to the template, or let the step before write what it takes.`
  return new ItemFailed('blank_prompt', message)
}
