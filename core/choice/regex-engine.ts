/** The regular expressions of JSONata on the linear engine: what JSONata needs of RegExp, and no more. */
import { type FoundMatch, linearSearch } from '../text/linear-pattern.ts'

type Match = (string | undefined)[] & { index: number }

const searches = new WeakMap<RegExp, ReturnType<typeof linearSearch>>()

/** JSONata makes one for each evaluation, so what was compiled is kept. */
export class LinearRegex {
  lastIndex = 0
  readonly #search: (text: string, from: number) => FoundMatch | null

  /** Throws an Error that says what the engine lacks. */
  constructor(written: RegExp) {
    const search = searches.get(written) ?? linearSearch(written)
    searches.set(written, search)
    this.#search = search
  }

  exec(text: string): Match | null {
    const found = this.#search(text, this.lastIndex)
    if (found === null) return null
    this.lastIndex = found.index + (found.groups[0]?.length ?? 0)
    return Object.assign(found.groups, { index: found.index })
  }
}
