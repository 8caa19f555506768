/** Items that a program has in memory: they become JSON lines in a temporary file, one after the other, and the version keeps those. */
import { RequestRefused } from '../core/errors.ts'
import { type Conversion, readFromMemory } from '../core/items/conversion.ts'
import { isObject, type Json, parseJson } from '../core/text/json.ts'
import { isNestedTooDeep, tooDeepText } from '../core/text/nesting.ts'
import type { Spooled } from '../formats/spool.ts'

/** An array, or anything that gives one item after the other. It is read at the pace at which the items can be written down. */
export type Items = Iterable<object> | AsyncIterable<object>

interface Written extends Spooled {
  count: number
}

/** What can be read only once is written down once, however often it is given. */
const readOnce = new WeakMap<Items, Promise<Written>>()

/** The items of the steps of a run, by what the steps name as their input. */
export class InMemory {
  readonly #given = new Map<string, Items>()

  add(input_file: string, items: Items): void {
    this.#given.set(input_file, items)
  }

  has(input_file: string): boolean {
    return this.#given.has(input_file)
  }

  /** Null for what is not in memory. Throws RequestRefused for an item that is no JSON object. */
  readonly conversion = async (written: string): Promise<Conversion | null> => {
    const items = this.#given.get(written)
    if (items === undefined) return null
    const { count, sha256, size, read } = await writtenDown(items)
    return {
      ...{ source: null, source_sha256: null, read_as: readFromMemory, items: count, files: [] },
      ...{ sha256, size, read: (_path, range) => read(range) },
    }
  }
}

function writtenDown(items: Items): Promise<Written> {
  if (!isReadOnce(items)) return spooled(items)
  const known = readOnce.get(items) ?? spooled(items)
  readOnce.set(items, known)
  return known
}

/** Whether it can be read only once: a generator or a stream. */
function isReadOnce(items: Items): boolean {
  return typeof items === 'object' && items !== null && ('next' in items || 'pipe' in items)
}

async function spooled(items: Items): Promise<Written> {
  const { spool } = await import('../formats/spool.ts')
  let count = 0
  async function* lines() {
    for await (const item of iterable(items)) {
      count += 1
      yield `${itemText(item, count)}\n`
    }
  }
  const found = await spool(lines())
  return { ...found, count }
}

function iterable(items: Items): Items {
  const isOne =
    typeof items === 'object' && items !== null && (Symbol.iterator in items || Symbol.asyncIterator in items)
  if (isOne) return items
  throw new RequestRefused([
    `items is ${items === null ? 'null' : typeof items}. Expected an array, an iterable or an async iterable of objects.`,
  ])
}

/** The JSON text of an item. Nothing is changed on the way: a value that JSON does not have is refused. */
function itemText(item: unknown, position: number): string {
  const place = `the item at position ${position}`
  const lost: string[] = []
  let text: string | undefined
  try {
    text = JSON.stringify(item, function (this: unknown, key, value) {
      const isLost =
        typeof value === 'number' ? !Number.isFinite(value) : /^(bigint|function|symbol)$/.test(typeof value)
      if (isLost) lost.push(key)
      return typeof value === 'bigint' ? null : value
    })
  } catch (cause) {
    throw new RequestRefused([`${place} cannot be written as JSON: ${(cause as Error).message.split('\n')[0]}.`], {
      cause,
    })
  }
  if (lost.length > 0)
    throw new RequestRefused([
      `${place} has in ${lost.map((name) => JSON.stringify(name)).join(', ')} what JSON cannot hold (NaN, Infinity, a bigint, a function or a symbol). Give it as a text, or leave it out.`,
    ])
  if (text !== undefined && isNestedTooDeep(text))
    throw new RequestRefused([`${place} is ${tooDeepText}. Make it flatter, or leave it out.`])
  const value: Json = text === undefined ? null : parseJson(text)
  if (text === undefined || !isObject(value))
    throw new RequestRefused([
      `${place} is ${text ?? typeof item}. Expected an object, whose fields fill the template.`,
    ])
  return text
}
