/** What goes wrong, as application/problem+json (RFC 9457) with the very sentences of the command line. */
import * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import { standing } from './row-documents.ts'

export const problemDocument = z.object({
  type: z.string().describe('urn:itemwise:problem:<name>, the same for the same kind of problem.'),
  title: z.string().describe('The kind in a few words.'),
  status: z.int().describe('The HTTP status.'),
  detail: z.string().describe('What happened, what was expected, what to do.'),
  problems: z
    .array(z.string())
    .describe('Every problem by itself, if there are several; of more than 100 the last entry says how many more.')
    .optional(),
  there: z.array(standing).describe('Of answer-changed: what there is instead.').optional(),
})
export type Problem = z.infer<typeof problemDocument>

/** Thrown by a route to answer with this problem. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly problem: Problem
  readonly headers: Record<string, string>

  constructor(
    kind: Kind,
    problems: string | readonly string[],
    headers: Record<string, string> = {},
    more: Pick<Problem, 'there'> = {},
  ) {
    const problem = { ...problemOf(kind, typeof problems === 'string' ? [problems] : problems), ...more }
    super(problem.detail)
    this.problem = problem
    this.headers = headers
  }
}

/** Every kind of problem: its status and its title. */
export const kinds = {
  'request-refused': [400, 'The request is refused'],
  'not-json': [400, 'The body is not JSON'],
  'not-signed-in': [401, 'The token is missing or wrong'],
  'wrong-host': [403, 'The request is for another host'],
  'not-found': [404, 'Not found'],
  'no-such-route': [404, 'There is no such route'],
  'wrong-method': [405, 'The method is not allowed here'],
  'version-busy': [409, 'The version is being run'],
  'nothing-to-resume': [409, 'There is nothing to resume'],
  'answer-changed': [409, 'It is not as it was shown'],
  'template-changed': [409, 'The template was changed since'],
  'nothing-to-do': [409, 'There is nothing to do'],
  'key-reused': [409, 'The Idempotency-Key stands for another request'],
  'run-ended': [409, 'The run has ended'],
  'too-large': [413, 'The body is too large'],
  'wrong-media-type': [415, 'The body is of another type'],
  failed: [500, 'Something failed here'],
  'not-here': [501, 'That is not possible here'],
  'too-busy': [503, 'Too many requests at once'],
} as const satisfies Record<string, readonly [number, string]>

type Kind = keyof typeof kinds

// A body of 2 MB can hold 300,000 wrong fields, and one of that length: an answer still stays below 700 KB, and a Lambda answers 6 MB.
const mostProblems = 100
const mostCharacters = 2000

function problemOf(kind: Kind, problems: readonly string[]): Problem {
  const [status, title] = kinds[kind]
  const several = problems.length > 1
  const detail = several ? `${problems.length} problems, nothing was started.` : shortened(problems[0] ?? title)
  return { type: `urn:itemwise:problem:${kind}`, title, status, detail, ...(several && { problems: listed(problems) }) }
}

function listed(problems: readonly string[]): string[] {
  const said = problems.slice(0, mostProblems).map(shortened)
  const more = problems.length - said.length
  return more === 0 ? said : [...said, `${more} more problem${more === 1 ? '' : 's'}.`]
}

function shortened(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)} …`
}

/** The problem that an error means. By name if it is ours, so that a minifier or another copy of core changes nothing. */
export function problemIn(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (error instanceof RequestRefused) return new HttpProblem('request-refused', error.problems)
  if (name === 'NothingToDo') return new HttpProblem('nothing-to-do', message)
  if (name === 'VersionBusy') return new HttpProblem('version-busy', message)
  if (name === 'KeyReused') return new HttpProblem('key-reused', message)
  if (name === 'FileMissing') return new HttpProblem('not-found', message)
  if (name === 'PathOutside') return new HttpProblem('request-refused', message)
  if (name === 'RecordUnreadable' || name === 'StoreUnwritable' || name === 'RunFailed')
    return new HttpProblem('failed', message)
  if (isThrottled(error)) {
    const words = 'AWS takes no more requests of this kind right now. Ask again in some seconds.'
    return new HttpProblem('too-busy', words, { 'Retry-After': '5' })
  }
  return new HttpProblem('failed', 'The request could not be answered; the log of the API says why. Ask again later.')
}

/** Ours carry what AWS said as their cause. */
function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const said = /Throttl|TooManyRequests|LimitExceeded|ProvisionedThroughput|SlowDown/.test(error.name)
  return said || isThrottled(error.cause)
}

/** The answer that carries a problem. */
export function problemAnswer({ problem, headers }: HttpProblem): Response {
  return new Response(jsonText(problem), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  })
}
