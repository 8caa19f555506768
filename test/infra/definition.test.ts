/** The state machine's definition: what AWS would refuse, and that it does what core/flow.ts says. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error It has no types.
import aslValidator from 'asl-validator'
import { describe, expect, test } from 'vitest'
import * as errors from '../../core/errors.ts'
import { flow } from '../../core/flow.ts'
import type { State, States } from '../../infra/states-language.ts'
import { allStates, type Catcher, machine, type Retrier, stageOf, stageTasks, stateCalled } from './machine.ts'
import { readable, resourcesOf, synthesise } from './synthesised.ts'

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

/** The stages in the order in which a run of one step meets them, if nothing is missing. */
function stagesOn(path: 'collate' | 'chunks', { StartAt, States }: States = machine): string[] {
  const met: string[] = []
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    const state: State = States[name]!
    if (isStage(state)) met.push(stageOf(state))
    if (state.ItemProcessor !== undefined) met.push(...stagesOn(path, state.ItemProcessor))
    name = name === 'size' ? path : (state.Next ?? chosen(state))
  }
  return met
}

function isStage(state: State): boolean {
  return stageTasks.some(([, task]) => task === state)
}

function chosen({ Choices }: State): string | undefined {
  return (Choices as { Next: string }[] | undefined)?.[0]?.Next
}

test('the stages come in the order of the flow', () => {
  expect(stagesOn('chunks')).toEqual([flow.first, ...flow.eachStep, flow.last])
})

test('a step with nothing to ask is planned and collated', () => {
  expect(stagesOn('collate')).toEqual(['open', 'plan', 'collate', 'publish'])
})

test('every stage is tried again after the errors of the flow, with full jitter', () => {
  for (const [name, { Retry }] of stageTasks) {
    const retriers = Retry as Retrier[]
    expect([name, retriers.flatMap(({ ErrorEquals }) => ErrorEquals).sort()]).toEqual([
      name,
      Object.values(flow.retried).flat().sort(),
    ])
    for (const { JitterStrategy, MaxAttempts } of retriers) {
      expect(JitterStrategy).toBe('FULL')
      expect(MaxAttempts).toBeGreaterThan(0)
    }
  }
})

/** The waits before each try, in seconds, as they are without jitter. */
function waits({ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts }: Retrier): number[] {
  return Array.from({ length: MaxAttempts }, (_, tries) =>
    Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** tries),
  )
}

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

/** With full jitter, a wait is half of what is said, on average. */
function averageWait(state: string, error: string): number {
  const retriers = stateCalled(state).Retry as Retrier[]
  return sum(waits(retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error))!)) / 2
}

describe('a stage that finds no free Lambda', () => {
  const [noSlot] = flow.retried.throttled

  test.each(['open', 'fail'])('%s waits for a day, up to ten minutes at a time', (name) => {
    expect(averageWait(name, noSlot) / 3600).toBeCloseTo(24, 0)
    const { MaxDelaySeconds } = (stateCalled(name).Retry as Retrier[])[0]!
    expect(MaxDelaySeconds).toBe(600)
  })

  test.each(['plan', 'process', 'collate', 'publish'])(
    '%s waits for two minutes, and gives a sign of life before the run would count as dead',
    (name) => {
      const [{ ErrorEquals, ...short }] = stateCalled(name).Retry as [Retrier]
      expect(ErrorEquals).toContain(noSlot)
      expect(sum(waits({ ErrorEquals, ...short }))).toBeLessThan(300)
      const [first] = stateCalled(name).Catch as Catcher[]
      expect(first).toMatchObject({ ErrorEquals: flow.retried.throttled, Next: `${name} waits` })
      expect(stateCalled(`${name} waits`)).toMatchObject({ Next: `${name} pauses` })
      expect(stateCalled(`${name} pauses`)).toMatchObject({
        Seconds: '{% $floor(300 + $random() * 300) %}',
        Next: name,
      })
    },
  )
})

