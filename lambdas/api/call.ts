/** What a caller sent, read from the event of API Gateway: the parts of the path, the query, the body. */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type * as z from 'zod'
import { RequestRefused } from '../../core/errors.ts'
import { describeIssues } from '../../core/issues.ts'
import { mostInputBytes } from '../../stores/executions.ts'
import { HttpProblem } from './problem.ts'

type Asked = Pick<APIGatewayProxyEvent, 'headers' | 'body' | 'isBase64Encoded' | 'queryStringParameters'>

export class Call {
  readonly #event: Asked
  readonly #names: Record<string, string>

  /** `names`: the parts of the path that the route names. */
  constructor(event: Asked, names: Record<string, string>) {
    this.#event = event
    this.#names = names
  }

  /** A part of the path that the route names. */
  name(part: string): string {
    return this.#names[part] ?? ''
  }

  header(name: string): string | undefined {
    const found = Object.entries(this.#event.headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())
    return found?.[1]
  }

  /** The Idempotency-Key, if any. Throws HttpProblem where it is empty or too long. */
  get key(): string | undefined {
    const key = this.header('Idempotency-Key')
    if (key === undefined || (key.trim() !== '' && key.length <= 255)) return key
    throw new HttpProblem(
      'request-refused',
      'The Idempotency-Key has no use. Expected 1 to 255 characters, such as a UUID.',
    )
  }

  query(name: string): string | undefined {
    return this.#event.queryStringParameters?.[name] ?? undefined
  }

  /** The body as JSON. Throws HttpProblem: too large, of another type, no JSON. */
  json(): unknown {
    const bytes = Buffer.from(this.#event.body ?? '', this.#event.isBase64Encoded ? 'base64' : 'utf8')
    if (bytes.length > mostInputBytes) throw tooLarge(bytes.length)
    const type = this.header('Content-Type')
    if (bytes.length > 0 && type !== undefined && !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type.trim()))
      throw new HttpProblem(
        'wrong-media-type',
        `The body is ${type}. Expected JSON, with the header Content-Type: application/json.`,
        { Accept: 'application/json' },
      )
    return jsonIn(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  }

  /** The body, checked against a schema; an empty one counts as {}. Throws RequestRefused, HttpProblem. */
  body<T extends z.ZodType>(schema: T): z.output<T> {
    const value = this.#event.body ? this.json() : {}
    const result = schema.safeParse(value, { reportInput: true })
    if (result.success) return result.data
    throw new RequestRefused(describeIssues(result.error, schema, 'The body'))
  }
}

function tooLarge(bytes: number): HttpProblem {
  return new HttpProblem(
    'too-large',
    `The body has ${bytes} bytes. Expected ${mostInputBytes} at most, which is what an execution takes. Keep long lists of ids and long schemas in files of the workspace.`,
  )
}

function jsonIn(text: string): unknown {
  if (text.trim() === '')
    throw new HttpProblem('not-json', 'The body is empty. Expected a run request as JSON: {"steps": [...], ...}.')
  try {
    return JSON.parse(text, withoutLostDigits as Parameters<typeof JSON.parse>[1])
  } catch (cause) {
    throw new HttpProblem(
      'not-json',
      `The body is not JSON: ${(cause as Error).message}. Expected an object in double quotes and braces; send a YAML file through \`itemwise run\`, or convert it first.`,
    )
  }
}

/** A whole number that a double cannot hold (an id of twenty digits) becomes its text, as in a request file. */
function withoutLostDigits(_key: string, value: unknown, { source = '' }: { source?: string }): unknown {
  return typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? source : value
}
