/** Says what a start would do and take, and begins nothing. */
import { NothingToDo, RequestRefused } from '../core/errors.ts'
import { type Estimate, unpricedText } from '../core/estimate/estimate.ts'
import { ForeseenRun } from '../core/estimate/foreseen-prompts.ts'
import type { Model } from '../core/model.ts'
import { prospectOf } from '../core/request/opening.ts'
import type { Prospect } from '../core/request/prospect.ts'
import type { Start } from '../core/request/start.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { knownPipeline, knownVersion } from '../core/versions/versions.ts'
import { claude } from '../models/claude/claude.ts'
import { NoModel } from './choose-model.ts'
import { estimateProspect } from './estimate-run.ts'
import { estimateTools, openTools, type RunChoice, type StartTools } from './run-pipeline.ts'

type Beginning = Exclude<Start, { kind: 'resume' }>

/** A check together with what the run will take. */
export interface Estimated {
  prospect: Prospect
  estimate: Estimate
}

/** Estimates a run request. Writes nothing. Throws RequestRefused, also for a model without a known price. */
export async function estimateRequest(given: StartTools, request: unknown, choice: RunChoice = {}): Promise<Estimated> {
  const prompts = new ForeseenRun(claude)
  const watching = { ...given, onPrompt: prompts.add }
  const prospect = await prospectOf(openTools(watching), { kind: 'run', request, ...choice })
  return { prospect, estimate: await estimateProspect(estimateTools(given), prospect, prompts) }
}

/** What a dry run shows. */
export interface DryRun {
  prospect: Prospect
  /** Null if nothing is paid for or a price is not known. */
  estimate: Estimate | null
}

/** Says what a start would do. Writes nothing. Throws RequestRefused, NothingToDo. */
export async function dryRunStart(given: StartTools, start: Beginning): Promise<DryRun> {
  const prompts = new ForeseenRun(claude)
  const prospect = await prospectOf(openTools({ ...given, onPrompt: prompts.add }), start)
  if (prospect.run.stand_in || unpricedText(prospect, claude) !== undefined) return { prospect, estimate: null }
  return { prospect, estimate: await estimateProspect(estimateTools(given), prospect, prompts) }
}

/**
 * The model of a start that asks for nothing, as with edits in the last step: it needs no key. Null if it may ask. What is wrong with the
 * start is left to the start itself.
 */
export async function unaskedModel(given: Omit<StartTools, 'model'>, start: Start): Promise<Model | null> {
  if (start.kind !== 'apply') return null
  const { pipeline, base } = start.apply
  try {
    const name = await knownPipeline(given.store, pipeline)
    const version = await knownVersion(given.store, name, base)
    const { stand_in } = await readRun(given.store, { pipeline: name, version })
    const model = new NoModel(stand_in)
    const { forecast } = await prospectOf(openTools({ ...given, model }), start)
    return forecast.steps.every(({ process }) => process === 0) && forecast.unknown.length === 0 ? model : null
  } catch (error) {
    if (error instanceof RequestRefused || error instanceof NothingToDo) return new NoModel(false)
    throw error
  }
}
