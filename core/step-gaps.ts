/** Looks up which gaps of a step's template are fields: in the items themselves, read once more before the first prompt is made. */
import type { ResolvedStep } from './documents.ts'
import { schemaNames } from './foreseen-names.ts'
import { type Gaps, OfferedNames, sortGaps } from './gaps.ts'
import { idFields } from './id-fields.ts'
import type { Json } from './json.ts'
import { arrayElements, JsonInvalid } from './json-array.ts'
import { rowsOf } from './rows.ts'
import type { Store } from './store.ts'
import type { Template } from './template.ts'

export interface GapSource {
  step: ResolvedStep
  template: Template
  /** The items that the step's own ones descend from, where its template asks for them. */
  roots: AsyncIterable<Json> | null
}

export const noGaps: Gaps = { fields: [], near: [], spaced: [] }

/** The gaps of a step whose items, or whose whole input, are these. A template without gaps reads nothing. */
export async function gapsOf({ template, roots }: Omit<GapSource, 'step'>, items: AsyncIterable<Json>): Promise<Gaps> {
  if (template.gaps.length === 0) return noGaps
  const names = new OfferedNames(template)
  for await (const item of items) names.addItem(item)
  if (roots !== null) for await (const root of roots) names.addItem(root, 'root__')
  return sortGaps(template, names)
}

/**
 * The gaps of a later step before its items are there: by the ids and the schema of the step before, and by the answers that a base
 * has. `isKnown`: whether the schema leaves room for no other fields.
 */
export async function foreseenGaps(
  { template, roots }: Omit<GapSource, 'step'>,
  before: ResolvedStep,
  baseAnswers: AsyncIterable<Json>,
): Promise<Gaps & { isKnown: boolean }> {
  if (template.gaps.length === 0) return { ...noGaps, isKnown: false }
  const names = new OfferedNames(template)
  const ofSchema = before.batch_mode ? schemaNames(before.output_schema as Json, '') : undefined
  for (const name of [...(before.batch_mode ? idFields(before) : []), ...(ofSchema ?? [])]) names.add(name)
  for await (const answer of baseAnswers) names.addItem(answer)
  if (roots !== null) for await (const root of roots) names.addItem(root, 'root__')
  return { ...sortGaps(template, names), isKnown: ofSchema !== undefined }
}

/** The items of a step's input file; a file that is wrong is told of where it is read for good. */
export async function* itemsOfFile(store: Store, { input }: ResolvedStep): AsyncGenerator<Json> {
  if (input.from !== 'file') return
  const { resolved: path, pointer } = input
  try {
    for await (const { value, isTooDeep } of rowsOf({ path, pointer }, store.read(path))) if (!isTooDeep) yield value
  } catch (error) {
    if (!(error instanceof JsonInvalid)) throw error
  }
}

/** The elements of an array that a step wrote. */
export async function* elementsIn(store: Store, path: string): AsyncGenerator<Json> {
  try {
    if ((await store.size(path)) === undefined) return
    for await (const { value } of arrayElements(store.read(path))) yield value
  } catch (error) {
    if (!(error instanceof JsonInvalid)) throw error
  }
}
