/** Which gaps of a step's template a run would fill in, as far as that is known before the first call, and which are probably mistyped. */

import { idFields } from '../answers/id-fields.ts'
import type { ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { ItemSource } from '../items/plan-lines.ts'
import { itemsOfFile, itemsOfSource, namesOf, storedElements } from '../items/step-gaps.ts'
import type { Store, VersionRef } from '../store.ts'
import { type NearMiss, nearMissText, type OfferedNames, sortGaps, spacedText } from '../templates/gaps.ts'
import { usesRoot } from '../templates/questions.ts'
import { templateNameFirst } from '../templates/template-name.ts'
import type { Json } from '../text/json.ts'
import { answerPlace } from '../versions/step-answers.ts'
import { readRun, stepOf } from '../versions/version-documents.ts'
import { schemaNames } from './foreseen-names.ts'
import type { ReadyStep } from './resolve-steps.ts'

export interface ForeseenGaps {
  fields: string[]
  /** Sentences: problems refuse the run. */
  problems: string[]
  warnings: string[]
}

export interface GapView {
  store: Store
  base: VersionRef | null
  ready: ReadyStep
  source: ItemSource
  /** The step before, of a step that takes its answers. */
  before: ResolvedStep | null
  /** The step that reads the file from which the items descend. */
  root: ResolvedStep | null
}

/** A template without gaps reads nothing. */
export async function foreseeGaps(view: GapView): Promise<ForeseenGaps> {
  const { store, ready, source, before } = view
  const { step, template } = ready
  const none: ForeseenGaps = { fields: [], problems: [], warnings: [] }
  if (template.gaps.length === 0) return none
  const told = (text: string) => `${templateNameFirst(step)} ${text}`
  const problemsOf = (near: NearMiss[], whose: string) => near.map((miss) => told(nearMissText(miss, whose)))
  const rootStep = step.input.from === 'file' ? step : view.root
  const roots = usesRoot(template) && rootStep !== null ? itemsOfFile(store, rootStep) : null
  if (step.input.from === 'file') {
    const items = itemsOfSource(source) ?? itemsOfFile(store, step)
    const { fields, near, spaced } = sortGaps(template, await namesOf(template, { items, roots }))
    const problems = problemsOf(near, step.batch_mode ? 'the items have' : 'the input has')
    return { fields, problems, warnings: spaced.map((gap) => told(spacedText(gap))) }
  }
  if (before === null) return none
  const names = await namesOf(template, { items: baseAnswers(view, before), roots })
  const isKnown = addForeseen(names, before)
  const { fields, near } = sortGaps(template, names)
  return { ...none, fields, problems: isKnown ? problemsOf(near, `the output_schema of step ${before.step} has`) : [] }
}

/** Adds what the answers of a step will certainly have; whether the schema leaves room for nothing else. */
function addForeseen(names: OfferedNames, before: ResolvedStep): boolean {
  if (!before.batch_mode) return false
  const ofSchema = schemaNames(before.output_schema as Json, '')
  for (const name of [...idFields(before), ...(ofSchema ?? [])]) names.add(name)
  return ofSchema !== undefined
}

/** What the base has of a step's answers. */
async function* baseAnswers({ store, base }: GapView, before: ResolvedStep): AsyncGenerator<Json> {
  if (base === null) return
  try {
    const { collated } = answerPlace(base, stepOf(await readRun(store, base), before.step))
    yield* storedElements(store, collated)
  } catch (error) {
    // A base that did not finish may have fewer steps.
    if (!(error instanceof RunFailed)) throw error
  }
}
