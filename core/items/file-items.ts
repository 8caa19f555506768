/** The items of an input file, each with its id. */
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused, RunFailed } from '../errors.ts'
import type { Store } from '../store.ts'
import type { Json } from '../text/json.ts'
import { JsonInvalid } from '../text/json-array.ts'
import { someOf } from '../text/nearest.ts'
import { tooDeepText } from '../text/nesting.ts'
import { Finder } from './finder.ts'
import { IdCheck } from './id-check.ts'
import { rowBatches } from './input-rows.ts'

export interface FileItem {
  id: string
  idJson: string
  item: Json
  /** Characters of its text, about. */
  size: number
}

/** Reads an input file. Throws JsonInvalid, at its end for items nested too deep, and RunFailed there if ids are missing or repeated. */
export async function* fileItems(read: Store['read'], step: ResolvedStep): AsyncGenerator<FileItem> {
  for await (const batch of fileItemBatches(read, step)) for (const item of batch) yield item
}

/** The same as many at a time as come at once. */
export async function* fileItemBatches(read: Store['read'], step: ResolvedStep): AsyncGenerator<FileItem[]> {
  if (step.input.from !== 'file') throw new RunFailed(`Step ${step.step} reads no file.`)
  const { resolved: path, pointer } = step.input
  const ids = new IdCheck(step)
  let index = 0
  const tooDeep: string[] = []
  for await (const rows of rowBatches({ path, pointer }, read(path))) {
    const items: FileItem[] = []
    for (const { value, line, isTooDeep, size } of rows) {
      index += 1
      const { id, idJson } = ids.idOf(value, index)
      if (isTooDeep) tooDeep.push(`${id} (line ${line})`)
      else items.push({ id, idJson, item: value, size })
    }
    yield items
  }
  if (tooDeep.length > 0) throw new JsonInvalid(tooDeepProblem(tooDeep))
  ids.close()
}

function tooDeepProblem(items: string[]): string {
  const [has, it] = items.length === 1 ? ['has an item', 'it'] : ['has items', 'them']
  return `${has} ${tooDeepText}: ${someOf(items)}. Make ${it} flatter, or leave ${it} out of the file`
}

/** The ids of an input file's items, in order. Throws RequestRefused if the file is not what it should be. */
export async function* fileItemIds(store: Store, step: ResolvedStep): AsyncGenerator<string> {
  for await (const items of checkedItemBatches(store, step)) for (const { id } of items) yield id
}

/** An input file's items, in order. Throws RequestRefused if the file is not what it should be. */
export async function* checkedItemBatches(store: Pick<Store, 'read'>, step: ResolvedStep): AsyncGenerator<FileItem[]> {
  try {
    yield* fileItemBatches((path) => store.read(path), step)
  } catch (error) {
    if (error instanceof RunFailed) throw new RequestRefused([error.message])
    if (!(error instanceof JsonInvalid) || step.input.from !== 'file') throw error
    throw new RequestRefused([`${step.input.path} ${error.message}.`], { cause: error })
  }
}

/** Finds the items of an input by their ids. */
export class ItemFinder extends Finder<FileItem> {
  constructor(batches: AsyncGenerator<readonly FileItem[]>) {
    super(batches, { keyOf: ({ id }) => id, sizeOf: ({ size }) => size })
  }
}
