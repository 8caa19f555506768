/** Which route a method and a path mean, with the names in the path decoded. */
import { nearest } from '../../core/nearest.ts'
import { HttpProblem } from './problem.ts'

/** What a route is found by: `/runs/{run_id}/abort`. */
export interface Addressed {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
}

export interface FoundRoute<R> {
  route: R
  names: Record<string, string>
}

/**
 * The route of a request. `path` is as it was sent, percent-encoded, so a name may hold a slash or a space.
 * Throws HttpProblem: no such route, or another method there.
 */
export function findRoute<R extends Addressed>(routes: readonly R[], method: string, path: string): FoundRoute<R> {
  const parts = partsOf(path)
  const here = routes.flatMap((route) => {
    const names = namesIn(partsOf(route.path), parts)
    return names === undefined ? [] : [{ route, names }]
  })
  const found = here.find(({ route }) => route.method === method)
  if (found !== undefined) return { route: found.route, names: decoded(found.names) }
  if (here.length === 0) throw noRoute(routes, path)
  const allowed = here.map(({ route }) => route.method).join(', ')
  throw new HttpProblem('wrong-method', `${method} is not possible on ${path}. Expected ${allowed}.`, {
    Allow: allowed,
  })
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

/** The parts that a pattern names; undefined where the path is another. */
function namesIn(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const names: Record<string, string> = {}
  for (const [at, wanted] of pattern.entries()) {
    if (wanted.startsWith('{')) names[wanted.slice(1, -1)] = parts[at]!
    else if (wanted !== parts[at]) return undefined
  }
  return names
}

function decoded(names: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(names).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new HttpProblem(
      'request-refused',
      `The path holds a % that is no percent-encoding (${Object.values(names).join(', ')}). Expected names encoded as encodeURIComponent does it: %25 for %.`,
    )
  }
}

function noRoute(routes: readonly Addressed[], path: string): HttpProblem {
  const known = [...new Set(routes.map((route) => route.path))]
  const [near] = nearest(path, known, 1)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return new HttpProblem('no-such-route', `There is no route ${path}.${hint} Routes: ${known.join(', ')}.`)
}
