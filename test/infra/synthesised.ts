/** The stack as CDK makes it of given settings; without the Lambdas' code, which other tests bundle. */
import { Template } from 'aws-cdk-lib/assertions'
import { newApp } from '../../infra/new-app.ts'
import { readSettings } from '../../infra/settings.ts'
import { Itemwise } from '../../infra/stack.ts'

export interface Synthesised {
  stack: Itemwise
  template: Template
}

const made = new Map<string, Synthesised>()

/**
 * The same settings give the same stack again: making one takes half a second. CDK's validation of the template takes four more;
 * test/infra/app.slow.test.ts asks for it.
 */
export function synthesise(said: Record<string, unknown> = {}, { isValidated = false } = {}): Synthesised {
  const key = JSON.stringify([said, isValidated])
  const before = made.get(key)
  if (before !== undefined) return before
  const settings = readSettings(said)
  const app = newApp({
    context: { 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: isValidated,
  })
  const stack = new Itemwise(app, settings.stackName, { settings })
  const synthesised = { stack, template: Template.fromStack(stack) }
  made.set(key, synthesised)
  return synthesised
}

/** The properties of every resource of a type, by the resource's name without CDK's hash. */
export function resourcesOf(template: Template, type: string): Record<string, Record<string, unknown>> {
  const found = Object.entries(template.findResources(type))
  return Object.fromEntries(found.map(([name, { Properties }]) => [withoutHash(name), readable(Properties)]))
}

/** A template's value with references as text: `<StorageBucket.Arn>/outputs/*`. */
// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
export function readable(value: any): any {
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null) return value
  if ('Ref' in value) return `<${withoutHash(value.Ref)}>`
  if ('Fn::GetAtt' in value) return `<${withoutHash(value['Fn::GetAtt'][0])}.${value['Fn::GetAtt'][1]}>`
  if ('Fn::Join' in value) return readable(value['Fn::Join'][1]).join(value['Fn::Join'][0])
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readable(inner)]))
}

function withoutHash(name: string): string {
  return name.replace(/([0-9A-F]{8})?([0-9a-f]{32}|[0-9a-f]{40})?$/, '')
}
