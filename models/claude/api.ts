/** Posting to Anthropic's API: what both ways of getting in have in common. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Transport } from '../calls/transport.ts'

export interface Api {
  /**
   * Throws the SDK's APIError for any status but 2xx, APIConnectionError or APIConnectionTimeoutError where no whole response
   * came, NotDecoded for a body that cannot be unpacked; any error where the signal is aborted.
   */
  post(path: string, body: unknown, limits: Limits): Promise<Posted>
}

export interface Limits {
  /** Aborted: the call ends. */
  signal: AbortSignal
  timeoutMs: number
}

/** What came back with a 200, and the id by which Anthropic's support finds the request. */
export interface Posted {
  body: unknown
  request_id: string | null
}

/** Told of the headers of every response. */
export type OnHeaders = (headers: IncomingHttpHeaders) => void

export interface ApiTools {
  transport: Transport
  onHeaders: OnHeaders
}

/** Response headers as the SDK's errors take them. */
export function headersOf(headers: IncomingHttpHeaders): Headers {
  return new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]))
}

/** What every client of the SDK is made with: retries and traces are ours. */
export const clientOptions = { maxRetries: 0, openTelemetry: false, logLevel: 'warn' } as const
