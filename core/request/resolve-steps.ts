/**
 * Turns the steps of a request into steps with everything decided, collecting every problem on the way.
 * Long, since each field of a step has a check and a sentence of its own.
 */

import { type AnswerFormat, isTextOutput } from '../answer-format.ts'
import { lostIdProblem } from '../answers/id-fields.ts'
import { readWhere } from '../choice/read-where.ts'
import type { ResolvedStep } from '../documents.ts'
import { FileMissing, PathOutside, RequestRefused } from '../errors.ts'
import { itemsInMemory } from '../items/conversion.ts'
import { madeIdField } from '../items/made-ids.ts'
import type { Provider } from '../provider.ts'
import type { KeepSettings, RunRequest, StepRequest, WorkspaceSettings } from '../request.ts'
import { type Store, stepNumber } from '../store.ts'
import { parseTemplate, type Template, TemplateInvalid } from '../templates/template.ts'
import { templateName } from '../templates/template-name.ts'
import { isBlank } from '../text/blank.ts'
import { sha256 } from '../text/ids.ts'
import { halfAPair } from '../text/well-formed.ts'
import { readText } from '../versions/version-documents.ts'
import { stepNameProblems } from './check-file-names.ts'
import { type FindingInputs, fileInput } from './file-input.ts'
import { missing } from './input-path.ts'
import { readSchema } from './read-schema.ts'
import { settingsOf } from './settings.ts'

export interface ReadyStep {
  step: ResolvedStep
  template: Template
  /** The template file as it was. */
  templateText: string
  /** The format that step or template ask for by name. */
  saidFormat: AnswerFormat | undefined
  /** Why `step.answer_format` is what it is; empty until that is decided. */
  formatReason: string
}

export interface Resolving extends FindingInputs {
  provider: Provider
  workspace: WorkspaceSettings
  /** What the request says of it, and itemwise.yaml where that says nothing. */
  keep: KeepSettings
  /** The model's name if the offline stand-in answers. */
  standIn: string | null
}

/** Resolves all steps. Problems are sentences; steps whose items cannot be read are left out. */
export async function resolveSteps(
  resolving: Resolving,
  request: RunRequest,
): Promise<{ steps: ReadyStep[]; problems: string[] }> {
  const problems: string[] = []
  const steps: ReadyStep[] = []
  for (const [at, stepRequest] of request.steps.entries()) {
    const before = { request: request.steps[at - 1], resolved: steps.at(-1)?.step }
    const resolved = await resolveStep(resolving, { number: at + 1, stepRequest, before, problems })
    if (resolved !== undefined) steps.push(resolved)
  }
  problems.push(...sameOutputs(request.steps))
  return { steps, problems }
}

interface OneStep {
  number: number
  stepRequest: StepRequest
  before: { request: StepRequest | undefined; resolved: ResolvedStep | undefined }
  problems: string[]
}

