/**
 * The headers of a request, as far as the SDK builds any. In the bundle they take the place of Node's own `Headers` in its file, because
 * those come with all of Node's `fetch`, which nothing here calls: 17 MB and 45 ms of every run (tools/bundle.ts).
 */

const nameOfHeader = /^[\w!#$%&'*+.^`|~-]+$/
const valueOfHeader = /^[\t\x20-\x7e\x80-\xff]*$/

export class PlainHeaders {
  /** By lower-case name. */
  readonly #values = new Map<string, string>()

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase())
  }

  /** Throws TypeError for what cannot be sent. */
  set(name: string, value: unknown): void {
    const text = String(value).trim()
    if (!nameOfHeader.test(name)) throw new TypeError(`"${name}" is not the name of a header.`)
    if (!valueOfHeader.test(text)) throw new TypeError(`The header ${name} has characters that cannot be sent.`)
    this.#values.set(name.toLowerCase(), text)
  }

  append(name: string, value: unknown): void {
    const before = this.get(name)
    this.set(name, before === null ? value : `${before}, ${String(value).trim()}`)
  }

  /** By name. */
  entries(): IterableIterator<[string, string]> {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).values()
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
}
