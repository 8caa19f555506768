/**
 * Goes through a whole run before anything is paid for: plans every step without writing, renders each prompt whose item
 * is known, and counts. What `open` refuses by, and what a dry run shows.
 * Long, since each step is planned from the lines of the step before, in one pass.
 */

import { isUtf8 } from 'node:buffer'
import { idFields, overwrittenWarnings } from '../answers/id-fields.ts'
import { spellingWarnings } from '../answers/schema-spellings.ts'
import type { PlanLine, ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { UpstreamItem } from '../items/candidates.ts'
import { type ItemSource, planLines, wholeInputOf } from '../items/plan-lines.ts'
import { canFold, planRanges } from '../items/plan-ranges.ts'
import type { StepWhere } from '../items/step-where.ts'
import { Tally } from '../items/tally.ts'
import type { VersionRef } from '../store.ts'
import { usesRoot } from '../templates/questions.ts'
import { type Json, parseJson } from '../text/json.ts'
import { elementsIn, JsonInvalid, jsonMistake } from '../text/json-array.ts'
import { valueAt } from '../text/json-pointer.ts'
import { someOf } from '../text/nearest.ts'
import { BaseAnswers } from '../versions/base-answers.ts'
import type { PlanRange } from '../versions/carried-range.ts'
import { wholeOutput } from '../versions/step-output.ts'
import { isBeside, staysAsInBase } from '../versions/suggestions.ts'
import { readRun, stepOf } from '../versions/version-documents.ts'
import type { Forecast, Forecasting } from './forecast-types.ts'
import { type ForeseenGaps, foreseeGaps } from './foreseen-gaps.ts'
import { impossibleVariables } from './foreseen-names.ts'
import { PromptCheck } from './prompt-check.ts'
import type { ReadyStep } from './resolve-steps.ts'
import { SmallPlan } from './small-plan.ts'

/** Foresees a run. Reads each input once, holding one item at a time. */
export async function foresee(forecasting: Forecasting): Promise<Forecast> {
  const steps = forecasting.steps.map((ready) => new ForeseenStep(forecasting, ready))
  const forecast: Forecast = {
    steps: [],
    problems: [],
    firstPrompt: null,
    variables: new Map(),
    unknown: [],
    plan: null,
  }
  let before: ForeseenStep | null = null
  for (const step of steps) {
    const { input } = step.ready.step
    // The step before may be missing if it could not be resolved.
    const source: ForeseenStep | null = input.from === 'step' && before?.ready.step.step === input.step ? before : null
    if (source === null) await before?.drain()
    await step.begin(source)
    before = step
  }
  await before?.drain()
  for (const step of steps) step.addTo(forecast)
  return forecast
}

class ForeseenStep {
  readonly ready: ReadyStep
  readonly #with: Forecasting
  readonly #tally: Tally
  readonly #check: PromptCheck
  readonly #problems: string[] = []
  readonly #leftOut: string[] = []
  readonly #warnings: string[] = []
  #where: StepWhere | null = null
  #lines: AsyncIterable<PlanLine> | null = null
  #plan: SmallPlan | null = null
  #processes = 0
  #lastLine: PlanLine | null = null
  #itemsUnknown = false
  /** Items that are to be asked for and still to come. */
  #unknownLines = 0
  /** The input could not be read. */
  #isBroken = false
  /** Whether the ids of all items are known before the first call: a model may write the next step's id field. */
  #idsKnown = true
  /** The step that reads the file from which this one's items descend. */
  #root: ForeseenStep | null = null

  constructor(forecasting: Forecasting, ready: ReadyStep) {
    this.ready = ready
    this.#with = forecasting
    this.#tally = new Tally(ready.step, forecasting.run, ready.template)
    this.#check = new PromptCheck(ready, forecasting)
  }

  /** Sets the step up after the one before, whose lines flow through it. */
  async begin(before: ForeseenStep | null): Promise<void> {
    const { step, template } = this.ready
    const { store, read, run, base } = this.#with
    const source = await this.#source(before)
    if (source === null) return
    if (before !== null && step.input.from === 'step') {
      const impossible = impossibleVariables(step, template, before.ready.step)
      if (impossible !== undefined) this.#problems.push(impossible)
      this.#root = before.#root ?? (before.ready.step.batch_mode ? before : null)
    }
    const roots = usesRoot(template) && this.#root !== null ? this.#root.#lastItems() : null
    const { fields } = await this.#foreseeGaps(source, before)
    const onLeftOut = (id: string) => this.#leftOut.push(id)
    const onWhere = (where: StepWhere) => {
      this.#where = where
    }
    const edits = this.#with.edits?.get(step.step)
    const view = { store, read, step, template, run, base, source, fields, roots, edits, onLeftOut, onWhere }
    const folds = base !== null && step.step === 1 && source.kind === 'file' && (await this.#canFold(base))
    this.#plan = folds ? new SmallPlan(base) : null
    const onCarried = (item: Json) => this.#check.addCarried(item)
    this.#lines = this.#watched(
      folds && !this.#isItemByItem() ? planRanges({ ...view, base, onCarried }) : planLines(view),
    )
  }

  #canFold(base: VersionRef): Promise<boolean> {
    const { store, run, steps } = this.#with
    const later = steps.slice(this.ready.step.step).map(({ template }) => template)
    return canFold(store, base, { run, step: this.ready.step, later: [this.ready.template, ...later] })
  }

  /** Whether the next step takes the answers one by one. */
  #isItemByItem(): boolean {
    return this.#with.steps.some(
      ({ step: { input, batch_mode } }) => batch_mode && input.from === 'step' && input.step === this.ready.step.step,
    )
  }

  async #foreseeGaps(source: ItemSource, before: ForeseenStep | null): Promise<ForeseenGaps> {
    const { store, base } = this.#with
    const root = this.#root?.ready.step ?? null
    const view = { store, base, ready: this.ready, source, before: before?.ready.step ?? null, root }
    const found = await foreseeGaps(view)
    this.#problems.push(...found.problems)
    this.#warnings.push(...found.warnings)
    return found
  }

  async drain(): Promise<void> {
    if (this.#lines === null) return
    for await (const _line of this.#lines);
  }

  addTo(forecast: Forecast): void {
    const { step } = this.ready
    // Which ids there are is not known of a file that could not be read to its end.
    const unknown = this.#isBroken ? [] : this.#tally.unknownFilters()
    const chosen = [...unknown, ...(unknown.length > 0 ? [] : this.#filterProblem()), ...this.#whereProblems()]
    forecast.problems.push(...this.#problems, ...this.#check.problems(), ...chosen)
    try {
      const planned = this.#tally.planned(0, { idsKnown: this.#idsKnown && !this.#itemsUnknown })
      if (planned.items === 0 && step.input.from === 'file' && step.batch_mode)
        planned.warnings.push(`${step.input.path} has no items: nothing is asked for, and the outputs are empty.`)
      if (this.#leftOut.length > 0) planned.warnings.push(this.#leftOutText())
      planned.warnings.push(...this.#warnings, ...this.#whereWarnings())
      planned.warnings.push(...this.#check.warnings(), ...overwrittenWarnings(step), ...spellingWarnings(step))
      forecast.steps.push(planned)
    } catch (error) {
      if (!(error instanceof RunFailed)) throw error
      forecast.problems.push(error.message)
    }
    forecast.firstPrompt ??= this.#check.first
    if (this.#itemsUnknown) forecast.unknown.push(step.step)
    if (this.#plan !== null) forecast.plan = this.#plan.text()
    if (this.#check.names !== null) forecast.variables.set(step.step, this.#check.names)
  }

  /** Without an expression: that has a sentence of its own. */
  #filterProblem(): string[] {
    const { step, input, where, only_items } = this.ready.step
    const { process, carry, skip } = this.#tally.counts
    const { mode } = this.#with.run
    if (input.from !== 'file' || this.#isBroken || mode === 'rerun' || mode === 'edit' || where !== undefined) return []
    if (skip === 0 || process + carry > 0) return []
    const filters =
      only_items === null
        ? 'batch_skip_items (--skip) leaves'
        : 'batch_only_items (--only) and batch_skip_items (--skip) leave'
    return [`Step ${step}: ${filters} none of ${skip} items. Correct the ids, or leave the filter out.`]
  }

  /** The items of a file are all known. */
  #whereProblems(): string[] {
    const { step, input, where } = this.ready.step
    if (this.#where === null || input.from !== 'file' || this.#isBroken) return []
    if (this.#where.problem !== undefined) return [this.#where.problem]
    const { process, carry, skip } = this.#tally.counts
    if (this.#with.run.mode === 'rerun' || process + carry > 0 || skip === 0) return []
    const hint = this.#where.unseen().map((sentence) => ` ${sentence}`)
    return [`Step ${step}: batch_where (--where) \`${where}\` takes none of ${skip} items.${hint.join('')}`]
  }

  #whereWarnings(): string[] {
    const { step, prompt_name, input, where } = this.ready.step
    if (this.#where === null) return []
    if (input.from === 'file') return this.#where.unseen()
    if (this.#unknownLines === 0) return this.#where.warnings()
    return [
      `Step ${step} (${prompt_name}) takes the items for which \`${where}\` holds. That is known when the step before has answered: at most ${this.#unknownLines} more are asked for.`,
    ]
  }

  #leftOutText(): string {
    const { base_version } = this.#with.run
    return `The input has items that ${base_version} does not know (${someOf(this.#leftOut)}). A rerun leaves them out unless they are named; \`batch_skip_existing\` adds them all.`
  }

  async *#watched(lines: AsyncIterable<PlanLine | PlanRange>): AsyncGenerator<PlanLine> {
    try {
      for await (const line of lines) {
        this.#plan?.add(line)
        if ('carried' in line) {
          this.#tally.addCarried(line.carried.to - line.carried.from + 1)
          continue
        }
        this.#tally.add(line)
        this.#with.onLine?.(this.ready, line)
        this.#check.add(line)
        if (line.decision === 'process' && !isBeside(line)) this.#processes += 1
        if (line.decision === 'process' && line.item === null && line.edit === undefined) this.#unknownLines += 1
        if (line.reason === 'gone') this.#noteGone(line)
        this.#lastLine = line
        yield line
      }
    } catch (error) {
      if (!(error instanceof JsonInvalid || error instanceof RunFailed)) throw error
      this.#isBroken = error instanceof JsonInvalid
      const { input } = this.ready.step
      this.#problems.push(
        error instanceof JsonInvalid && input.from === 'file' ? `${input.path} ${error.message}.` : error.message,
      )
    }
  }

  #noteGone({ item_id, root_id }: PlanLine): void {
    const { base_version, rerun } = this.#with.run
    if (!rerun?.ids?.includes(root_id)) return
    this.#problems.push(
      `Item ${item_id} cannot be run again: ${base_version} has it, but the input no longer has it. Put it back into the input, or leave the id out.`,
    )
  }

  async #source(before: ForeseenStep | null): Promise<ItemSource | null> {
    const { step } = this.ready
    if (step.input.from === 'file') return step.batch_mode ? { kind: 'file' } : this.#wholeFile(step.input)
    if (before === null) return null
    const { step: upstream } = before.ready
    if (!step.batch_mode) return { kind: 'whole', input: await before.#wholeOutput() }
    if (upstream.batch_mode) {
      this.#idsKnown = before.#idsKnown && (this.#with.base !== null || givesId(upstream, step.id_field))
      return { kind: 'answers', items: before.#answers(step.id_field) }
    }
    await before.drain()
    this.#itemsUnknown = before.#lastLine === null || !staysAsInBase(before.#lastLine)
    return { kind: 'elements', elements: before.#elements() }
  }

  async #wholeFile({
    resolved,
    path,
    pointer,
  }: {
    resolved: string
    path: string
    pointer: string
  }): Promise<ItemSource | null> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.#with.read(resolved)) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    if (!isUtf8(bytes)) {
      this.#problems.push(`${path} is not UTF-8. Save it again with that encoding.`)
      return null
    }
    const text = bytes.toString('utf8')
    try {
      const input = valueAt(wholeInputOf(resolved, text), pointer)
      if (input === undefined) this.#problems.push(`${path} has nothing at #${pointer}.`)
      return { kind: 'whole', input }
    } catch (error) {
      if (error instanceof JsonInvalid) this.#problems.push(`${path} ${error.message}.`)
      else if (!(error instanceof SyntaxError)) throw error
      else this.#problems.push(`${path} is not JSON ${jsonMistake(text.replace(/^\uFEFF/, ''), error)}.`)
      return null
    }
  }

  /** The root item of the item that flows through the later steps: one at a time. */
  async *#lastItems(): AsyncGenerator<PlanLine> {
    while (this.#lastLine !== null) yield this.#lastLine
  }

  /** This step's answers as the next one's items: the base's if they are carried, unknown if they are still to come. */
  async *#answers(nextIdField: string): AsyncGenerator<UpstreamItem> {
    if (this.#lines === null) return
    const base = new BaseAnswers(this.#with.store, this.#with.base, this.ready.step)
    try {
      for await (const line of this.#lines) {
        const { item_index, root_id, segment, decision, edit } = line
        if (edit !== undefined) {
          yield { item_index, root_id, segment, item: parseJson(edit.answer), isNew: true }
          continue
        }
        const idToCome = idFor(line, this.ready.step, nextIdField)
        const stays = staysAsInBase(line)
        if (decision === 'process' && !stays)
          yield { item_index, root_id, segment, item: undefined, idToCome, isNew: true }
        if (!stays || line.base === null) continue
        const answer = await base.answer(line.base)
        if (answer !== null) yield { item_index, root_id, segment, item: parseJson(answer), isNew: false }
        // Kept by a run that was killed, and not collated yet.
        else if (line.base.state === 'answered')
          yield { item_index, root_id, segment, item: undefined, idToCome, isNew: false }
      }
    } finally {
      await base.close()
    }
  }

  /** The whole output as it will stand if nothing of it changes; undefined if something will. */
  async #wholeOutput(): Promise<Json | undefined> {
    await this.drain()
    const { base } = this.#with
    if (this.#processes > 0 || base === null) return undefined
    const step = await this.#inBase(base)
    const text = await wholeOutput(this.#with.store, base, step)
    return text === undefined ? undefined : wholeInputOf(step.output_file, text)
  }

  async *#elements(): AsyncGenerator<Json> {
    const { store, base } = this.#with
    if (this.#lastLine === null || !staysAsInBase(this.#lastLine) || base === null) return
    const text = await wholeOutput(store, base, await this.#inBase(base))
    if (text !== undefined) for await (const { value } of elementsIn(text)) yield value
  }

  /** This step in the base, where its output may have another name. */
  async #inBase(base: VersionRef): Promise<ResolvedStep> {
    return stepOf(await readRun(this.#with.store, base), this.ready.step.step)
  }
}

/** Whether a field of a step's outputs is one that we write, and not the model. */
function givesId(step: ResolvedStep, field: string): boolean {
  return idFields(step).includes(field)
}

/** What will stand in a field of an item's output, if that is one of ours. */
function idFor({ item_id, output_id }: PlanLine, step: ResolvedStep, field: string): string | undefined {
  if (!givesId(step, field)) return undefined
  return field === step.output_id_field ? String(output_id) : item_id
}
