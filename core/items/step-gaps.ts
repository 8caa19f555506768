/** The items of a step, read once more before its first prompt is made: which gaps of its template are fields is known only when all were seen. */
import type { ResolvedStep } from '../documents.ts'
import type { Store } from '../store.ts'
import { OfferedNames } from '../templates/gaps.ts'
import type { Template } from '../templates/template.ts'
import type { Json } from '../text/json.ts'
import { arrayElements, JsonInvalid } from '../text/json-array.ts'
import { rowsOf } from './input-rows.ts'
import type { ItemSource } from './plan-lines.ts'

/** The names that items offer to a template; `roots`: the items they descend from, where it asks for them. */
export async function namesOf(
  template: Template,
  { items, roots }: { items: AsyncIterable<Json>; roots: AsyncIterable<Json> | null },
): Promise<OfferedNames> {
  const names = new OfferedNames(template)
  for await (const item of items) names.addItem(item)
  if (roots !== null) for await (const root of roots) names.addItem(root, 'root__')
  return names
}

/** The whole input of a single call, as the one that offers fields; null where a step has items. */
export function itemsOfSource(source: ItemSource): AsyncIterable<Json> | null {
  return source.kind === 'whole' ? onlyItem(source.input) : null
}

async function* onlyItem(item: Json | undefined): AsyncGenerator<Json> {
  if (item !== undefined) yield item
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

/** The elements of an array that a step wrote; none where it has not. */
export async function* storedElements(store: Store, path: string): AsyncGenerator<Json> {
  try {
    if ((await store.size(path)) === undefined) return
    for await (const { value } of arrayElements(store.read(path))) yield value
  } catch (error) {
    if (!(error instanceof JsonInvalid)) throw error
  }
}
