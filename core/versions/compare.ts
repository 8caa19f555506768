/** What two versions of a pipeline have in common and what not. */
import { answerFormat } from '../answer-format.ts'
import type { Metadata, ResolvedStep } from '../documents.ts'
import { modelFieldNames } from '../model-fields.ts'
import type { Store, VersionRef, VersionState } from '../store.ts'
import { sortIds } from '../text/id-runs.ts'
import { jsonText } from '../text/json.ts'
import { canCompare, compareStep } from './compare-step.ts'
import { IdList, processedItems } from './processed-items.ts'
import type { AnswerPlace } from './step-answers.ts'
import { textIfThere } from './version-documents.ts'
import { placeOf, type VersionStep, versionSteps } from './version-steps.ts'

export interface Comparison {
  pipeline: string
  a: VersionState
  b: VersionState
  /** Counts of the items each version processed itself, by root id. */
  items: { in_a: number; in_b: number; in_both: number; only_in_a: string[]; only_in_b: string[] }
  /** Whether one is based on the other, directly or through its bases. */
  stands_on: 'a_on_b' | 'b_on_a' | null
  steps: StepComparison[]
}

/** How the answers of a step differ. */
export interface StepComparison {
  /** The number of the step, from 1. */
  step: number
  /** The name of its prompt. */
  prompt_name: string
  /** How many answers of the collated array; null if they cannot be compared. */
  answers: AnswerCounts | null
  /** Why they cannot be compared, as an end of a sentence. */
  not_compared: string | null
}

/** How many answers are the same, and how many are not. */
export interface AnswerCounts {
  same: number
  changed: number
  added: number
  removed: number
}

/** Two versions, of one pipeline or one-off runs of it. */
export interface Pair {
  a: VersionRef
  b: VersionRef
  /** Root ids: only these items are compared. Default: all. */
  only?: ReadonlySet<string> | undefined
}

/**
 * Compares two versions. Memory grows with the ids, not with the answers.
 * Throws RunFailed if a document of one of them was damaged. Both versions exist: `states` are their records.
 */
export async function compareVersions(
  store: Store,
  pair: Pair,
  states: { a: VersionState; b: VersionState },
): Promise<Comparison> {
  const { a, b, only } = pair
  return {
    pipeline: a.pipeline,
    ...states,
    items: compareIds(await processedOf(store, a, only), await processedOf(store, b, only)),
    stands_on: (await standsOn(store, b, a)) ? 'b_on_a' : (await standsOn(store, a, b)) ? 'a_on_b' : null,
    steps: await Array.fromAsync(stepPairs(store, pair), (steps) => countStep(store, steps)),
  }
}

async function processedOf(store: Store, ref: VersionRef, only: Pair['only']): Promise<IdList> {
  const all = await processedItems(store, ref)
  if (only === undefined) return all
  const ids = new IdList()
  for (const id of all) if (only.has(id)) ids.add(id)
  return ids
}

function compareIds(a: IdList, b: IdList): Comparison['items'] {
  const only_in_a = sortIds(without(a, b))
  const only_in_b = sortIds(without(b, a))
  return { in_a: a.size, in_b: b.size, in_both: a.size - only_in_a.length, only_in_a, only_in_b }
}

function* without(ids: IdList, others: IdList): Generator<string> {
  for (const id of ids) if (!others.has(id)) yield id
}

/** Whether a version was made on `base`, or on a version that was. */
async function standsOn(store: Store, ref: VersionRef, base: VersionRef): Promise<boolean> {
  const seen = new Set<string>([ref.version])
  for (let version = await baseOf(store, ref); version !== null && !seen.has(version); ) {
    if (version === base.version) return true
    seen.add(version)
    version = await baseOf(store, { ...ref, version })
  }
  return false
}

async function baseOf(store: Store, ref: VersionRef): Promise<Metadata['base_version']> {
  return (await store.version(ref))?.metadata.base_version ?? null
}

/** One step of both versions, matched by its number; undefined if one has no such step. */
export interface StepPair {
  step: number
  pair: Pair
  a: VersionStep | undefined
  b: VersionStep | undefined
}

export async function* stepPairs(store: Store, pair: Pair): AsyncGenerator<StepPair> {
  const inA = new Map((await versionSteps(store, pair.a)).map((step) => [step.step, step]))
  const inB = new Map((await versionSteps(store, pair.b)).map((step) => [step.step, step]))
  const numbers = new Set([...inA.keys(), ...inB.keys()])
  for (const step of [...numbers].sort((x, y) => x - y)) {
    yield { step, pair, a: inA.get(step), b: inB.get(step) }
  }
}

/** Both sides of a step, or why their answers cannot be compared. */
export async function comparableSides(
  store: Store,
  pairOfSteps: StepPair,
): Promise<[AnswerPlace, AnswerPlace] | string> {
  const { pair } = pairOfSteps
  const sides: AnswerPlace[] = []
  for (const [ref, step] of [
    [pair.a, pairOfSteps.a],
    [pair.b, pairOfSteps.b],
  ] as const) {
    if (step === undefined) return `${ref.version} has no such step`
    const side = placeOf(ref, step)
    if (!(await canCompare(store, side))) return `${ref.version} has no ledger or no collated file of it`
    sides.push(side)
  }
  return sides as [AnswerPlace, AnswerPlace]
}

async function countStep(store: Store, pair: StepPair): Promise<StepComparison> {
  const about = { step: pair.step, prompt_name: (pair.b ?? pair.a)!.prompt_name }
  const sides = await comparableSides(store, pair)
  if (typeof sides === 'string') return { ...about, answers: null, not_compared: sides }
  const answers: AnswerCounts = { same: 0, changed: 0, added: 0, removed: 0 }
  for await (const { kind } of compareStep(store, sides, pair.pair.only)) answers[kind] += 1
  return { ...about, answers, not_compared: null }
}

/** How the instructions of a step changed. */
export interface InstructionChanges {
  /** Both templates whole, only if they differ. */
  template: { before: string; after: string } | null
  settings: { setting: string; before: string; after: string }[]
}

/** Compares the templates and model settings of a step, as they were kept. */
export async function compareInstructions(store: Store, { a, b }: StepPair): Promise<InstructionChanges> {
  const before = await templateText(store, a)
  const after = await templateText(store, b)
  return {
    template: before !== undefined && after !== undefined && before !== after ? { before, after } : null,
    settings: a?.resolved && b?.resolved ? changedSettings(a.resolved, b.resolved) : [],
  }
}

async function templateText(store: Store, step: VersionStep | undefined): Promise<string | undefined> {
  return step?.template == null ? undefined : textIfThere(store, step.template)
}

function changedSettings(a: ResolvedStep, b: ResolvedStep): InstructionChanges['settings'] {
  const [before, after] = [a, b].map((step) => ({ ...step, answer_format: answerFormat(step) })) as [
    ResolvedStep,
    ResolvedStep,
  ]
  return modelFieldNames
    .map((setting) => ({ setting, before: settingText(before[setting]), after: settingText(after[setting]) }))
    .filter(({ before, after }) => before !== after)
}

function settingText(value: unknown): string {
  // A version made before there was this setting lacks it.
  if (value === null || value === undefined) return '(default)'
  return typeof value === 'string' ? value : jsonText(value)
}
