/**
 * Chooses a run's base, which decides its mode: initial, rerun, incremental, or resumed in place.
 * Long, since every reason why a version cannot be a base is beside the choice.
 */
import { answerFormat } from '../answer-format.ts'
import { readWhere } from '../choice/read-where.ts'
import type { EditChoice, RerunChoice, ResolvedStep, RunDocument, SampleSize } from '../documents.ts'
import { FileMissing, RequestRefused, RunFailed } from '../errors.ts'
import type { Review } from '../review.ts'
import { idsByReview } from '../reviews/ids-by-review.ts'
import { refuseApproved, withoutApproved } from '../reviews/keep-approved.ts'
import { refuseEdited } from '../reviews/keep-edits.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { checkBuildable } from '../versions/edits-check.ts'
import { namedStep } from '../versions/find-step.ts'
import { isWorkGone } from '../versions/planned-items.ts'
import { baseOf, readRun } from '../versions/version-documents.ts'
import { knownPipeline, knownVersion } from '../versions/versions.ts'
import { checkChoice } from './check-choice.ts'
import { decideFormats } from './decide-format.ts'
import { earlierSteps, type StepBefore } from './earlier-steps.ts'
import { narrowedIds } from './narrow-rerun.ts'
import type { ReadyStep } from './resolve-steps.ts'

/** A choice of items as a person makes it. */
export type Rerun = Omit<RerunChoice, 'first_step' | 'where' | 'replace_edits' | 'suggest'> & {
  /** The base: a version, `latest` or `@label`. */
  base: string
  /** An expression that narrows the choice. */
  where?: string | undefined
  /** Only items with a flagged answer, or whose last answer is unreviewed; both: either. */
  flagged: boolean
  unreviewed: boolean
  /** No items with an approved answer; one that is named is refused. */
  keep_approved: boolean
  /** Edited answers may be asked for again, too; if not, one that is named is refused. */
  replace_edits: boolean
  /** Edited answers stay, and a new one is asked for beside each that would be asked for. */
  suggest: boolean
  /** The step whose answers the expression and the reviews mean, by number or name. */
  step?: string | undefined
}

export interface Based {
  mode: RunDocument['mode']
  base: VersionRef | null
  /** The unfinished version that is resumed, instead of a new one. */
  continues: string | null
  rerun: RerunChoice | null
  /** Of a version of edits: how it puts them in place, and which. */
  edit?: EditChoice
  edits?: readonly Review[]
  /** What a person should know of the base. */
  warnings: string[]
}

export interface Basing {
  rerun: Rerun | null
  sample: SampleSize | undefined
  standIn: boolean
  pipeline: string
  /** The pipeline's full name, if `pipeline` is that of one-off runs too; null without one. */
  history: string | null
  steps: ReadyStep[]
}

const initial: Based = { mode: 'initial', base: null, continues: null, rerun: null, warnings: [] }

/**
 * Chooses the base, and with it the format of each step's answers. Throws RequestRefused if it cannot be one, NothingToDo
 * if the choice takes nothing.
 */
export async function chooseBase(store: Store, basing: Basing): Promise<Based> {
  const { rerun, pipeline, steps } = basing
  if (pipeline === oneOffs) return initialRun(store, basing)
  if (rerun !== null) return rerunBase(store, basing, rerun)
  const highest = (await store.versions(pipeline)).at(-1)
  if (highest === undefined || !steps.some(({ step }) => step.skip_existing)) return initialRun(store, basing)
  return incrementalBase(store, basing, { pipeline, version: highest })
}

async function initialRun(store: Store, basing: Basing): Promise<Based> {
  await decide(store, basing, null)
  return initial
}

async function decide(store: Store, { history, steps }: Basing, base: StepBefore['base']): Promise<void> {
  const needsLatest = base === null || base.steps.length < steps.length
  decideFormats(steps, await earlierSteps(store, { pipeline: needsLatest ? history : null, base }))
}

/** The version that a person names as a base. Throws RequestRefused. */
export async function completedBase(store: Store, pipeline: string, named: string): Promise<VersionRef> {
  const version = await knownVersion(store, await knownPipeline(store, pipeline), named)
  const state = await store.version({ pipeline, version })
  if (state?.metadata.status !== 'completed') {
    throw new RequestRefused([
      `${version} of ${pipeline} is not completed (${state?.alive ? 'running' : 'failed'}), so it cannot be a base. Resume it first (itemwise resume ${pipeline} ${version}), or name another with --base.`,
    ])
  }
  return { pipeline, version }
}

