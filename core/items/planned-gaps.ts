/** Which gaps of a step's template are fields, when its items are there: those of its file, or the answers of the step before. */
import type { PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { type Gaps, sortGaps } from '../templates/gaps.ts'
import { usesRoot } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { type Json, parseJson } from '../text/json.ts'
import { stepOf } from '../versions/version-documents.ts'
import type { ItemSource } from './plan-lines.ts'
import { itemsOfFile, itemsOfSource, namesOf, storedElements } from './step-gaps.ts'

export interface PlannedStep {
  run: RunDocument
  step: ResolvedStep
  template: Template
  source: ItemSource
  /** The lines of the root step's plan, where the template asks for root items. */
  roots: AsyncIterable<PlanLine> | null
}

/** `near`: only what `open` could not tell of. A template without gaps reads nothing. */
export async function plannedGaps(
  store: Store,
  ref: VersionRef,
  { run, step, template, source, roots }: PlannedStep,
): Promise<Pick<Gaps, 'fields' | 'near'>> {
  if (template.gaps.length === 0) return { fields: [], near: [] }
  const isFile = step.input.from === 'file'
  const rootItems = isFile && usesRoot(template) ? itemsOfFile(store, step) : roots === null ? null : itemsIn(roots)
  const items = itemsOfSource(source) ?? itemsOf(store, ref, { run, step })
  const { fields, near } = sortGaps(template, await namesOf(template, { items, roots: rootItems }))
  return { fields, near: isFile ? [] : near }
}

function itemsOf(store: Store, ref: VersionRef, { run, step }: Pick<PlannedStep, 'run' | 'step'>): AsyncIterable<Json> {
  if (step.input.from === 'file') return itemsOfFile(store, step)
  const before = stepOf(run, step.input.step)
  return storedElements(store, stepFiles(ref, before.step).collated(before.output_file))
}

async function* itemsIn(lines: AsyncIterable<PlanLine>): AsyncGenerator<Json> {
  for await (const { item } of lines) if (item !== null) yield parseJson(item)
}
