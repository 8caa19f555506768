/** The state machine as the tests walk it: the very definition that is deployed, with plain names in place of ARNs. */
import { definition, type Stage, stages } from '../../infra/definition.ts'
import type { State, States } from '../../infra/states-language.ts'

export type { Retrier } from '../../infra/retries.ts'

export function functionArn(stage: Stage): string {
  return `arn:aws:lambda:us-east-1:000000000000:function:${stage}`
}

export const machine = definition({
  functions: Object.fromEntries(stages.map((stage) => [stage, functionArn(stage)])) as Record<Stage, string>,
  processName: 'process',
  bucket: 'workspace',
  table: 'records',
  mapConcurrency: 100,
  timeoutSeconds: 3600,
})

/** Every state with its name, those inside of Maps too. A name that stands twice comes twice. */
export function allStates(states: States = machine): [string, State][] {
  return Object.entries(states.States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.ItemProcessor === undefined ? [] : allStates(state.ItemProcessor)),
  ])
}

/** A state by its name. */
export function stateCalled(name: string): State {
  const found = allStates().find(([each]) => each === name)
  if (found === undefined) throw new Error(`There is no state ${name}.`)
  return found[1]
}

/** The Tasks that call a stage, with their names. */
export const stageTasks = allStates().filter(([, { Resource }]) => Resource === 'arn:aws:states:::lambda:invoke')

/** The stage that a Task calls. */
export function stageOf({ Arguments }: State): Stage {
  return (Arguments as { FunctionName: string }).FunctionName.split(':').at(-1) as Stage
}

export interface Catcher {
  ErrorEquals: string[]
  Next: string
}
