/**
 * Checks a whole request before anything is paid for, and resolves it. Writes nothing.
 * Long, since all problems of a request are gathered in one order.
 */

import type { Caller, ResolvedStep, RunDocument, SampleSize } from '../documents.ts'
import { FileMissing, RequestRefused, RunFailed } from '../errors.ts'
import type { Convert } from '../items/conversion.ts'
import { highestIndex } from '../items/highest-index.ts'
import type { PriceList } from '../money/prices.ts'
import { tooLowProblems, unpricedProblems } from '../money/worst-case.ts'
import type { Provider } from '../provider.ts'
import type { RunRequest, WorkspaceSettings } from '../request.ts'
import type { Review } from '../review.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { hashingRead } from '../text/hashing-read.ts'
import { editsOf } from '../versions/applied-edits.ts'
import { editedInputs } from '../versions/edits-check.ts'
import { batchesOut, batchesText } from '../versions/message-batches.ts'
import { readRun } from '../versions/version-documents.ts'
import { fullPipelineName, knownVersion } from '../versions/versions.ts'
import { type Apply, editBase, stepsOfBase } from './apply-edits.ts'
import { pipelineNameProblems, unportableNames } from './check-file-names.ts'
import { type Based, checkSameKind, chooseBase, type Rerun } from './choose-base.ts'
import { EditsWatch } from './edits-watch.ts'
import { endOfLifeWarnings } from './end-of-life.ts'
import { foresee } from './forecast.ts'
import type { Forecast, Forecasting } from './forecast-types.ts'
import type { GivenInputs } from './given-inputs.ts'
import { manyFilesWarnings } from './many-files.ts'
import { readWorkspaceSettings } from './parse-request.ts'
import { PlacedEdits } from './placed-edits.ts'
import { refuseEarlier } from './refuse-earlier.ts'
import { type ReadyStep, resolveSteps } from './resolve-steps.ts'
import { sampleRerun } from './sample-rerun.ts'
import { takeSome } from './take-some.ts'
import { Conversions } from './with-conversions.ts'

export interface Opening {
  request: RunRequest
  /** What is wrong with the request's shape; the rest of it is checked anyway. */
  problems?: readonly string[]
  /** Null for a run that is no rerun. */
  rerun: Rerun | null
  /** Puts edits in place; absent for any other run. */
  apply?: Apply | undefined
  /** The workspace settings of the base of a rerun; undefined reads today's. */
  workspace?: WorkspaceSettings
  /** A try-out of the first n items, kept as a one-off; null for a real run. */
  first: number | null
  /** Kept as a one-off, although the request has a pipeline_name. */
  oneOff?: boolean | undefined
  /** Only a sample of what would be taken otherwise. */
  sample?: SampleSize | undefined
  standIn: boolean
  /** Inputs that were converted before; none if nothing is said. */
  inputs?: GivenInputs | undefined
}

export interface CheckTools {
  store: Store
  /** Converts inputs that are no plain arrays. Absent if nothing can: then they are refused. */
  convert?: Convert
  /** Whose models are asked. */
  provider: Provider
  now: () => number
  newId: () => string
  /** Whether answers can come by message batch. */
  batches: boolean
  /** Default: nobody that is known. */
  startedBy?: Caller | null
  /** Told of each prompt that would be sent. */
  onPrompt?: Forecasting['onPrompt']
}

/** A checked run before it begins. */
export interface Prospect {
  kind: 'new' | 'continue'
  /** The pipeline's full name; `_runs` for a one-off. */
  pipeline: string
  /** The version that is continued in place. */
  version: string | null
  base: VersionRef | null
  run: RunDocument
  steps: ReadyStep[]
  forecast: Forecast
  /** The edits that it puts in place. */
  edits: readonly Review[]
  /** The inputs that this check has converted. */
  conversions: Conversions
}