async function rerunBase(store: Store, basing: Basing, asked: Rerun): Promise<Based> {
  const { standIn, pipeline, steps } = basing
  const base = await completedBase(store, pipeline, asked.base)
  const { version } = base
  await checkSameSteps(store, base, steps)
  const before = await readRun(store, base)
  checkSameKind(base, before, { standIn, otherwise: 'or start a new run' })
  await decide(store, basing, { version, steps: before.steps })
  const warnings = await checkBuildable(store, base)
  const { flagged, unreviewed, keep_approved } = asked
  // Before reviews leave some of the named ids out.
  if (asked.ids !== null && (flagged || unreviewed)) await checkChoice(store, { base, steps, rerun: asked })
  if (asked.ids !== null && keep_approved) await refuseApproved(store, base, asked.ids)
  if (asked.ids !== null && !asked.replace_edits)
    await refuseEdited(store, base, { steps: before.steps, ids: asked.ids, suggest: asked.suggest })
  const rerun = { ...asked, ids: await idsIn(store, { base, before, rerun: asked }) }
  const { ids, failed, changed, where } = rerun
  const replacing = {
    ...(asked.replace_edits && { replace_edits: true as const }),
    ...(asked.suggest && { suggest: true as const }),
  }
  if (where === undefined && !keep_approved && (ids !== null || failed || changed)) {
    const first_step = await checkChoice(store, { base, steps, rerun })
    return { mode: 'rerun', base, continues: null, rerun: { ids, failed, changed, first_step, ...replacing }, warnings }
  }
  // Ids that no item has are named: an expression would pass over them. The reviews have left only those that there are.
  if (ids === asked.ids && (ids !== null || failed)) await checkChoice(store, { base, steps, rerun })
  const narrowed = await narrow(store, { base, before, steps, rerun })
  const chosen = { ...narrowed.rerun, ...replacing }
  return { mode: 'rerun', base, continues: null, rerun: chosen, warnings: [...warnings, ...narrowed.warnings] }
}

/** The ids that are named, or of these those that the reviews of the base take; null: all. */
async function idsIn(store: Store, { base, before, rerun }: Omit<Narrow, 'steps'>): Promise<string[] | null> {
  const { ids, flagged, unreviewed } = rerun
  if (!flagged && !unreviewed) return ids
  const step = rerun.step === undefined ? undefined : namedStep(before.steps, rerun.step, versionName(base)).step
  return idsByReview(store, base, { flagged, unreviewed, step, lastStep: before.steps.length, ids })
}

interface Narrow {
  base: VersionRef
  before: RunDocument
  steps: ReadyStep[]
  rerun: Rerun
}

/** The choice with the ids that the expression takes; without one, with all that the base has asked for. */
async function narrow(store: Store, { base, before, steps, rerun }: Narrow) {
  const { failed, changed, where: text } = rerun
  const narrowing = {
    base,
    before: before.steps,
    steps: steps.map((ready) => ready.step),
    ids: rerun.ids,
    where: text === undefined ? null : await readWhere(text, '--where'),
    step: rerun.step === undefined ? undefined : namedStep(before.steps, rerun.step, versionName(base)).step,
  }
  const taken = await narrowedIds(store, narrowing)
  const { ids, warnings } = rerun.keep_approved ? await withoutApproved(store, base, taken) : taken
  const first_step = await checkChoice(store, { base, steps, rerun: { ids, failed, changed } })
  return { rerun: { ids, failed, changed, ...(text === undefined ? {} : { where: text }), first_step }, warnings }
}

function versionName({ pipeline, version }: VersionRef): string {
  return `${version} of ${pipeline}`
}

/** Prevents an array with some made-up answers that nobody could tell apart. */
export function checkSameKind(
  { pipeline, version }: VersionRef,
  { stand_in }: RunDocument,
  { standIn, otherwise }: { standIn: boolean; otherwise: string },
): void {
  if (stand_in === standIn) return
  const [who, remedy] = stand_in
    ? ['the offline stand-in', `Add --offline, ${otherwise}.`]
    : ['the real model', `Leave --offline out, ${otherwise}.`]
  throw new RequestRefused([
    `${version} of ${pipeline} was answered by ${who}, and answers of both kinds would be mixed. ${remedy}`,
  ])
}

