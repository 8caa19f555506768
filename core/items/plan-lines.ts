/**
 * The plan of one step, line by line: every item with what happens to it and why. `plan` writes it; `open` and the dry run read through it.
 * Long, since all kinds of steps and runs share one pass over the items.
 */

import type { LedgerLine, PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { promptFingerprint, promptOf, usesRoot } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { NameClash } from '../templates/variables.ts'
import { Ascending } from '../text/ascending.ts'
import { type Json, jsonText, parseJson } from '../text/json.ts'
import { JsonInvalid } from '../text/json-array.ts'
import { isNestedTooDeep, tooDeepText } from '../text/nesting.ts'
import type { AppliedEdit } from '../versions/applied-edits.ts'
import { baseItems } from '../versions/base-items.ts'
import { asLastAsked } from '../versions/suggestions.ts'
import {
  type Candidate,
  chainedCandidates,
  fileCandidates,
  fileCandidatesOnBase,
  singleCallCandidates,
  type UpstreamItem,
} from './candidates.ts'
import { type Decided, decide, type Facts } from './decide.ts'
import { StepWhere } from './step-where.ts'

/** Where a step's items come from, when not from a file. */
export type ItemSource =
  | { kind: 'file' }
  | { kind: 'answers'; items: AsyncIterable<UpstreamItem> }
  | { kind: 'elements'; elements: AsyncIterable<Json> }
  | { kind: 'whole'; input: Json | undefined }

/** An item of the step that reads the file, as JSON text. */
export type RootItem = Pick<PlanLine, 'item_index' | 'item'>

export interface StepView {
  store: Store
  /** Reads input files; `store.read`, or one that watches what is read. */
  read: Store['read']
  step: ResolvedStep
  template: Template
  run: Pick<RunDocument, 'mode' | 'rerun' | 'edit'>
  base: VersionRef | null
  source: ItemSource
  /** The gaps of the template that are fields of the items. */
  fields: readonly string[]
  /** The root items of a later step in order, if its template asks for them. */
  roots: AsyncIterable<RootItem> | null
  /** The edits of this step that the run puts in place, by root id. */
  edits?: ReadonlyMap<string, AppliedEdit> | undefined
  /** Given the step's expression, if it has one; what there is to say of it is known at the end. */
  onWhere?: (where: StepWhere) => void
  /** Called for each input item that a rerun leaves out because the base does not know it and nobody named it. */
  onLeftOut?: (itemId: string) => void
}

/** The item id of the one line of a single-call step. */
export const wholeInput = '(input)'

/** The plan of a step. Throws RunFailed if ids are missing or repeated. */
export async function* planLines(view: StepView): AsyncGenerator<PlanLine> {
  const maker = await LineMaker.of(view)
  try {
    for await (const candidate of candidatesOf(view, maker.takesNew)) yield await maker.line(candidate)
  } finally {
    await maker.close()
  }
}

/** Makes the lines of a plan of candidates in order. */
export class LineMaker {
  readonly #view: StepView
  readonly #chosen: Chosen
  readonly #roots: Ascending<RootItem> | null
  readonly #usesRoot: boolean
  readonly takesNew: (itemId: string) => boolean
  /** What a sequential id is ahead of its position. */
  #offset: number

  private constructor(view: StepView, chosen: Chosen) {
    this.#view = view
    this.#chosen = chosen
    this.#roots = view.roots === null ? null : new Ascending(view.roots)
    this.#usesRoot = usesRoot(view.template)
    this.takesNew = this.#chosen.takesNew
    this.#offset = view.step.id_start - 1
  }

  /** Throws RequestRefused for an expression that cannot be read, which `open` has refused. */
  static async of(view: StepView): Promise<LineMaker> {
    return new LineMaker(view, await Chosen.of(view))
  }

  async line(candidate: Candidate): Promise<PlanLine> {
    if (candidate.base !== null) this.pass(candidate.base)
    const root = this.#usesRoot ? await rootOf(candidate, this.#roots) : null
    const line = undecided(candidate, {
      root,
      fields: this.#view.fields,
      outputId: this.#view.step.output_id_field === null ? null : candidate.item_index + this.#offset,
    })
    const decided = await this.#chosen.decide(candidate, line)
    const edit =
      decided.decision === 'process' && decided.reason === 'edited' ? this.#view.edits?.get(line.root_id) : undefined
    if (edit !== undefined) return { ...line, ...decided, edit: { by: edit.by, answer: edit.text } }
    // The input of a single call is never gone: what is not there yet is still to come. So is an item that is asked for anew.
    const isGone = (line.item === null && !candidate.inputIsNew) || (this.#usesRoot && root === null)
    return { ...line, ...(isGone && this.#view.source.kind !== 'whole' ? settled(line, decided) : decided) }
  }

  /** Takes note of an item of the base, whose numbers go on. */
  pass({ output_id, item_index }: Pick<LedgerLine, 'output_id' | 'item_index'>): void {
    if (output_id !== null) this.#offset = output_id - item_index
  }

  /** Why an item is carried over that the base answered and the input still has; null if only its line tells. */
  carries({ item_id, hasOutputId }: { item_id: string; hasOutputId: boolean }): string | null {
    if (!hasOutputId && this.#view.step.output_id_field !== null) return null
    return this.#chosen.carries(item_id)
  }

  async close(): Promise<void> {
    await Promise.all([this.#roots?.close(), this.#chosen.close()])
  }
}

function undecided(
  candidate: Candidate,
  { root, fields, outputId }: { root: string | null; fields: readonly string[]; outputId: number | null },
) {
  const { item_index, item_id, id_json, root_id, segment, base } = candidate
  const output_id = base?.output_id ?? outputId
  const item = candidate.item === undefined ? null : jsonText(candidate.item)
  const gaps = fields.length === 0 ? {} : { fields: [...fields] }
  return { item_index, item_id, id_json, root_id, segment, output_id, item, root, ...gaps, base }
}

type Undecided = ReturnType<typeof undecided>

/** An item whose content, or whose root item, is gone from the input cannot be asked for again: what the base has of it stays. */
function settled(line: Undecided, decided: Decided): Pick<PlanLine, 'decision' | 'reason'> {
  if (decided.decision !== 'process' || line.base === null) return decided
  return { decision: line.base.state === 'skipped' ? 'skip' : 'carry', reason: 'gone' }
}

function candidatesOf(view: StepView, takesNew: LineMaker['takesNew']): AsyncIterable<Candidate> {
  const { store, read, step, base, source } = view
  const lines = () => baseItems(store, base, step.step)
  switch (source.kind) {
    case 'file':
      return base !== null
        ? fileCandidatesOnBase({ read, step, base: lines(), takesNew })
        : fileCandidates({ read, step })
    case 'answers':
      return chainedCandidates(source.items, step, lines())
    case 'elements':
      return singleCallCandidates(source.elements, step, lines())
    case 'whole':
      return wholeCandidate(source.input, lines())
  }
}

async function* wholeCandidate(
  input: Json | undefined,
  base: AsyncIterable<PlanLine['base'] & {}>,
): AsyncGenerator<Candidate> {
  let known: PlanLine['base'] = null
  // A base that ended before it asked has nothing.
  for await (const line of base) known = line.state === 'skipped' ? null : line
  yield {
    item_index: 1,
    item_id: wholeInput,
    id_json: JSON.stringify(wholeInput),
    root_id: wholeInput,
    segment: '',
    item: input,
    base: known,
    inputIsNew: false,
  }
}

/**
 * In an incremental version only the steps that ask for it keep what exists; the others ask for everything again, but each
 * item stays at its position. A single call covers all its input.
 */
function stepMode(run: StepView['run'], step: ResolvedStep): Facts['mode'] {
  if (run.mode !== 'incremental') return run.mode
  if (!step.batch_mode) return 'rerun'
  return step.skip_existing ? 'incremental' : 'initial'
}

/** Knows which items the filters and the rerun take. */
class Chosen {
  readonly #view: StepView
  readonly #mode: Facts['mode']
  readonly #only: Set<string> | null
  readonly #skip: Set<string>
  readonly #ids: Set<string> | null
  readonly #where: StepWhere | null
  #carried: Record<'named' | 'other', Decided['reason'] | null> | null = null

  /** Throws RequestRefused for an expression that cannot be read, which `open` has refused. */
  static async of(view: StepView): Promise<Chosen> {
    const where = await StepWhere.of(view)
    if (where !== null) view.onWhere?.(where)
    return new Chosen(view, where)
  }

  private constructor(view: StepView, where: StepWhere | null) {
    const { step, run } = view
    this.#view = view
    this.#mode = stepMode(run, step)
    this.#only = step.only_items === null ? null : new Set(step.only_items)
    this.#skip = new Set(step.skip_items)
    this.#ids = run.mode === 'edit' ? new Set(view.edits?.keys()) : idsOf(run.rerun)
    this.#where = where
  }

  async close(): Promise<void> {
    await this.#where?.close()
  }

  /** A rerun leaves the base's items as they are: new ones come in only when they are named. */
  readonly takesNew = (itemId: string): boolean => {
    if (this.#mode === 'edit') return false
    if (this.#mode !== 'rerun' || this.#ids?.has(itemId)) return true
    this.#view.onLeftOut?.(itemId)
    return false
  }

  /** Why a rerun carries over an item that has an answer, and whose content does not matter; null if it does, or if it is taken. */
  carries(itemId: string): Decided['reason'] | null {
    const isNamed = this.#ids === null || this.#ids.has(itemId)
    this.#carried ??= { named: this.#carriedIf(true), other: this.#carriedIf(false) }
    return isNamed ? this.#carried.named : this.#carried.other
  }

  #carriedIf(chosen: boolean): Decided['reason'] | null {
    const facts = { selected: true, base: 'answered', inputIsNew: false, changed: null } as const
    const [mode, edited] =
      this.#mode === 'edit' ? (['edit', chosen ? 'now' : 'no'] as const) : (['rerun', 'no'] as const)
    const { decision, reason } = decide({ ...facts, ...this.#flags(), mode, edited, chosen })
    return decision === 'carry' ? reason : null
  }

  async decide(candidate: Candidate, line: Undecided): Promise<Decided> {
    const which = this.#which(candidate)
    return decide({
      ...which,
      mode: this.#mode,
      selected: await this.#selects(candidate),
      base: candidate.base?.state ?? 'none',
      edited: this.#edited(candidate),
      inputIsNew: this.#inputIsNew(candidate),
      changed: this.#mode === 'rerun' && which.onlyChanged ? this.#hasChanged(line) : this.#changedByEdit(line),
    })
  }

  #edited({ root_id, base }: Candidate): Facts['edited'] {
    const { edits, run } = this.#view
    if (edits?.has(root_id)) return 'now'
    if (base?.edited_by === undefined || base.state !== 'answered') return 'no'
    if (run.rerun?.suggest) return 'beside'
    return run.rerun?.replace_edits ? 'replaced' : 'kept'
  }

  /** In a version of edits later steps may be left as they are. Whether what stands behind a single call has another input, only its prompt tells. */
  #inputIsNew({ inputIsNew }: Candidate): boolean {
    const { edit } = this.#view.run
    if (edit === undefined) return inputIsNew
    return edit.later_steps && (inputIsNew || this.#isBehindEdit())
  }

  #isBehindEdit(): boolean {
    const { source, step, run } = this.#view
    const isOfWhole = source.kind === 'elements' || source.kind === 'whole'
    return isOfWhole && step.input.from === 'step' && run.edit !== undefined && step.step > run.edit.first_step
  }

  #changedByEdit(line: Undecided): boolean | null {
    return this.#isBehindEdit() ? hasChanged(this.#view, line) : null
  }

  /** The answers of a single call and of the items after it depend on their input: they are dropped if it changed. */
  #which({ root_id }: Candidate): Pick<Facts, 'chosen' | 'onlyFailed' | 'onlyChanged'> {
    const { source, run } = this.#view
    const named = this.#ids?.has(root_id) ?? false
    if (source.kind === 'whole') return { chosen: true, onlyFailed: true, onlyChanged: true }
    if (source.kind === 'elements' && !named)
      return { chosen: true, onlyFailed: run.rerun?.failed ?? false, onlyChanged: true }
    return { ...this.#flags(), chosen: this.#ids === null || named }
  }

  #flags(): Pick<Facts, 'onlyFailed' | 'onlyChanged'> {
    const { rerun } = this.#view.run
    return { onlyFailed: rerun?.failed ?? false, onlyChanged: rerun?.changed ?? false }
  }

  #hasChanged(line: Undecided): boolean | null {
    const { source, step, run } = this.#view
    // Before the first step of the rerun, a single call is carried over even if its template has changed.
    if (source.kind === 'whole' && run.rerun !== null && step.step < run.rerun.first_step) return false
    return hasChanged(this.#view, run.rerun?.suggest && line.base ? { ...line, base: asLastAsked(line.base) } : line)
  }

  /** In a rerun, ids and flags choose among the items of the input; what comes to a later step is still for its filters to take. */
  async #selects(candidate: Candidate): Promise<boolean> {
    const isRoot = this.#view.source.kind === 'file'
    if (isRoot && (this.#mode === 'rerun' || this.#mode === 'edit')) return true
    if (!this.#takes(candidate)) return false
    // Of what is still to come in a dry run nobody knows: it counts as taken.
    if (this.#where === null || (candidate.item === undefined && !isRoot)) return true
    return this.#where.takes(candidate)
  }

  #takes({ item_id, root_id }: Candidate): boolean {
    const named = (ids: Set<string>) => ids.has(item_id) || ids.has(root_id)
    return (this.#only === null || named(this.#only)) && !named(this.#skip)
  }
}

function idsOf(rerun: RunDocument['rerun']): Set<string> | null {
  return rerun?.ids == null ? null : new Set(rerun.ids)
}

/** Whether what would be sent today differs from what the base sent; null if the item's content is not there yet. */
export function hasChanged({ step, template }: Pick<StepView, 'step' | 'template'>, line: Undecided): boolean | null {
  if (line.item === null || line.base === null) return null
  if (line.base.fingerprint === null) return true
  try {
    const rendered = promptOf({ ...line, decision: 'process', reason: '' }, step, template)
    if ('missing' in rendered) return true
    return promptFingerprint(step, rendered.prompt) !== line.base.fingerprint
  } catch (error) {
    if (error instanceof NameClash) return true
    throw error
  }
}

async function rootOf(candidate: Candidate, roots: Ascending<RootItem> | null): Promise<string | null> {
  if (roots === null) return candidate.item === undefined ? null : jsonText(candidate.item)
  return (await roots.find(candidate.item_index))?.item ?? null
}

/**
 * An input as the one item of a single-call step: JSON if the file is JSON, else the text. Throws SyntaxError, or JsonInvalid
 * if it is nested too deep.
 */
export function wholeInputOf(path: string, text: string): Json {
  if (!/\.json$/i.test(path)) return text
  if (isNestedTooDeep(text)) throw new JsonInvalid(`is ${tooDeepText}. Make it flatter`)
  return parseJson(text.replace(/^\uFEFF/, ''))
}
