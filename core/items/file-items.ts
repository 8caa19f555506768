/** The items of an input file, each with its id. */
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused, RunFailed } from '../errors.ts'
import type { Store } from '../store.ts'
import type { Json } from '../text/json.ts'
import { JsonInvalid } from '../text/json-array.ts'
import { someOf } from '../text/nearest.ts'
import { tooDeepText } from '../text/nesting.ts'
import { IdCheck } from './id-check.ts'
import { rowsOf } from './input-rows.ts'

export interface FileItem {
  id: string
  idJson: string
  item: Json
  /** Characters of its text, about. */
  size: number
}

/** Reads an input file. Throws JsonInvalid, at its end for items nested too deep, and RunFailed there if ids are missing or repeated. */
export async function* fileItems(read: Store['read'], step: ResolvedStep): AsyncGenerator<FileItem> {
  if (step.input.from !== 'file') throw new RunFailed(`Step ${step.step} reads no file.`)
  const { resolved: path, pointer } = step.input
  const ids = new IdCheck(step)
  let index = 0
  const tooDeep: string[] = []
  for await (const { value, line, isTooDeep, size } of rowsOf({ path, pointer }, read(path))) {
    index += 1
    const identity = ids.idOf(value, index)
    if (isTooDeep) tooDeep.push(`${identity.id} (line ${line})`)
    else yield { ...identity, item: value, size }
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
  for await (const { id } of checkedFileItems(store, step)) yield id
}

/** An input file's items, in order. Throws RequestRefused if the file is not what it should be. */
export async function* checkedFileItems(store: Pick<Store, 'read'>, step: ResolvedStep): AsyncGenerator<FileItem> {
  try {
    yield* fileItems((path) => store.read(path), step)
  } catch (error) {
    if (error instanceof RunFailed) throw new RequestRefused([error.message])
    if (!(error instanceof JsonInvalid) || step.input.from !== 'file') throw error
    throw new RequestRefused([`${step.input.path} ${error.message}.`], { cause: error })
  }
}

/** Rows that are looked at together have no more characters. */
const mostAhead = 16 * 2 ** 20

/** Finds rows by id in a stream that mostly has the order in which they are asked for. */
export class ItemFinder {
  readonly #rows: AsyncGenerator<FileItem>
  readonly #passed = new Map<string, FileItem>()
  /** Rows that were looked at and not taken, and how many of them were taken since. */
  #ahead: FileItem[] = []
  #taken = 0

  constructor(rows: AsyncGenerator<FileItem>) {
    this.#rows = rows
  }

  async find(id: string): Promise<FileItem | undefined> {
    const passed = this.#passed.get(id)
    if (passed !== undefined) {
      this.#passed.delete(id)
      return passed
    }
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
      if (next.id === id) return next
      this.#passed.set(next.id, next)
    }
    return undefined
  }

  /** The next rows, which stay where they are until `take`; fewer if the stream ends, undefined if they are too large to be held. */
  async lookAhead(count: number): Promise<readonly FileItem[] | undefined> {
    const rows = this.#ahead.slice(this.#taken)
    this.#ahead = rows
    this.#taken = 0
    let size = rows.reduce((sum, row) => sum + row.size, 0)
    while (rows.length < count && size <= mostAhead) {
      const { done, value } = await this.#rows.next()
      if (done) break
      rows.push(value)
      size += value.size
    }
    return size > mostAhead || rows.length > count ? undefined : rows
  }

  /** Takes the rows that were looked at. */
  take(): void {
    this.#ahead = []
    this.#taken = 0
  }

  async #next(): Promise<FileItem | undefined> {
    const ahead = this.#ahead[this.#taken]
    if (ahead === undefined) {
      const { done, value } = await this.#rows.next()
      return done ? undefined : value
    }
    this.#taken += 1
    return ahead
  }

  /** What was never asked for, in the order of the input. */
  async *rest(): AsyncGenerator<FileItem> {
    yield* this.#passed.values()
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) yield next
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#rows.return(undefined)
  }
}
