/** What the template of a step is called in a sentence. */
import type { ResolvedStep } from '../documents.ts'

/** `prompts/define.md`, or `the prompt of step 1` if it stands in the request. */
export function templateName({
  step,
  prompt_name,
  template_from,
}: Pick<ResolvedStep, 'step' | 'prompt_name' | 'template_from'>): string {
  return template_from === 'request' ? `the prompt of step ${step}` : `prompts/${prompt_name}.md`
}

/** The same at the beginning of a sentence. */
export function templateNameFirst(step: Parameters<typeof templateName>[0]): string {
  return templateName(step).replace(/^the/, 'The')
}