async function resolveStep(resolving: Resolving, one: OneStep): Promise<ReadyStep | undefined> {
  const { number, stepRequest, problems } = one
  const add = (problem: string) => problems.push(`Step ${number} (${stepRequest.prompt_name}): ${problem}`)
  const read = await readTemplateOf(resolving.store, { number, stepRequest }, add)
  const input = await resolveInput(resolving, one, add)
  const found = problems.length
  checkShape(one, add)
  const shapely = problems.length === found
  // If the template cannot be read the run is refused, but the ids in the input are checked anyway.
  const { text, template } = read ?? { text: '', template: noTemplate }
  const { answer_format: saidFormat, ...settings } = settingsOf(stepRequest, template.settings, resolving.workspace)
  const output_schema = await readSchema(resolving, settings.output_schema, add)
  if (settings.system !== null && settings.system !== '' && isBlank(settings.system))
    add('its system prompt is blank. Expected text that can be seen; write it, or leave system out.')
  if (settings.system?.isWellFormed() === false) add(`its system prompt ${halfAPair}`)
  const where = await checkedWhere(stepRequest, add)
  checkFormat({ saidFormat, hasSchema: settings.output_schema !== null, stepRequest }, add)
  if (input === undefined || !shapely) return undefined
  const step: ResolvedStep = {
    step: number,
    prompt_name: stepRequest.prompt_name,
    template: `templates/${stepNumber(number)}_${stepRequest.prompt_name.replaceAll('/', '_')}.md`,
    template_sha256: sha256(text),
    ...(stepRequest.prompt === undefined ? {} : { template_from: 'request' as const }),
    ...(read === undefined ? {} : rulesOf(read)),
    input,
    output_file: outputFile(stepRequest),
    batch_mode: stepRequest.batch_mode ?? true,
    ...idsOf(stepRequest, one.before.resolved),
    output_id_field: stepRequest.batch_output_id_field ?? null,
    id_start: stepRequest.batch_id_start ?? 1,
    only_items: stepRequest.batch_only_items?.map(String) ?? null,
    skip_items: (stepRequest.batch_skip_items ?? []).map(String),
    ...(where === undefined ? {} : { where }),
    skip_existing: stepRequest.batch_skip_existing ?? keepsExistingAfter(one.before.resolved, stepRequest),
    stop_on_error: stepRequest.batch_stop_on_error ?? false,
    ...keepOf(resolving.keep),
    ...settings,
    model: resolving.standIn ?? settings.model,
    output_schema,
    // Decided when all steps and the base are known.
    answer_format: saidFormat ?? 'json',
    next_index: null,
  }
  if (step.id_from !== undefined && step.input.from === 'step' && (one.before.request?.batch_mode ?? true))
    add(
      `batch_id_field "@${step.id_from}" is for items without an id, but those of the step before have one. Leave batch_id_field out.`,
    )
  const lostId = step.batch_mode ? lostIdProblem(step) : undefined
  if (lostId !== undefined) add(lostId)
  return { step, template, templateText: text, saidFormat, formatReason: '' }
}

const noTemplate: Template = { settings: {}, pieces: [], required: [], names: [], gaps: [], markedPieces: null }

/** Said only if it matters, so that older unfinished versions are resumed with the same steps. */
function rulesOf({ text, template }: { text: string; template: Template }): Pick<ResolvedStep, 'template_rules'> {
  const before = parseTemplate(text, '', { asBefore: true, settings: false })
  return JSON.stringify(before.pieces) === JSON.stringify(template.pieces) ? {} : { template_rules: 2 }
}

/** Said only if it is not the default, so that the steps of older versions are the same. */
function keepOf({ prompts = 'files', items = 'files' }: KeepSettings): Pick<ResolvedStep, 'keep'> {
  return prompts === 'files' && items === 'files' ? {} : { keep: { prompts, items } }
}

type Add = (problem: string) => void

async function readTemplateOf(
  store: Store,
  { number, stepRequest: { prompt_name, prompt } }: Pick<OneStep, 'number' | 'stepRequest'>,
  add: Add,
): Promise<{ text: string; template: Template } | undefined> {
  const path = `prompts/${prompt_name}.md`
  try {
    const text = prompt ?? (await readText(store, path))
    const called = prompt === undefined ? path : templateName({ step: number, prompt_name, template_from: 'request' })
    return { text, template: parseTemplate(text, called) }
  } catch (error) {
    if (error instanceof TemplateInvalid) for (const problem of error.problems) add(problem)
    else if (error instanceof FileMissing) add(await missing(store, path))
    else if (error instanceof PathOutside) add(error.message)
    else throw error
    return undefined
  }
}

async function resolveInput(
  resolving: Resolving,
  { number, stepRequest, before }: OneStep,
  add: Add,
): Promise<ResolvedStep['input'] | undefined> {
  const written = stepRequest.input_file
  if (written === undefined) {
    if (number > 1) return checkedChain(stepRequest, before.request, { number, add })
    add(`there is no step before it, so it needs an input_file. Expected a path such as inputs/items.json.`)
    return undefined
  }
  try {
    return await fileInput(resolving, { number, written, stepRequest })
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    const place = written === itemsInMemory(number) ? '' : `input_file ${written}: `
    for (const problem of error.problems) add(place + problem)
    return undefined
  }
}

function checkedChain(
  stepRequest: StepRequest,
  before: StepRequest | undefined,
  { number, add }: { number: number; add: Add },
): ResolvedStep['input'] {
  const isArray = stepRequest.batch_mode ?? true
  if (
    isArray &&
    before !== undefined &&
    isTextOutput({ batch_mode: before.batch_mode ?? true, output_file: outputFile(before) })
  ) {
    add(
      `it takes an array, but the step before writes ${outputFile(before)}, a text. Give that step an output_file that ends in .json, or this one batch_mode: false.`,
    )
  }
  return { from: 'step', step: number - 1 }
}