test('minutes in which Lambda itself fails are waited out by every stage', () => {
  for (const [name] of stageTasks)
    for (const error of flow.retried.unavailable) expect([name, averageWait(name, error)]).toEqual([name, 241])
})

test('lost children end the Map only if there are more than a hundred', () => {
  expect(stateCalled('chunks')).toMatchObject({
    ToleratedFailurePercentage: '{% 100 %}',
    ToleratedFailureCount: 100,
  })
})

test('every Map that calls process is a Distributed one, whose children have 25,000 events each', () => {
  const maps = allStates().filter(([, { ItemProcessor }]) => ItemProcessor && 'process' in ItemProcessor.States)
  expect(maps.map(([name, { ItemProcessor }]) => [name, ItemProcessor!.ProcessorConfig.Mode])).toEqual([
    ['chunks', 'DISTRIBUTED'],
  ])
})

test('what is outside of a Map catches every error and goes to fail; by name only open catches what is no failure, and publish waits', () => {
  for (const name of ['open', 'steps', 'publish'] as const) {
    const catchers = stateCalled(name).Catch as Catcher[]
    expect(catchers.at(-1)).toMatchObject({ ErrorEquals: ['States.ALL'], Next: flow.onError })
  }
  const outside = Object.values(machine.States as Record<string, State>)
  const byName = outside.flatMap((state) => ((state.Catch ?? []) as Catcher[]).filter(isByName))
  expect(byName).toMatchObject([
    { ErrorEquals: [...flow.nothingToDo], Next: 'nothing' },
    { ErrorEquals: [...flow.retried.throttled], Next: 'publish waits' },
    { ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], Next: flow.onError },
  ])
})

function isByName({ ErrorEquals }: Catcher): boolean {
  return !ErrorEquals.includes('States.ALL')
}

/** From aws.md: what Lambda and other services answer, and what Step Functions calls it. */
const platform =
  /^(Lambda\.(ServiceException|AWSLambdaException|SdkClientException|TooManyRequestsException|EC2ThrottledException|ResourceConflictException|ResourceNotReadyException|ClientExecutionTimeoutException|Unknown)|Runtime\.ExitError|Sandbox\.Timedout|DynamoDB\.\w+|States\.(ALL|ItemReaderFailed))$/

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

test('a Map has as many chunks at once as the plan says and the setting allows', () => {
  expect(stateCalled('chunks').MaxConcurrency).toBe('{% $min([$states.input.map_concurrency, 100]) %}')
})

test('no Map hands on what its iterations returned, except the one that waits, which has one; of parts it is a digit each', () => {
  const ofParts = / [12] in \$states\.result/g
  for (const [name, { Type, Output }] of allStates()) {
    if (Type !== 'Map' || name === 'wait') continue
    const text = JSON.stringify(Output).replace(ofParts, '')
    expect([name, text]).toEqual([name, expect.not.stringContaining('result')])
  }
  expect(stateCalled('wait').Items).toBe('{% [$states.input] %}')
  for (const name of ['send', 'collect'])
    expect(stateCalled(`${name} done`)).toEqual({ Type: 'Succeed', Output: '{% $states.input.outcome %}' })
})

test('what is deployed is this very definition', () => {
  const { stack, template } = synthesise()
  const [deployed] = Object.values(resourcesOf(template, 'AWS::StepFunctions::StateMachine'))
  const text = JSON.stringify({ ...machine, TimeoutSeconds: 168 * 3600 })
  const here = text
    .replace(/arn:aws:lambda:[^"]*:function:(\w+)/g, '<Functions$1FunctionCurrentVersion>')
    .replaceAll('"workspace"', '"<StorageBucket>"')
    .replaceAll('"records"', '"<StorageTable>"')
    .replaceAll('"FunctionName":"process"', '"FunctionName":"<FunctionsprocessFunction>"')
  expect(JSON.parse(readable(deployed!.DefinitionString))).toEqual(JSON.parse(here))
  expect(stack.stackName).toBe('Itemwise')
})
