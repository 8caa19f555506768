/** A rerun as a program asks for it: as the command line does, and with new items and prompts. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { itemsInMemory } from '../core/items/conversion.ts'
import type { RerunRequest as Rerun, Start } from '../core/request/start.ts'
import type { rerunFields } from '../core/request/start-input.ts'
import type { RunRequest } from '../core/request.ts'
import { InMemory, type Items } from './items-in-memory.ts'

/** Which items to run again, and on which version. At least one of `ids`, `failed`, `changed`, `where` and `sample` says it. */
export interface RerunRequest extends z.input<typeof rerunFields> {
  /** New items for the first step: all of them, those of the base included. Only those named in `ids` come in anew. */
  items?: Items
  /** New prompts, by prompt_name. Without one, a step has that of its base if its request had one, else today's file. */
  prompts?: Readonly<Record<string, string>>
}

interface New {
  prompts: Readonly<Record<string, string>>
  inMemory: InMemory
}

/** What the check of an API's input takes, and what comes beside it. */
export function rerunInput({ items, prompts = {}, ...rerun }: RerunRequest): New & { input: unknown } {
  const inMemory = new InMemory()
  if (items !== undefined) inMemory.add(itemsInMemory(1), { items, step: 1 })
  return { input: { rerun }, prompts, inMemory }
}

/** The rerun with new items and prompts in its request. */
export function withNewPrompts(start: Start, { prompts, inMemory }: New): Start {
  if (start.kind !== 'rerun') throw new Error('A rerun was read as something else.')
  const change: Rerun['change'] = (before) => changed(start.rerun.change?.(before) ?? before, { prompts, inMemory })
  return { ...start, rerun: { ...start.rerun, change } }
}

function changed(request: RunRequest, { prompts, inMemory }: New): RunRequest {
  const names = request.steps.map(({ prompt_name }) => prompt_name)
  const unknown = Object.keys(prompts).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new RequestRefused([
      `prompts has ${unknown.join(', ')}, but the steps of the base are ${names.join(', ')}. Name a prompt by the prompt_name of its step.`,
    ])
  const steps = request.steps.map((step, at) => {
    const prompt = Object.hasOwn(prompts, step.prompt_name) ? { prompt: prompts[step.prompt_name]! } : {}
    if (at > 0 || !inMemory.has(itemsInMemory(1))) return { ...step, ...prompt }
    const { input_types: _, ...rest } = step
    return { ...rest, ...prompt, input_file: itemsInMemory(1) }
  })
  return { ...request, steps }
}
