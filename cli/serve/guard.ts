/** Who may use the server on this machine: whoever has the token, and no web page that had a name of its own lead here. */
import { timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { HttpProblem } from '../../api/problem.ts'
import { sha256 } from '../../core/text/ids.ts'

/** Lets in requests for this machine that carry the token. The host comes first: a foreign page learns nothing about tokens. */
export function guardOf(token: string): MiddlewareHandler {
  return async ({ req }, next) => {
    refuseOtherHost(req.header('Host') ?? '')
    const sent = bearerIn(req.header('Authorization'))
    if (!isSame(sent, token)) throw notSignedIn(sent !== undefined)
    await next()
  }
}

/** The token of a header `Authorization: Bearer <token>`. */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
}

/** Takes the same time wherever they differ. */
export function isSame(sent: string | undefined, token: string): boolean {
  return sent !== undefined && timingSafeEqual(hashOf(sent), hashOf(token))
}

/** A page whose name's address was changed to 127.0.0.1 (DNS rebinding) still sends its own name as Host. */
export function refuseOtherHost(host: string): void {
  if (/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host)) return
  throw new HttpProblem(
    'wrong-host',
    `The request is for the host ${host || '(none)'}. Expected 127.0.0.1 or localhost: this server answers its own machine only.`,
  )
}

function notSignedIn(sent: boolean): HttpProblem {
  const what = sent ? 'The token is not the one of this server.' : 'The request carries no token.'
  return new HttpProblem(
    'not-signed-in',
    `${what} Expected the header Authorization: Bearer <token>, with the token that \`itemwise serve\` printed or took from ITEMWISE_TOKEN.`,
    { 'WWW-Authenticate': 'Bearer realm="itemwise"' },
  )
}

/** Hashes have one length, as a comparison in constant time needs it. */
function hashOf(token: string): Buffer {
  return Buffer.from(sha256(token))
}