/** Checks everything and writes nothing. Throws RequestRefused with every problem found. */
export async function check(given: CheckTools, opening: Opening): Promise<Prospect> {
  const conversions = new Conversions()
  const tools = { ...given, store: conversions.over(given.store) }
  const { store, provider } = tools
  const problems = [...(opening.problems ?? [])]
  const workspace = opening.workspace ?? (await settingsOf(store, problems))
  const resolved = await stepsOf(tools, { opening, workspace, conversions })
  const { steps } = resolved
  problems.push(...resolved.problems, ...limitProblems(opening, { steps, list: { provider, own: workspace.prices } }))
  problems.push(...deliveryProblems(opening.request, tools))
  const pipeline = await ownFolder(store, opening, problems)
  const based = problems.length === 0 ? await basedOn(store, { opening, pipeline, steps }) : null
  if (based === null) {
    // The inputs can still be checked: a person wants all problems at once.
    const forecast = await foresee({
      store,
      provider,
      read: (path) => store.read(path),
      steps,
      run: { mode: 'initial', rerun: null, base_version: null },
      base: null,
    })
    throw new RequestRefused([...problems, ...forecast.problems])
  }
  if (based.mode === 'initial') await refuseEarlier(steps)
  await refuseWaitingBase(store, based)
  const run = await runOf(tools, { opening, workspace, steps, based })
  if (run.rerun !== null && opening.sample !== undefined)
    await sampleRerun({ store, provider, steps, run, base: based.base }, opening.sample)
  const read = hashingRead(store)
  const edits = await EditsWatch.of(store, { run, base: based.base })
  const placing = new PlacedEdits(based.edits ?? [])
  const forecast = await foresee({
    store,
    provider,
    read: read.read,
    steps,
    run,
    base: based.base,
    onLine: (ready, line) => {
      edits?.add(ready, line)
      placing.add(ready, line)
    },
    edits: based.edits === undefined ? null : editsOf(based.edits, run.steps),
    onPrompt: tools.onPrompt,
  })
  if (run.mode === 'edit' && based.base !== null && forecast.steps.some(({ process }) => process > 0))
    checkSameKind(based.base, run, {
      standIn: opening.standIn,
      otherwise: 'or leave later steps as they are with --no-later-steps',
    })
  if (forecast.problems.length > 0) throw new RequestRefused(forecast.problems)
  const inputs = await editedInputs(
    store,
    steps.map(({ step }) => step),
  )
  forecast.steps[0]?.warnings.unshift(...based.warnings, ...(edits?.warnings() ?? []), ...placing.warnings(), ...inputs)
  forecast.steps[0]?.warnings.push(...manyFilesWarnings(steps, forecast.steps))
  for (const planned of forecast.steps) {
    const step = steps.find((ready) => ready.step.step === planned.step)?.step
    if (step) planned.warnings.push(...endOfLifeWarnings(step, { provider, now: tools.now() }))
  }
  for (const { step } of steps)
    if (step.input.from === 'file') step.input.sha256 = await read.sha256(step.input.resolved)
  return {
    kind: based.continues === null ? 'new' : 'continue',
    pipeline,
    version: based.continues,
    base: based.base,
    run,
    steps,
    forecast,
    edits: placing.placed,
    conversions,
  }
}

/** The steps of the request, or those of the base that edits are put into. */
async function stepsOf(
  tools: CheckTools,
  { opening, workspace, conversions }: { opening: Opening; workspace: WorkspaceSettings; conversions: Conversions },
): Promise<{ steps: ReadyStep[]; problems: string[] }> {
  const { store, provider, convert } = tools
  const { apply, request, standIn, inputs } = opening
  if (apply !== undefined) {
    const pipeline = historyOf(opening)!
    const version = await knownVersion(store, pipeline, apply.base)
    return { steps: await stepsOfBase(store, { pipeline, version }), problems: [] }
  }
  const resolving = {
    ...{ store, provider, workspace, convert },
    standIn: standIn ? 'stand-in' : null,
    given: inputs ?? {},
    ofBase: inputsOfBase(store, opening),
    onConverted: conversions.add,
    keep: { ...workspace.keep, ...request.keep },
  }
  return resolveSteps(resolving, request)
}

function basedOn(
  store: Store,
  { opening, pipeline, steps }: { opening: Opening; pipeline: string; steps: ReadyStep[] },
): Promise<Based> {
  const { apply, rerun, sample, standIn } = opening
  if (apply !== undefined) return editBase(store, { apply, pipeline, steps })
  return chooseBase(store, { rerun, sample, standIn, pipeline, history: historyOf(opening), steps })
}

/** The inputs of the version that a rerun is made on, as far as it can be found: what is wrong with it is told elsewhere. */
function inputsOfBase(store: Store, opening: Opening): (step: number) => Promise<ResolvedStep['input'] | undefined> {
  const pipeline = historyOf(opening)
  const { rerun } = opening
  return async (number) => {
    if (rerun === null || pipeline === null) return undefined
    try {
      const version = await knownVersion(store, pipeline, rerun.base)
      return (await readRun(store, { pipeline, version })).steps.find(({ step }) => step === number)?.input
    } catch (error) {
      if (error instanceof RequestRefused || error instanceof RunFailed || error instanceof FileMissing)
        return undefined
      throw error
    }
  }
}

