/** Which part of a list is asked for: so many, from where the page before ended. */
import { RequestRefused } from '../core/errors.ts'
import type { PageWanted } from '../core/pages.ts'
import type { Call } from './call.ts'

/** 100 records of versions are below the 1 MB that a query reads at once. */
export const mostAtOnce = 100
export const usually = 20

/** What the query of every page may say. */
export const pageParameters = ['limit', 'next'] as const

/** ?limit= and ?next= of a call. Keys of the list begin with `prefix`. Throws RequestRefused. */
export function wantedPage(call: Call, prefix = ''): PageWanted {
  const limit = call.number('limit', mostAtOnce) ?? usually
  const next = call.query('next')
  return { limit, after: next === undefined ? undefined : keyIn(next, prefix) }
}

/** The token of a page's end; null on the last page. */
export function nextToken(key: string | undefined): string | null {
  return key === undefined ? null : Buffer.from(key).toString('base64url')
}

/** For a ?next= that no page gave. */
export function refuseNext(token: string): RequestRefused {
  return new RequestRefused([
    `next is ${token || 'empty'}. Expected the "next" of the page before, unchanged; leave it out for the first page.`,
  ])
}

function keyIn(token: string, prefix: string): string {
  const key = Buffer.from(token, 'base64url').toString()
  if (key !== '' && key.startsWith(prefix) && nextToken(key) === token) return key
  throw refuseNext(token)
}
