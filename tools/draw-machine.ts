/** Draws the state machine as the stack deploys it into docs/state-machine.svg: `npx node tools/draw-machine.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { newApp } from '../infra/new-app.ts'
import { readSettings } from '../infra/settings.ts'
import { Itemwise } from '../infra/stack.ts'
import type { States } from '../infra/states-language.ts'
import { drawMachine } from './draw-machine/svg.ts'

export const picturePath = join(import.meta.dirname, '../docs/state-machine.svg')

/** The machine in a stack's template; what only a deployment knows, such as ARNs, is left out. */
function machineIn(stack: Stack): States {
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'))
  const { DefinitionString } = machine!.Properties
  const parts: unknown[] = DefinitionString['Fn::Join'][1]
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '-')).join(''))
}

/** The picture of the machine with the default settings. */
export function picture(): string {
  const app = newApp({ context: { 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false })
  const stack = new Itemwise(app, 'Itemwise', { settings: readSettings({}) })
  const title = 'open, then for each step plan, a Map over its chunks and collate, then publish; any error goes to fail'
  return drawMachine(machineIn(stack), title)
}

if (import.meta.main) writeFileSync(picturePath, picture())
