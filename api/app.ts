/** The HTTP API as one Hono app: the routes, and what is answered if there is none, or something goes wrong. */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { Hono } from 'hono/quick'
import type { Caller } from '../core/documents.ts'
import { jsonText } from '../core/text/json.ts'
import { nearest } from '../core/text/nearest.ts'
import { Call } from './call.ts'
import { EventStream } from './event-stream.ts'
import { FileAnswer } from './file-answer.ts'
import { pageParameters } from './page.ts'
import type { Ports } from './ports.ts'
import { HttpProblem, problemAnswer, problemIn } from './problem.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

export interface ApiOptions {
  /** Lets a request in, or throws HttpProblem. Default: every request. */
  guard?: MiddlewareHandler
  /** Told of every problem that is answered, and of the error that it comes from. */
  told?: (problem: HttpProblem, error: unknown) => void
  /** Who calls. Default: nobody knows. */
  callerOf?: (c: Context) => Caller | null
}

/** Bytes that a body may have. A Lambda takes 6 MB, in which each quote of a body counts twice; 2 MB of wrong fields are described in 10 s. */
export const mostBodyBytes = 2_000_000

interface Env {
  Variables: { refusal?: { problem: HttpProblem; error: unknown } }
}

/** `ports`: called for each request that has a route. */
export function apiApp(ports: () => Ports, { guard, told, callerOf = () => null }: ApiOptions = {}): Hono<Env> {
  const app = new Hono<Env>({ getPath: rawPath })
  app.use(async (c, next) => {
    await next()
    const refusal = c.get('refusal')
    if (refusal !== undefined) told?.(refusal.problem, refusal.error)
  })
  if (guard !== undefined) app.use(guard)
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => refuse(c, wrongMethod(c.req, methods)) }))
  for (const route of routes) addRoute(app, route, { ports, callerOf })
  // This answer gives way to a 405 if the path has a route of another method.
  app.notFound((c) => refuse(c, noRoute(c.req.path)))
  app.onError((error, c) => refuse(c, error))
  return app
}

function refuse(c: Context, error: unknown): Response {
  const problem = problemIn(error)
  c.set('refusal', { problem, error })
  return problemAnswer(problem)
}

function addRoute(
  app: Hono<Env>,
  route: Route,
  { ports, callerOf }: { ports: () => Ports; callerOf: (c: Context) => Caller | null },
): void {
  const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
  if (route.takes !== null) app.on(route.method, [path], limit)
  app.on(route.method, [path], async (c) => {
    const call = new Call(c, callerOf(c))
    call.refuseOtherParameters([...Object.keys(route.query?.shape ?? {}), ...(route.paged ? pageParameters : [])])
    const answer = await route.answer(ports(), call)
    if (answer instanceof FileAnswer || answer instanceof EventStream) return answer.answer(c)
    return c.body(jsonText(answer), route.status, { 'Content-Type': 'application/json' })
  })
}

/** As it was sent, percent-encoded, so that a name may hold a slash; empty parts do not count. */
function rawPath(request: Request): string {
  const parts = new URL(request.url).pathname.split('/').filter((part) => part !== '')
  return `/${parts.join('/')}`
}

const limit = bodyLimit({
  maxSize: mostBodyBytes,
  onError: ({ req }) => {
    throw new HttpProblem(
      'too-large',
      `The body has ${req.header('Content-Length') ?? `more than ${mostBodyBytes}`} bytes. Expected ${mostBodyBytes} at most. Longer lists of ids go through the command line.`,
    )
  },
})

function wrongMethod({ method, path }: { method: string; path: string }, methods: readonly string[]): HttpProblem {
  const allowed = methods.filter((name) => name !== 'HEAD').join(', ')
  return new HttpProblem('wrong-method', `${method} is not possible on ${path}. Expected ${allowed}.`, {
    Allow: allowed,
  })
}

function noRoute(path: string): HttpProblem {
  const known = [...new Set(routes.map((route) => route.path))]
  const [near] = nearest(path, known, 1)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return new HttpProblem('no-such-route', `There is no route ${path}.${hint} Routes: ${known.join(', ')}.`)
}