/** The field of an item's id, and where ids come from that are in no field. */
function idsOf(stepRequest: StepRequest, before: ResolvedStep | undefined): Pick<ResolvedStep, 'id_field' | 'id_from'> {
  const { batch_id_field: field } = stepRequest
  if (field === '@content') return { id_field: madeIdField, id_from: 'content' }
  if (field === '@position') return { id_field: madeIdField, id_from: 'position' }
  return { id_field: field ?? idFieldAfter(before, stepRequest) }
}

/** What the step before writes as its items' id. */
function idFieldAfter(before: ResolvedStep | undefined, { input_file }: StepRequest): string {
  if (before === undefined || input_file !== undefined || !before.batch_mode) return 'id'
  return before.output_id_field ?? before.id_field
}

/** A step that takes the answers of the one before keeps what exists as that one does: else it would pay for all of it again. */
function keepsExistingAfter(before: ResolvedStep | undefined, { input_file }: StepRequest): boolean {
  return before !== undefined && input_file === undefined && before.skip_existing
}

function outputFile({ output_file, prompt_name }: StepRequest): string {
  return output_file ?? `${prompt_name.slice(prompt_name.lastIndexOf('/') + 1)}.json`
}

const batchFields = [
  'batch_id_field',
  'batch_output_id_field',
  'batch_id_start',
  'batch_only_items',
  'batch_skip_items',
  'batch_where',
  'batch_skip_existing',
] as const

function checkShape({ number, stepRequest }: OneStep, add: Add): void {
  const file = outputFile(stepRequest)
  const { prompt_name, output_file } = stepRequest
  const isDefault = output_file === undefined
  for (const problem of stepNameProblems({ number, prompt_name, output_file: file, isDefault })) add(problem)
  const single = stepRequest.batch_mode === false
  const endings = single ? ['.json', '.md', '.txt'] : ['.json']
  if (!endings.some((ending) => file.toLowerCase().endsWith(ending))) {
    add(
      `output_file ${file} has the wrong ending. Expected ${endings.join(', ')}${single ? '' : ': the answers of a batch step are a JSON array'}.`,
    )
  }
  if (!single) return
  const meaningless = batchFields.filter((field) => stepRequest[field] !== undefined)
  if (meaningless.length > 0)
    add(`${meaningless.join(', ')} cannot stand in a step with batch_mode: false, which has no items. Leave them out.`)
  if (stepRequest.output_schema !== undefined && isTextOutput({ batch_mode: false, output_file: file })) {
    add(
      `it writes the text ${file}, so it cannot have an output_schema. Give it an output_file that ends in .json, or leave the schema out.`,
    )
  }
}

/** Undefined also for one that cannot be read, so that the items can be checked all the same. */
async function checkedWhere({ batch_where }: StepRequest, add: Add): Promise<string | undefined> {
  if (batch_where === undefined) return undefined
  try {
    return (await readWhere(batch_where, 'batch_where (--where)')).text
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    for (const problem of error.problems) add(problem)
    return undefined
  }
}

interface Format {
  saidFormat: AnswerFormat | undefined
  hasSchema: boolean
  stepRequest: StepRequest
}

function checkFormat({ saidFormat, hasSchema, stepRequest }: Format, add: Add): void {
  const file = outputFile(stepRequest)
  if (saidFormat === 'text' && hasSchema)
    add('it has an output_schema, so its answers are JSON, but answer_format says text. Leave one of them out.')
  if (saidFormat === 'json' && isTextOutput({ batch_mode: stepRequest.batch_mode ?? true, output_file: file })) {
    add(
      `it writes the text ${file}, but answer_format says json. Give it an output_file that ends in .json, or leave answer_format out.`,
    )
  }
}

function sameOutputs(steps: StepRequest[]): string[] {
  const files = steps.map((step) => outputFile(step).toLowerCase())
  return files.flatMap((file, at) => {
    const first = files.indexOf(file)
    if (first === at) return []
    return [
      `Steps ${first + 1} and ${at + 1} have the same output_file ${file}. Expected one name a step; give one of them another output_file.`,
    ]
  })
}
