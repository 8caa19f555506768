/**
 * Who may use the page: the browser that was opened with the token in its address, which gets a cookie for it, and whoever sends the
 * token as for the API. Pages of others learn nothing and change nothing, whatever name of theirs leads to this machine.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { HttpProblem } from '../../api/problem.ts'
import { bearerIn, isSame, refuseOtherHost } from './guard.ts'

/** Lets in requests of the page itself. */
export function pageGuard(token: string): MiddlewareHandler {
  return async (c, next) => {
    refuseOtherHost(c.req.header('Host') ?? '')
    refuseOtherOrigin(c)
    if (c.req.path === '/' && isSame(c.req.query('token'), token)) letIn(c, token)
    else if (!isSame(bearerIn(c.req.header('Authorization')), token) && !isSame(getCookie(c, cookieOf(c)), token))
      throw notSignedIn()
    await next()
  }
}

/** Only this host, only for requests that begin here, never read by a script. It ends with the browser's session. */
function letIn(c: Context, token: string): void {
  setCookie(c, cookieOf(c), token, { path: '/', httpOnly: true, sameSite: 'Strict' })
}

/** Cookies do not tell ports apart: two servers on one machine would overwrite each other's. */
function cookieOf(c: Context): string {
  return `itemwise-${/:(\d+)$/.exec(c.req.header('Host') ?? '')?.[1] ?? '80'}`
}

/**
 * Another server of this machine is of the same site, and its pages' requests carry the cookie. A browser says where a request
 * comes from: in Sec-Fetch-Site, and in Origin for all that changes something.
 */
function refuseOtherOrigin({ req }: Context): void {
  const [site, origin] = [req.header('Sec-Fetch-Site'), req.header('Origin')]
  const isOpened = req.method === 'GET' && req.path === '/' && req.header('Sec-Fetch-Dest') === 'document'
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none'
  const isElsewhere = origin !== undefined && origin !== `http://${req.header('Host')}`
  if (!isElsewhere && (!isForeign || isOpened)) return
  throw new HttpProblem(
    'wrong-host',
    `The request comes from ${origin ?? 'another site'}. Expected the page of this server: other sites may not use it.`,
  )
}

function notSignedIn(): HttpProblem {
  return new HttpProblem(
    'not-signed-in',
    'The browser does not have the token of this server. Open the address that `itemwise review` printed; it holds the token.',
    { 'WWW-Authenticate': 'Bearer realm="itemwise"' },
  )
}
