/** What a caller sent: the parts of the path, the query, the Idempotency-Key, the body. */
import type { Context } from 'hono'
import type * as z from 'zod'
import type { Caller } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { describeIssues } from '../core/text/issues.ts'
import { didYouMean } from '../core/text/nearest.ts'
import { HttpProblem } from './problem.ts'

export class Call {
  readonly #request: Context['req']
  /** Who calls; null if nobody knows, as on a laptop. */
  readonly caller: Caller | null

  /** Throws HttpProblem if a part of the path is no percent-encoding. */
  constructor({ req }: Pick<Context, 'req'>, caller: Caller | null) {
    this.#request = req
    this.caller = caller
    const broken = req.path.split('/').filter((part) => !isEncoded(part))
    if (broken.length === 0) return
    throw new HttpProblem(
      'request-refused',
      `The path holds a % that is no percent-encoding (${broken.join(', ')}). Expected names encoded as encodeURIComponent does it: %25 for %.`,
    )
  }

  /** A part of the path that the route names, decoded: it may hold a slash or a space. */
  name(part: string): string {
    return this.#request.param(part) ?? ''
  }

  /** The Idempotency-Key, if any. Throws HttpProblem if it is empty or too long. */
  get key(): string | undefined {
    const key = this.#request.header('Idempotency-Key')
    if (key === undefined || (key.trim() !== '' && key.length <= 255)) return key
    throw new HttpProblem(
      'request-refused',
      'The Idempotency-Key has no use. Expected 1 to 255 characters, such as a UUID.',
    )
  }

  query(name: string): string | undefined {
    return this.#request.query(name)
  }

  /** Throws RequestRefused for parameters of the query that are not `known`: one that is mistyped would change nothing. */
  refuseOtherParameters(known: readonly string[]): void {
    const others = Object.keys(this.#request.query()).filter((name) => !known.includes(name))
    if (others.length === 0) return
    const all = known.length === 0 ? ' Expected none.' : ` Expected ${known.join(', ')}.`
    throw new RequestRefused(
      others.map((name) => `There is no parameter ${JSON.stringify(name)}.${didYouMean(name, known) || all}`),
    )
  }

  /** A name in the query. Undefined if it is not there. Throws RequestRefused if it is empty. */
  named(name: string): string | undefined {
    const text = this.query(name)
    if (text !== '') return text
    throw new RequestRefused([`${name} is empty. Expected a name; leave ${name} out for all.`])
  }

  /** A whole number of the query, from 1. Undefined if it is not there. Throws RequestRefused. */
  number(name: string, most: number): number | undefined {
    const text = this.query(name)
    if (text === undefined) return undefined
    if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= most) return Number(text)
    throw new RequestRefused([`${name} is ${text || 'empty'}. Expected a whole number from 1 to ${most}.`])
  }

  /** A whole number of the query, from 0. Undefined if it is not there. Throws RequestRefused. */
  count(name: string): number | undefined {
    const text = this.query(name)
    if (text === undefined || /^(0|[1-9]\d{0,8})$/.test(text)) return text === undefined ? undefined : Number(text)
    throw new RequestRefused([`${name} is ${text || 'empty'}. Expected a whole number from 0.`])
  }

  /** A text of the query. Undefined if it is not there. Throws RequestRefused if it is empty or too long. */
  text(name: string, mostCharacters: number): string | undefined {
    const text = this.query(name)
    if (text === undefined || (text !== '' && text.length <= mostCharacters)) return text
    const what = text === '' ? 'is empty' : `has ${text.length} characters`
    throw new RequestRefused([
      `${name} ${what}. Expected 1 to ${mostCharacters} characters; leave ${name} out for all.`,
    ])
  }

  /** A word of the query. Undefined if it is not there. Throws RequestRefused. */
  oneOf<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.query(name)
    const found = words.find((word) => word === text)
    if (text === undefined || found !== undefined) return found
    throw new RequestRefused([`${name} is ${text || 'empty'}. Expected one of ${words.join(', ')}.`])
  }

  /** The body as JSON. Throws HttpProblem: of another type, no JSON. */
  async json(): Promise<unknown> {
    return this.#parsed(await this.#request.arrayBuffer())
  }

  /** The body as JSON, whatever it is; undefined if there is none. It can be read again. Throws HttpProblem. */
  async peek(): Promise<unknown> {
    const bytes = await this.#request.arrayBuffer()
    return bytes.byteLength === 0 ? undefined : this.#parsed(bytes)
  }

  /**
   * The body, checked against a schema; an empty one counts as {}. `parse`: how its numbers are read. Throws RequestRefused, HttpProblem.
   */
  async body<T extends z.ZodType>(schema: T, parse: Parse = withWholeIds): Promise<z.output<T>> {
    const bytes = await this.#request.arrayBuffer()
    const value = bytes.byteLength === 0 ? {} : this.#parsed(bytes, parse)
    const result = schema.safeParse(value, { reportInput: true })
    if (result.success) return result.data
    throw new RequestRefused(describeIssues(result.error, schema, 'The body'))
  }

  #parsed(bytes: ArrayBuffer, parse: Parse = withWholeIds): unknown {
    const type = this.#request.header('Content-Type')
    if (bytes.byteLength > 0 && type !== undefined && !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type.trim()))
      throw new HttpProblem(
        'wrong-media-type',
        `The body is ${type}. Expected JSON, with the header Content-Type: application/json.`,
        { Accept: 'application/json' },
      )
    return jsonIn(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
      parse,
    )
  }
}

function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

type Parse = (text: string) => unknown

function jsonIn(text: string, parse: Parse): unknown {
  if (text.trim() === '')
    throw new HttpProblem('not-json', 'The body is empty. Expected a run request as JSON: {"steps": [...], ...}.')
  try {
    return parse(text)
  } catch (cause) {
    throw new HttpProblem(
      'not-json',
      `The body is not JSON: ${(cause as Error).message}. Expected an object in double quotes and braces; send a YAML file through \`itemwise run\`, or convert it first.`,
    )
  }
}

function withWholeIds(text: string): unknown {
  return JSON.parse(text, withoutLostDigits as Parameters<typeof JSON.parse>[1])
}

/** A whole number that a double cannot hold (an id of twenty digits) becomes its text, as in a request file. */
function withoutLostDigits(_key: string, value: unknown, { source = '' }: { source?: string }): unknown {
  return typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? source : value
}
