/** What an answer consists of: the values of its fields at any depth, where a list is one value, and all its texts. */
import { isBlank } from '../text/blank.ts'
import { isObject, type Json } from '../text/json.ts'

export interface Leaf {
  /** `level`, `author.name`; empty if the answer has no fields. */
  path: string
  value: Json
  isEmpty: boolean
}

/** Used for one answer after another. */
export class AnswerContent {
  readonly leaves: Leaf[] = []
  /** What stands in lists, by the path of the list and `[]`. */
  readonly elements: Pick<Leaf, 'path' | 'value'>[] = []
  /** That can be seen. */
  readonly texts: string[] = []
  isEmpty = true
  readonly #ids: readonly string[]

  /** `ids`: fields of the answer that do not count. */
  constructor(ids: readonly string[]) {
    this.#ids = ids
  }

  read(answer: Json): void {
    this.leaves.length = 0
    this.elements.length = 0
    this.texts.length = 0
    this.isEmpty = true
    if (!isObject(answer)) {
      this.#addLeaf(answer, '')
      return
    }
    for (const [name, value] of Object.entries(answer)) if (!this.#ids.includes(name)) this.#add(value, name)
  }

  #add(value: Json, path: string): void {
    if (!isObject(value)) this.#addLeaf(value, path)
    else for (const [name, inner] of Object.entries(value)) this.#add(inner, `${path}.${name}`)
  }

  #addLeaf(value: Json, path: string): void {
    const isEmpty = !this.#hasContent(value, path)
    this.leaves.push({ path, value, isEmpty })
    this.isEmpty &&= isEmpty
  }

  /** Whether there is anything in it, however deep; notes its texts. */
  #hasContent(value: Json, path: string): boolean {
    if (typeof value === 'string') {
      if (isBlank(value)) return false
      this.texts.push(value)
      return true
    }
    if (Array.isArray(value)) return value.filter((inner) => this.#elementHas(inner, `${path}[]`)).length > 0
    if (isObject(value))
      return Object.entries(value).filter(([name, inner]) => this.#elementHas(inner, `${path}.${name}`)).length > 0
    return value !== null
  }

  #elementHas(value: Json, path: string): boolean {
    this.elements.push({ path, value })
    return this.#hasContent(value, path)
  }
}