/** What a base has with the API would be asked for and paid for a second time. */
async function refuseWaitingBase(store: Store, { base, continues }: Based): Promise<void> {
  if (base === null || continues !== null) return
  const out = await batchesOut(store, base)
  if (out.length === 0) return
  const which = `${base.pipeline} ${base.version}`
  throw new RequestRefused([
    `${which} would be the base, but ${lowerFirst(batchesText(out))}, whose items would be asked for and paid for again. Keep their answers first (itemwise resume ${which}), or cancel them (itemwise abort ${which}) and resume it then.`,
  ])
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** A deadline is for message batches, and not every place has them. */
function deliveryProblems(
  { delivery = 'live', deadline, after_deadline }: RunRequest,
  { batches }: Pick<CheckTools, 'batches'>,
): string[] {
  if (delivery === 'batch') return batches ? [] : [noBatches]
  const meant = [deadline === undefined ? '' : 'deadline', after_deadline === undefined ? '' : 'after_deadline']
  return meant
    .filter(Boolean)
    .map(
      (name) =>
        `${name} is for message batches, but nothing is asked for at half price. Add delivery: batch (--half-price), or leave it out.`,
    )
}

const noBatches =
  'Half price (delivery: batch) is not possible with this model, which has no message batches. Leave it out.'

/** A limit holds only if every call has a price. The stand-in costs nothing. */
function limitProblems(
  { request, standIn, workspace: ofBase }: Opening,
  { steps, list }: { steps: ReadyStep[]; list: PriceList },
): string[] {
  if (request.max_cost_usd === undefined || standIn) return []
  const remedy =
    ofBase === undefined
      ? 'Give its price in itemwise.yaml under prices, or leave max_cost_usd out.'
      : 'A rerun has the prices of its base: leave max_cost_usd out (--max-cost none), or give the price in itemwise.yaml and start a new run.'
  const resolved = steps.map(({ step }) => step)
  const unpriced = unpricedProblems(resolved, { list, remedy })
  return [...unpriced, ...tooLowProblems(resolved, { limit_usd: request.max_cost_usd, list })]
}

async function settingsOf(store: Store, problems: string[]): Promise<WorkspaceSettings> {
  try {
    return await readWorkspaceSettings(store)
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    problems.push(...error.problems)
    return {}
  }
}

/** Where earlier versions of a run are, of a try-out too. */
function historyOf({ request: { pipeline_name, module_number, path_letter } }: Opening): string | null {
  return pipeline_name === undefined ? null : fullPipelineName({ pipeline_name, module_number, path_letter })
}

/** The full name of the pipeline's folder, unless another pipeline owns it. */
async function ownFolder(store: Store, { request, first, oneOff }: Opening, problems: string[]): Promise<string> {
  const { pipeline_name, module_number, path_letter } = request
  if (pipeline_name === undefined || first !== null || oneOff) {
    if (pipeline_name === undefined && first === null && request.rerun_items !== undefined)
      problems.push('rerun_items needs a pipeline_name: a one-off run has no versions to build on.')
    problems.push(...unportableNames(request, null))
    return oneOffs
  }
  const pipeline = fullPipelineName({ pipeline_name, module_number, path_letter })
  const long = pipelineNameProblems(pipeline)
  problems.push(...long)
  if (long.length > 0) return pipeline
  const versions = await store.versions(pipeline)
  const last = versions.at(-1)
  if (last === undefined) problems.push(...unportableNames(request, pipeline))
  const owner = last === undefined ? undefined : (await store.version({ pipeline, version: last }))?.metadata
  const others =
    owner !== undefined &&
    (owner.pipeline_name !== pipeline_name ||
      (owner.module_number ?? undefined) !== module_number ||
      (owner.path_letter ?? undefined) !== path_letter)
  if (others) {
    const triple = `pipeline_name ${owner.pipeline_name}, module_number ${owner.module_number ?? 'none'}, path_letter ${owner.path_letter ?? 'none'}`
    problems.push(
      `outputs/${pipeline} belongs to another pipeline (${triple}), which would be mixed with this one. Choose another pipeline_name.`,
    )
  }
  return pipeline
}

async function runOf(
  tools: CheckTools,
  {
    opening,
    workspace,
    steps,
    based,
  }: { opening: Opening; workspace: WorkspaceSettings; steps: ReadyStep[]; based: Based },
): Promise<RunDocument> {
  const { store } = tools
  for (const { step } of steps) {
    if (based.base === null || step.input.from !== 'file' || !step.batch_mode) continue
    step.next_index = (await highestIndex(store, based.base.pipeline, step.step)) + 1
  }
  const { first, sample } = opening
  if (based.rerun === null && (first !== null || sample !== undefined))
    await takeSome({ store, steps, base: based.base, mode: based.mode }, { first, sample })
  return {
    run_id: tools.newId(),
    created: new Date(tools.now()).toISOString(),
    started_by: tools.startedBy ?? null,
    mode: based.mode,
    base_version: based.base?.version ?? null,
    stand_in: await isStandIn(store, { opening, based }),
    request: opening.request,
    workspace,
    rerun: based.rerun,
    ...(based.edit === undefined ? {} : { edit: based.edit }),
    ...(sample === undefined ? {} : { sample }),
    steps: steps.map(({ step }) => step),
  }
}

/** A version of edits is of its base's kind: it may ask for nothing at all. */
async function isStandIn(store: Store, { opening, based }: { opening: Opening; based: Based }): Promise<boolean> {
  if (based.mode !== 'edit' || based.base === null) return opening.standIn
  return (await readRun(store, based.base)).stand_in
}
