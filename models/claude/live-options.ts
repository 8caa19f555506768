/** What the live model is made with, and what holds if nothing else is said. */
import { setTimeout as wait } from 'node:timers/promises'
import { monotonic } from '../calls/monotonic.ts'
import type { Transport } from '../calls/transport.ts'
import type { MakeClient } from './client-api.ts'

export interface LiveModelOptions {
  /** Never written, logged or put into a message. */
  apiKey?: string
  /** Where the key comes from, in messages. Default: ANTHROPIC_API_KEY. */
  keyFrom?: string
  /** Makes the client if something other than a key opens the API. */
  client?: MakeClient
  /** Default: https://api.anthropic.com. */
  baseURL?: string
  /** Most calls at once, over all steps. Default: 1000, the most that a step may have. */
  concurrency?: number
  /** Longest time for one attempt, in milliseconds; the deadline limits all of them. */
  attemptMs?: (maxTokens: number) => number
  transport?: Transport
  /** Milliseconds of the clock of deadlines. Default: of one that is never set. */
  now?: () => number
  /** Epoch milliseconds, as servers say moments. Default: Date.now. */
  wall?: () => number
  /** Names the proxies. Default: process.env. */
  environment?: NodeJS.ProcessEnv
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  random?: () => number
}

export type Clocks = Required<Pick<LiveModelOptions, 'now' | 'wall' | 'sleep'>>

// Nobody waits for a sleep without a signal alone, so it does not keep the process alive.
const usualSleep = (ms: number, signal?: AbortSignal) => wait(ms, undefined, signal ? { signal } : { ref: false })

export function clocksIn({ now = monotonic, wall = Date.now, sleep = usualSleep }: LiveModelOptions): Clocks {
  return { now, wall, sleep }
}

/** A minute, and time for every token at 25 tokens a second, slower than any current model: 224 s for 4096. */
export const usualAttemptMs = (maxTokens: number) => 60_000 + (maxTokens / 25) * 1000
