/** From an item to what is sent for it: which variables its template sees, and the whole question. */
import { answerFormat, isTextOutput } from '../answer-format.ts'
import type { PlanLine, ResolvedStep } from '../documents.ts'
import type { Question, Turn } from '../model.ts'
import { type QuestionField, questionFields } from '../model-fields.ts'
import { type Json, parseJson } from '../text/json.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { fingerprintOf } from './fingerprint.ts'
import { canBeWritten, type Lookup, type Prompt, render, type Template } from './template.ts'
import { variablesOf, variableText } from './variables.ts'

const rootPrefix = 'root__'

/** Whether a template asks for fields of the root item. */
export function usesRoot(template: Template): boolean {
  return [...template.names, ...template.gaps].some((name) => name.startsWith(rootPrefix))
}

/** What a step's template can be filled with. */
export interface Variables {
  lookup: Lookup
  /** Whether a variable has a value, and it is null. */
  isNull: (name: string) => boolean
  /** Names of all variables, for messages. */
  names: () => string[]
}

/** The variables of an item of a batch step. `root` is the item it descends from, if the template asks for it. Throws NameClash. */
export function itemVariables(item: Json, root: Json | null): Variables {
  const own = variablesOf(item)
  const ofRoot = root === null ? new Map<string, Json>() : variablesOf(root)
  const value = (name: string): Json | undefined => {
    if (own.has(name)) return own.get(name)
    if (name === 'item') return item
    return name.startsWith(rootPrefix) ? ofRoot.get(name.slice(rootPrefix.length)) : undefined
  }
  return {
    lookup: (name) => textOf(value(name)),
    isNull: (name) => value(name) === null,
    names: () => [...own.keys(), ...[...ofRoot.keys()].map((name) => rootPrefix + name)],
  }
}

/** The variables of a single-call step: `{input}`, and the fields of an input that is an object. Throws NameClash. */
export function inputVariables(input: Json): Variables {
  const fields = variablesOf(input)
  const value = (name: string) => (fields.has(name) || name !== 'input' ? fields.get(name) : input)
  return {
    lookup: (name) => textOf(value(name)),
    isNull: (name) => value(name) === null,
    names: () => ['input', ...fields.keys()],
  }
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : variableText(value)
}

/** The variables of a planned item. Throws NameClash. */
export function variablesOfLine(line: PlanLine, step: ResolvedStep): Variables {
  const item = parseJson(line.item ?? 'null')
  if (!step.batch_mode) return inputVariables(item)
  return itemVariables(item, line.root === null ? null : parseJson(line.root))
}

/** `illFormed`: the item holds half of a surrogate pair. `nulls`: the variables that are null. */
export type Rendered = (Prompt & { illFormed: boolean; nulls: string[] }) | { missing: string[]; names: string[] }

/** Renders a planned item's prompt, or says which variables it lacks and which it has. Throws NameClash. */
export function promptOf(line: PlanLine, step: ResolvedStep, template: Template): Rendered {
  const variables = variablesOfLine(line, step)
  const rendered = render(template, variables.lookup, line.fields)
  // UTF-8 has no lone surrogates, and the API refuses them; they go out as U+FFFD.
  if ('prompt' in rendered) {
    const illFormed = !rendered.prompt.isWellFormed()
    const nulls = [...template.names, ...(line.fields ?? [])].filter(variables.isNull)
    return { ...rendered, prompt: rendered.prompt.toWellFormed(), illFormed, nulls }
  }
  return { missing: rendered.missing, names: variables.names() }
}

/** The question that a prompt makes with a step's settings. `shared`: characters at its start to be cached, or null. */
export function questionOf(step: ResolvedStep, turns: Turn[], shared: number | null = null): Question {
  const settings = Object.fromEntries(questionFields.map((name) => [name, step[name]])) as Pick<
    ResolvedStep,
    QuestionField
  >
  return { ...settings, answer_format: answerFormat(step), turns, shared }
}

/** `{topik}, which is not among topic, title. Did you mean topic?` for a message about missing variables. */
export function missingText(missing: string[], names: string[]): string {
  const hints = missing.map((name) => didYouMean(name, names.filter(canBeWritten))).join('')
  return `${missing.map((name) => `{${name}}`).join(', ')}. Available: ${names.length === 0 ? 'nothing' : someOf(names, 15)}.${hints}`
}

/** The fingerprint of a prompt that is sent with a step's settings. */
export function promptFingerprint(step: ResolvedStep, prompt: string): string {
  const question = questionOf(step, [{ role: 'user', content: prompt }])
  // A text file was one before there were formats.
  return fingerprintOf(isTextOutput(step) ? { ...question, answer_format: 'json' } : question)
}