async function checkSameSteps(store: Store, base: VersionRef, steps: ReadyStep[]): Promise<void> {
  const before = (await readRun(store, base)).steps
  if (before.length !== steps.length) {
    throw new RequestRefused([
      `The request has ${counted(steps)}, but ${base.version} has ${counted(before)}. A rerun needs the steps of its base; start a new run instead.`,
    ])
  }
  const problems = steps.flatMap(({ step }, at) => {
    const other = before[at]
    const same =
      other?.batch_mode === step.batch_mode &&
      other.id_field === step.id_field &&
      other.id_from === step.id_from &&
      other.output_id_field === step.output_id_field
    return same
      ? []
      : [
          `Step ${step.step} (${step.prompt_name}) has ${idFields(step)}, but in ${base.version} it has ${idFields(other)}. A rerun needs the steps of its base; start a new run instead.`,
        ]
  })
  if (problems.length > 0) throw new RequestRefused(problems)
}

function counted(steps: readonly unknown[]): string {
  return `${steps.length} step${steps.length === 1 ? '' : 's'}`
}

function idFields(step: ReadyStep['step'] | undefined): string {
  if (!step?.batch_mode) return 'no ids (batch_mode: false)'
  const from = step.id_from === undefined ? step.id_field : `"@${step.id_from}"`
  return `the id field ${from} and ${step.output_id_field === null ? 'no output ids' : `output ids in ${step.output_id_field}`}`
}

async function incrementalBase(store: Store, basing: Basing, base: VersionRef): Promise<Based> {
  const { steps, standIn, sample } = basing
  const state = await store.version(base)
  if (state?.alive) {
    throw new RequestRefused([
      `${base.version} of ${base.pipeline} is being run right now. Wait until it has ended, or remove batch_skip_existing to start a separate run.`,
    ])
  }
  const incremental = async (): Promise<Based> => {
    const warnings = await checkBuildable(store, base)
    return { mode: 'incremental', base, continues: null, rerun: null, warnings }
  }
  const before = await runOfBase(store, base)
  checkSameKind(base, before, {
    standIn,
    otherwise: 'or remove batch_skip_existing to start a separate run',
  })
  if (state?.metadata.status === 'completed') {
    if (before.steps.length !== steps.length)
      throw new RequestRefused([
        `The request has ${counted(steps)}, but ${base.version} has ${counted(before.steps)}. batch_skip_existing needs the same steps.`,
      ])
    await decide(store, basing, { version: base.version, steps: before.steps })
    return incremental()
  }
  await decide(store, basing, { version: base.version, steps: before.steps })
  const same = sameWork(before, { steps, standIn, sample }) && !(await isWorkGone(store, base, before))
  return same
    ? { mode: before.mode, base: baseOf(before, base), continues: base.version, rerun: before.rerun, warnings: [] }
    : incremental()
}

async function runOfBase(store: Store, base: VersionRef): Promise<RunDocument> {
  try {
    return await readRun(store, base)
  } catch (cause) {
    if (!(cause instanceof FileMissing || cause instanceof RunFailed)) throw cause
    throw new RequestRefused(
      [
        `batch_skip_existing would build on ${base.version} of ${base.pipeline}, but its run.json is ${cause instanceof FileMissing ? 'gone' : 'damaged'}. Put the file back from a copy, or remove batch_skip_existing to start a separate run, which can be the base of later ones.`,
      ],
      { cause },
    )
  }
}

/** Whether an unfinished run has the steps and templates of today's request. How it keeps them is its own. */
function sameWork(
  before: RunDocument,
  { steps, standIn, sample }: Pick<Basing, 'steps' | 'standIn' | 'sample'>,
): boolean {
  const essence = ({ answer_format: _said, keep: _keep, ...step }: ReadyStep['step']) =>
    JSON.stringify({
      ...step,
      answer_format: answerFormat({ ...step, answer_format: _said }),
      next_index: null,
      input: step.input.from === 'file' ? { path: step.input.path } : step.input,
    })
  return (
    before.stand_in === standIn &&
    before.steps.length === steps.length &&
    sameSample(before, sample) &&
    steps.every(({ step }, at) => essence(step) === essence(undrawn(before, at)))
  )
}

/** The same count and seed draw the same items. A rerun has drawn its ids, which it keeps. */
function sameSample({ rerun, sample }: RunDocument, today: SampleSize | undefined): boolean {
  return rerun !== null || (sample?.count === today?.count && sample?.seed === today?.seed)
}

/** A step as it was before a sample was drawn from its items. */
function undrawn({ steps, rerun, sample, request }: RunDocument, at: number): ResolvedStep {
  const step = steps[at]!
  if (sample === undefined || rerun !== null || at > 0) return step
  return { ...step, only_items: request.steps[at]?.batch_only_items?.map(String) ?? null }
}
