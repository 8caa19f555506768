/** A run request as a program writes it: with items and schemas that it has in memory. */
import { RequestRefused } from '../core/errors.ts'
import { itemsInMemory } from '../core/items/conversion.ts'
import type { WrittenRequest, WrittenStep } from '../core/request.ts'
import { isStandardSchema, jsonSchemaOf, type StandardSchema } from './answer-schema.ts'
import { InMemory, type Items } from './items-in-memory.ts'
import type { Choice, NewRun } from './place.ts'

/** A step of a pipeline file, in which `items` may take the place of `input_file`, and `output_schema` may be a schema of a library. */
export interface StepRequest extends Omit<WrittenStep, 'output_schema'> {
  /** The items, each an object. The version keeps them, so that reruns, comparisons and `show` work later. */
  items?: Items
  /** What every answer must be: a schema of Zod or another library, a JSON Schema, or the path of one. */
  output_schema?: StandardSchema | Record<string, unknown> | string
}

/** What starts a run: a pipeline of one or more steps and how to keep it. */
export interface RunRequest<Steps extends readonly StepRequest[] = readonly StepRequest[]>
  extends Omit<WrittenRequest, 'steps'> {
  /** The steps, in their order. */
  steps: Steps
}

/** The steps if they have no field that a step does not know: a misspelt one does not compile. */
export type KnownFields<Steps extends readonly StepRequest[]> = {
  [Place in keyof Steps]: { [Field in Exclude<keyof Steps[Place], keyof StepRequest>]: never }
}

/** The request as it is kept, and the items that go with it. */
export interface Prepared {
  request: unknown
  inMemory: InMemory
}

/** A run as a place begins it. Throws RequestRefused. */
export function preparedRun(request: RunRequest, { first, sample }: Choice): NewRun {
  const { request: kept, inMemory } = prepared(request)
  const drawn = sample === undefined ? {} : { sample: sample.count, seed: sample.seed }
  const input = { request: kept as WrittenRequest, ...(first !== undefined && { first }), ...drawn }
  return { start: { kind: 'run', request: kept, first, sample }, input, inMemory }
}

/** Takes items and schemas out of a request. What else is wrong with it is left to the check of the run. Throws RequestRefused. */
export function prepared(request: RunRequest): Prepared {
  const inMemory = new InMemory()
  // Programs without types may give anything.
  if (!Array.isArray(request?.steps)) return { request, inMemory }
  const problems: string[] = []
  const steps = request.steps.map((step: StepRequest, at) => {
    try {
      return preparedStep(step, at + 1, inMemory)
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error
      problems.push(...error.problems)
      return step
    }
  })
  if (problems.length > 0) throw new RequestRefused(problems)
  return { request: { ...request, steps }, inMemory }
}

/** What a pipeline file has to name, and a program may give instead. */
function lackingIn({ prompt, prompt_name, items, input_file }: StepRequest, number: number): string[] {
  const noPrompt = `Step ${number} has no prompt. Give it prompt, the text of a template, or prompt_name, a template in prompts/.`
  const noItems = `Step ${number} has no items. Give it items, or an input_file such as inputs/items.json.`
  return [
    ...(prompt === undefined && prompt_name === undefined ? [noPrompt] : []),
    ...(number === 1 && items === undefined && input_file === undefined ? [noItems] : []),
  ]
}

function preparedStep(step: StepRequest, number: number, inMemory: InMemory): unknown {
  if (typeof step !== 'object' || step === null) return step
  const { items, output_schema: schema, ...rest } = step
  const output_schema = isStandardSchema(schema) ? jsonSchemaOf(schema, number) : schema
  const all = schema === undefined ? rest : { ...rest, output_schema }
  const lacking = lackingIn(step, number)
  if (lacking.length > 0) throw new RequestRefused(lacking)
  if (items === undefined) return all
  const others = (['input_file', 'input_types'] as const).filter((name) => rest[name] !== undefined)
  if (others.length > 0)
    throw new RequestRefused([
      `Step ${number} has items, so ${others.join(' and ')} cannot stand there. Leave one out.`,
    ])
  if (rest.batch_mode === false)
    throw new RequestRefused([
      `Step ${number} has items and batch_mode: false, but a single call takes a text, not items. Put what it is about into prompt, or leave batch_mode out.`,
    ])
  const input_file = itemsInMemory(number)
  inMemory.add(input_file, items)
  return { ...all, input_file }
}
