/**
 * Takes secrets out of whatever is said of a call. Texts of the API and of the network pass it where they enter, before anything
 * shortens them, and errors once more where they leave (models/claude/live.ts), so that no caller can go around it.
 */
import type { Received, Transport } from './transport.ts'

export interface Secrets {
  apiKey?: string | null
  /** Addresses that may hold a password: of the API, of proxies. */
  addresses?: readonly (string | undefined)[]
}

/** Shorter ones would be found in every other word; they are taken out only where they stand in an address. */
const shortestSecret = 4
/** Characters at the start of a key by which a part of it is known: more than all keys have in common (`sk-ant-api03-`). */
const tellingStart = 18

/** The source of a regular expression, and what is put in the place of what it matches. */
type Replacement = readonly [source: string, word: string]

export class Redaction {
  readonly #words: readonly string[]
  /** All in one pass: what was put in must not be searched again. Null where there are no secrets. */
  readonly #pattern: RegExp | null

  constructor({ apiKey, addresses = [] }: Secrets) {
    const ofKey = apiKey && apiKey.length >= shortestSecret ? keyPatterns(apiKey) : []
    const all = [...ofKey, ...addresses.flatMap(addressPatterns)]
    this.#words = all.map(([, word]) => word)
    this.#pattern = all.length === 0 ? null : new RegExp(all.map(([source]) => `(${source})`).join('|'), 'g')
  }

  text(text: string): string {
    if (this.#pattern === null) return text
    return text.replace(this.#pattern, (_match, ...groups: unknown[]) => {
      const which = groups.slice(0, this.#words.length).findIndex((group) => group !== undefined)
      return this.#words[which] ?? ''
    })
  }

  /** The same error, with what it says and all that led to it put right. Anything else is handed back as it is. */
  error<T>(error: T): T {
    this.#clean(error, new Set())
    return error
  }

  #clean(thing: unknown, seen: Set<unknown>): unknown {
    if (typeof thing === 'string') return this.text(thing)
    if (!isPlainOrError(thing) || seen.has(thing)) return thing
    seen.add(thing)
    // Names too: `message`, `stack` and `cause` of an error are not enumerable.
    for (const name of Object.getOwnPropertyNames(thing)) this.#cleanField(thing, name, seen)
    return thing
  }

  #cleanField(thing: Record<string, unknown>, name: string, seen: Set<unknown>): void {
    const { writable, value, get } = Object.getOwnPropertyDescriptor(thing, name) ?? {}
    // `stack` is an accessor in newer engines.
    const before = name === 'stack' && get !== undefined ? thing[name] : value
    const after = this.#clean(before, seen)
    if (after !== before && (writable || name === 'stack')) thing[name] = after
  }
}

/** Errors, and what they are made of. Not signals, sockets and the like. */
function isPlainOrError(thing: unknown): thing is Record<string, unknown> {
  if (typeof thing !== 'object' || thing === null) return false
  if (thing instanceof Error || Array.isArray(thing)) return true
  const prototype = Object.getPrototypeOf(thing)
  return prototype === Object.prototype || prototype === null
}

/** The key as it is and as it stands in an address, and what has its start, however much of it was left. */
function keyPatterns(key: string): Replacement[] {
  const forms = [...new Set([key, encodeURIComponent(key)])]
  const whole = forms.map((form): Replacement => [escaped(form), '[key]'])
  if (key.length <= tellingStart) return whole
  return [...whole, [`${escaped(key.slice(0, tellingStart))}[^\\s"',;)\\]}]*`, '[key]']]
}

function addressPatterns(address: string | undefined): Replacement[] {
  const url = address === undefined ? null : URL.parse(address)
  if (url === null || url.password === '') return []
  const password = decodedOf(url.password)
  const forms = [...new Set([url.password, password, encodeURIComponent(password)])]
  return [
    ...forms.map((form): Replacement => [`:${escaped(form)}@`, ':[password]@']),
    ...forms.filter((form) => form.length >= shortestSecret).map((form): Replacement => [escaped(form), '[password]']),
  ]
}

function decodedOf(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** An address as it may be shown: without its password. */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:\/\/[^/?#]*?):[^/?#]*@/i, '$1:[password]@')
}

/** The addresses of proxies, which may hold passwords. */
export function proxiesIn(environment: NodeJS.ProcessEnv): (string | undefined)[] {
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY } = environment
  return [http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY]
}

/**
 * A transport whose refusals and errors hold no secret. Answers are not touched: the model knows none, and a short password could
 * be a word of theirs.
 */
export function redacting(transport: Transport, redaction: Redaction): Transport {
  return {
    post: async (posting) => {
      const received = await transport.post(posting).catch((error: unknown) => {
        throw redaction.error(error)
      })
      return received.status >= 200 && received.status < 300 ? received : redacted(received, redaction)
    },
    close: () => transport.close(),
  }
}

function redacted({ status, headers, text }: Received, redaction: Redaction): Received {
  const clean = Object.entries(headers).map(([name, value]) => [name, clearHeader(value, redaction)])
  return { status, headers: Object.fromEntries(clean), text: redaction.text(text) }
}

function clearHeader(value: string | string[] | undefined, redaction: Redaction): string | string[] | undefined {
  return Array.isArray(value) ? value.map((one) => redaction.text(one)) : value && redaction.text(value)
}
