/** How bodies travel that are too large to hold: Node's `fetch`, which streams both ways, to one host only. */
import { dispatcherFor } from './transport.ts'

/**
 * A `fetch` that goes nowhere but to one host: a request for another one keeps its path and goes there all the same, and no
 * redirection is followed. A key goes out with every request, and an answer may name any address. `baseURL` is asked at each request.
 */
export function streamingFetch(
  baseURL: () => string,
  environment: NodeJS.ProcessEnv = process.env,
): typeof globalThis.fetch {
  const dispatcher = dispatcherFor(environment)
  return async (input, init = {}) => {
    const { pathname, search } = new URL(String(input))
    // Node's own `fetch` takes the proxies of the dispatcher, and its time limits: none.
    const options = { ...init, dispatcher, redirect: 'error' } as RequestInit
    return fetch(`${new URL(baseURL()).origin}${pathname}${search}`, options)
  }
}
