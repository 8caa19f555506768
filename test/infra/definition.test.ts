/** The state machine's definition: what AWS would refuse, and that it does what core/flow.ts says. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error It has no types.
import aslValidator from 'asl-validator'
import { expect, test } from 'vitest'
import * as errors from '../../core/errors.ts'
import { flow } from '../../core/flow.ts'
import type { State, States } from '../../infra/definition.ts'
import { fewChunks } from '../../lambdas/events.ts'
import { allStates, type Catcher, machine, type Retrier, stageOf, stateCalled } from './machine.ts'
import { readable, resourcesOf, synthesise } from './synthesised.ts'

const tasks = allStates().filter(([, { Type }]) => Type === 'Task')

test('the definition keeps the States Language', () => {
  const { isValid, errorsText } = aslValidator(structuredClone(machine))
  expect(errorsText()).toBe('')
  expect(isValid).toBe(true)
})

test('a state has a name of its own in the whole machine', () => {
  const names = allStates().map(([name]) => name)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

test('every state that is named as the next one is there, in the same part of the machine', () => {
  const missing = (states: States): string[] => {
    const inner = Object.values(states.States).flatMap(({ ItemProcessor }) =>
      ItemProcessor ? missing(ItemProcessor) : [],
    )
    const named = [states.StartAt, ...Object.values(states.States).flatMap(nextOf)]
    return [...inner, ...named.filter((name) => !(name in states.States))]
  }
  expect(missing(machine)).toEqual([])
})

function nextOf({ Next, Default, Choices, Catch }: State): string[] {
  const branches = [...((Choices ?? []) as { Next: string }[]), ...((Catch ?? []) as Catcher[])]
  return [Next, Default as string | undefined, ...branches.map((branch) => branch.Next)].filter(
    (name) => name !== undefined,
  )
}

/** The stages in the order in which a run of one step meets them, whichever way its chunks go. */
function stagesOn(path: 'none' | 'few' | 'many', { StartAt, States }: States = machine): string[] {
  const met: string[] = []
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    const state: State = States[name]!
    if (state.Type === 'Task') met.push(stageOf(state))
    if (state.ItemProcessor !== undefined) met.push(...stagesOn(path, state.ItemProcessor))
    name = name === 'size' && path === 'none' ? 'collate' : name === 'size' ? path : (state.Next ?? chosen(state))
  }
  return met
}

function chosen({ Choices }: State): string | undefined {
  return (Choices as { Next: string }[] | undefined)?.[0]?.Next
}

test.each(['few', 'many'] as const)('the stages come in the order of the flow, by %s chunks', (path) => {
  expect(stagesOn(path)).toEqual([flow.first, ...flow.eachStep, flow.last])
})

test('a step with nothing to ask is planned and collated', () => {
  expect(stagesOn('none')).toEqual(['open', 'plan', 'collate', 'publish'])
})

test('every stage is tried again after the errors of the flow, with full jitter', () => {
  for (const [name, { Retry }] of tasks) {
    const retriers = Retry as Retrier[]
    expect([name, retriers.flatMap(({ ErrorEquals }) => ErrorEquals).sort()]).toEqual([
      name,
      [...flow.retried.platform, ...flow.retried.ours].sort(),
    ])
    for (const { JitterStrategy, MaxAttempts } of retriers) {
      expect(JitterStrategy).toBe('FULL')
      expect(MaxAttempts).toBeGreaterThan(0)
    }
  }
})

test('what is outside of a Map catches every error and goes to fail; only open catches one by name', () => {
  for (const name of ['open', 'steps', 'publish'] as const) {
    const catchers = stateCalled(name).Catch as Catcher[]
    expect(catchers.at(-1)).toMatchObject({ ErrorEquals: ['States.ALL'], Next: flow.onError })
  }
  const byName = allStates().flatMap(([, state]) => ((state.Catch ?? []) as Catcher[]).filter(isByName))
  expect(byName).toMatchObject([{ ErrorEquals: [...flow.nothingToDo], Next: 'nothing' }])
})

function isByName({ ErrorEquals }: Catcher): boolean {
  return !ErrorEquals.includes('States.ALL')
}

/** From aws.md: what Lambda and its service answer, and what Step Functions calls it. */
const platform =
  /^(Lambda\.(ServiceException|AWSLambdaException|SdkClientException|TooManyRequestsException|ClientExecutionTimeoutException|Unknown)|Runtime\.ExitError|Sandbox\.Timedout|States\.ALL)$/

test('a name that is retried or caught is one of the platform or an error of core, which a test throws', () => {
  const lists = allStates().flatMap(([, { Retry, Catch }]) => [
    ...((Retry ?? []) as Retrier[]),
    ...((Catch ?? []) as Catcher[]),
  ])
  const named = lists.flatMap(({ ErrorEquals }) => ErrorEquals).filter((name) => !platform.test(name))
  const ours = [...new Set(named)]
  expect(ours.sort()).toEqual([...flow.nothingToDo, ...flow.retried.ours].sort())
  expect(Object.keys(errors)).toEqual(expect.arrayContaining(ours))
  for (const name of ours) expect([name, testsThatMeet(name)]).not.toEqual([name, []])
})

/** Tests of other rooms that are about an error. */
function testsThatMeet(name: string): string[] {
  const folder = join(import.meta.dirname, '..')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const others = files.filter((file) => file.endsWith('.test.ts') && !file.startsWith('infra'))
  return others.filter((file) => new RegExp(`\\b${name}\\b`).test(readFileSync(join(folder, file), 'utf8')))
}

test('few chunks fit into the 40 iterations that an inline Map runs at once, and into a state', () => {
  expect(fewChunks).toBeLessThanOrEqual(40)
  expect(stateCalled('few').MaxConcurrency).toBe('{% $min([$states.input.map_concurrency, 40]) %}')
  expect(stateCalled('many').MaxConcurrency).toBe('{% $min([$states.input.map_concurrency, 100]) %}')
})

test('no Map hands on what its iterations returned', () => {
  for (const [name, { Type, Output }] of allStates()) {
    if (Type === 'Map') expect([name, JSON.stringify(Output)]).toEqual([name, expect.not.stringContaining('result')])
  }
})

test('what is deployed is this very definition', () => {
  const { stack, template } = synthesise()
  const [deployed] = Object.values(resourcesOf(template, 'AWS::StepFunctions::StateMachine'))
  const functions = (text: string) => text.replace(/arn:aws:lambda:[^"]*:function:(\w+)/g, '<Functions$1Function.Arn>')
  const here = functions(JSON.stringify({ ...machine, TimeoutSeconds: 168 * 3600 })).replace(
    '"workspace"',
    '"<StorageBucket>"',
  )
  expect(JSON.parse(readable(deployed!.DefinitionString))).toEqual(JSON.parse(here))
  expect(stack.stackName).toBe('Itemwise')
})
