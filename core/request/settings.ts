/** Which settings a step runs with: the step's own, then its template's, then the workspace's, then the defaults. */
import { modelFieldNames, modelFields, type SettingValues } from '../model-fields.ts'
import type { ModelSettings, WorkspaceSettings } from '../request.ts'

/** What holds for a whole run, if itemwise.yaml does not say otherwise. */
export const defaults = { answer_timeout_seconds: 600, give_up_after_minutes: 60, batch_worth_from: 20 } as const

/** Merges model settings; the first that says something wins. */
export function settingsOf(step: ModelSettings, template: ModelSettings, workspace: WorkspaceSettings): SettingValues {
  const sources: ModelSettings[] = [step, template, workspace]
  const values = modelFieldNames.map((name) => {
    const said = sources.find((source) => source[name] !== undefined)
    return [name, said === undefined ? modelFields[name].fallback : said[name]]
  })
  return Object.fromEntries(values) as SettingValues
}
