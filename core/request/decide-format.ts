/** Decides in which format each step answers, and says why. */

import { type AnswerFormat, answerFormat, isTextOutput, textField } from '../answer-format.ts'
import { idFields } from '../answers/id-fields.ts'
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import type { Template } from '../templates/template.ts'
import type { ReadyStep } from './resolve-steps.ts'

/** A format, and why it is that one: the end of a sentence. */
export interface DecidedFormat {
  format: AnswerFormat
  why: string
}

/** A step as another version has it. */
export interface EarlierStep {
  version: string
  step: Pick<ResolvedStep, 'batch_mode' | 'output_file' | 'answer_format'>
}

export interface EarlierSteps {
  /** The step of the base of a rerun or an incremental run, if any. */
  base: (number: number) => EarlierStep | undefined
  /** The step of the latest version of the pipeline, if any. */
  latest: (step: ResolvedStep) => EarlierStep | undefined
}

/** Gives each step its format. Throws RequestRefused if the answers of a base would be mixed with others. */
export function decideFormats(steps: readonly ReadyStep[], earlier: EarlierSteps): void {
  const problems: string[] = []
  for (const [at, ready] of steps.entries()) {
    const { step } = ready
    const base = earlier.base(step.step)
    const decided = saidFormat(ready) ?? inherited(base) ?? foundFormat(steps, at) ?? latestFormat(ready, earlier)
    step.answer_format = decided.format
    ready.formatReason = decided.why
    if (base !== undefined && kindOf(base.step) !== kindOf(step)) problems.push(mixed(ready, base))
    problems.push(...lacking(steps, ready), ...lostTexts(ready))
  }
  if (problems.length > 0) throw new RequestRefused(problems)
}

/** What a single call's text cannot offer the next step. What an item's text cannot offer, the forecast names. */
function lacking(steps: readonly ReadyStep[], { step, formatReason }: ReadyStep): string[] {
  if (step.batch_mode || isTextOutput(step) || answerFormat(step) === 'json') return []
  const need = neededBehind(steps, step)
  if (need === null) return []
  return [
    `Step ${step.step} (${step.prompt_name}): its answer is text (${formatReason}), but ${need}. Say answer_format: json, or take only {text} or {input} there.`,
  ]
}

/** A text answer stands under `text`: if an id stands there, every answer is lost. */
function lostTexts({ step, formatReason }: ReadyStep): string[] {
  if (!step.batch_mode || answerFormat(step) === 'json' || !idFields(step).includes(textField)) return []
  return [
    `Step ${step.step} (${step.prompt_name}): its answers are text (${formatReason}) and stand under ${textField}, but there stands the id, so every answer would be lost. Give the ids another field with batch_output_id_field, or say answer_format: json.`,
  ]
}

function mixed({ step, formatReason }: ReadyStep, base: EarlierStep): string {
  return `Step ${step.step} (${step.prompt_name}): the answers in ${base.version} are ${kindOf(base.step)}, but now they would be ${kindOf(step)} (${formatReason}), and both kinds would stand in one output. Take that back, or start a new run.`
}

function kindOf(step: EarlierStep['step']): string {
  if (isTextOutput(step)) return 'a text file'
  return answerFormat(step) === 'json' ? 'JSON' : 'text'
}

/** The format that the person has set, by a field or by the name of the output. */
function saidFormat({ step, saidFormat: said }: ReadyStep): DecidedFormat | undefined {
  if (isTextOutput(step)) return { format: 'text', why: `the output is ${step.output_file}` }
  if (step.output_schema !== null) return { format: 'json', why: 'output_schema' }
  return said === undefined ? undefined : { format: said, why: `answer_format: ${said}` }
}

function inherited(base: EarlierStep | undefined): DecidedFormat | undefined {
  return base && { format: answerFormat(base.step), why: `as in ${base.version}` }
}

/** The format that the template, the system prompt and the next step suggest. */
function foundFormat(steps: readonly ReadyStep[], at: number): DecidedFormat | undefined {
  const { step, template } = steps[at]!
  const json = (why: string): DecidedFormat => ({ format: 'json', why })
  if (namesJson(textOf(template))) return json('the template speaks of JSON')
  if (step.system !== null && namesJson(step.system)) return json('the system prompt speaks of JSON')
  if (showsJson(textOf(template))) return json('the template shows an example of JSON')
  if (step.system !== null && showsJson(step.system)) return json('the system prompt shows an example of JSON')
  const need = neededBehind(steps, step)
  return need === null ? undefined : json(need)
}

/** `step 2 takes {answer} from it`: what the next step needs that a text does not have; null for nothing. */
function neededBehind(steps: readonly ReadyStep[], step: ResolvedStep): string | null {
  for (const later of steps) {
    const need = later.step.input.from === 'step' && later.step.input.step === step.step ? neededBy(later, step) : null
    if (need !== null) return `step ${later.step.step} takes ${need}`
  }
  return null
}

// A name in a few words, such as {US Gross}: a gap that a field of the answers is meant to fill. {a: b} and {1, 2} are none.
const looksLikeName = /^[\p{L}_][\p{L}\p{N}_ -]*\??$/u

/** What a later step takes of this one's answers that a text does not have. */
function neededBy({ step: later, template }: ReadyStep, step: ResolvedStep): string | null {
  if (later.batch_mode && !step.batch_mode) return 'an array from it'
  const ids = step.output_id_field === null ? [step.id_field] : [step.output_id_field, `source_${step.id_field}`]
  const offered = new Set([textField, 'item', 'input', ...(step.batch_mode ? ids : [])])
  if (later.batch_mode && !offered.has(later.id_field)) return `its ids from ${later.id_field}`
  // A template for a whole array sees no fields of its items.
  const sees = later.batch_mode || !step.batch_mode
  const asked = [...template.names, ...template.gaps.filter((gap) => looksLikeName.test(gap))]
  const other = sees && asked.find((name) => !offered.has(name.replace(/\?$/, '')) && !name.startsWith('root__'))
  return other ? `{${other}} from it` : null
}

function latestFormat({ step }: ReadyStep, { latest }: EarlierSteps): DecidedFormat {
  const before = latest(step)
  if (before !== undefined && answerFormat(before.step) === 'json')
    return { format: 'json', why: `as in ${before.version}` }
  return { format: 'text', why: 'nothing asks for JSON' }
}

/** The template's words; a variable counts as one. */
function textOf({ pieces }: Template): string {
  return pieces.map((piece) => ('text' in piece ? piece.text : 'gap' in piece ? `{${piece.gap}}` : 'x')).join('')
}

function namesJson(text: string): boolean {
  return /json/i.test(text)
}

// `{"name": …`, `{name: …`, `["a"`, `[{`: as an answer would begin. An interval such as [0, 1] is none.
const example = /\{\s*(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z_]\w*)\s*:|\[\s*(?:"[^"\n]*"\s*[,\]]|\{\s*["'\w]|\[\s*["'\d])/

function showsJson(text: string): boolean {
  return example.test(text)
}

/** One line on the formats of all steps: `Answers: json in step 1 (output_schema), text in step 2 (nothing asks for JSON)`. */
export function formatsText(steps: readonly ReadyStep[]): string {
  const groups = Map.groupBy(steps, ({ step, formatReason }) => `${answerFormat(step)}\0${formatReason}`)
  const told = [...groups].map(([key, members]) => {
    const [format, why] = key.split('\0')
    const numbers = members.map(({ step }) => step.step)
    const place = groups.size === 1 ? '' : ` in step${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`
    return `${format}${place} (${why})`
  })
  return `Answers: ${told.join(', ')}`
}
