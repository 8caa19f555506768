/** The one door to the server: the HTTP API, and nothing else. */
import type { Problem } from './shapes.ts'

/** Thrown if the API refuses, or does not answer (`status` 0: nobody knows whether it was done). */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly problem: Problem
  /** The whole body: some problems say more. */
  readonly body: Record<string, unknown>

  constructor(problem: Problem, body: Record<string, unknown> = {}) {
    super(problem.problems?.join('\n') ?? problem.detail)
    this.problem = problem
    this.body = body
  }

  is(kind: string): boolean {
    return this.problem.type === `urn:itemwise:problem:${kind}`
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>

export interface Sending {
  query?: Query
  body?: object
  signal?: AbortSignal
  /** So that a request that is sent twice counts once. */
  key?: string
}

/** Throws Refused; DOMException if `signal` ends it. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PATCH',
  parts: readonly (string | number)[],
  { query = {}, body, signal, key }: Sending = {},
): Promise<T> {
  const answer = await sent(addressOf(parts, query), {
    method,
    ...(signal && { signal }),
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(key === undefined ? {} : { 'Idempotency-Key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text().catch(() => null)
  if (text === null) throw noAnswer()
  if (answer.ok) return JSON.parse(text)
  const said = problemIn(text)
  throw said ? new Refused(said as unknown as Problem, said) : new Refused(unknown(answer))
}

async function sent(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...request, redirect: 'error' })
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw noAnswer()
  }
}

/** The address of a route: each part is encoded, as a name may hold a slash. */
export function addressOf(parts: readonly (string | number)[], query: Query = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
  const search =
    given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
  return `/${parts.map((part) => encodeURIComponent(part)).join('/')}${search}`
}

function problemIn(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text)
    return typeof value?.detail === 'string' ? value : null
  } catch {
    return null
  }
}

function noAnswer(): Refused {
  const detail = 'The server does not answer. If `itemwise review` has ended, start it again.'
  return new Refused({ type: 'no-answer', title: 'No answer', status: 0, detail })
}

function unknown({ status }: Response): Problem {
  return { type: 'unknown', title: 'Failed', status, detail: `The server answered ${status}.` }
}
