/** Which settings a step runs with: the step's own, then its template's, then the workspace's, then the defaults. */
import type { ModelSettings, WorkspaceSettings } from '../request.ts'

export const defaults = {
  model: 'claude-haiku-5-5',
  max_tokens: 4096,
  thinking: 'off',
  max_concurrency: 16,
  answer_timeout_seconds: 600,
  give_up_after_minutes: 60,
} as const

const names = [
  'model',
  'max_tokens',
  'effort',
  'thinking',
  'system',
  'output_schema',
  'max_concurrency',
  'answer_format',
] as const

/** Merges model settings; the first that says something wins. */
export function settingsOf(step: ModelSettings, template: ModelSettings, workspace: WorkspaceSettings) {
  const said: ModelSettings = {}
  for (const source of [workspace, template, step]) {
    for (const name of names) {
      const value = (source as ModelSettings)[name]
      if (value !== undefined) Object.assign(said, { [name]: value })
    }
  }
  return {
    model: said.model ?? defaults.model,
    max_tokens: said.max_tokens ?? defaults.max_tokens,
    effort: said.effort ?? null,
    thinking: said.thinking ?? defaults.thinking,
    system: said.system ?? null,
    output_schema: said.output_schema ?? null,
    answer_format: said.answer_format,
    max_concurrency: said.max_concurrency ?? defaults.max_concurrency,
  }
}
