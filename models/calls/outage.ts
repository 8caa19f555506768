/**
 * Decides from the results of single calls whether the API as a whole is away. It works on plain data and times that are passed in;
 * models/calls/outage-gate.ts waits.
 */
import type { CallError } from './retry.ts'

/**
 * What an API error says of the API: away for everybody; away, or failing with this very request; there (it answered); or
 * nothing, as a call that took too long.
 */
export type Sign = 'away' | 'perhaps_away' | 'there' | 'none'

const awayStatuses = new Set([429, 502, 503, 529])

export function signOf(callError: CallError): Sign {
  if (callError.what === 'connection') return callError.connected === false ? 'away' : 'perhaps_away'
  if (callError.what !== 'status') return 'none'
  if (awayStatuses.has(callError.status)) return 'away'
  return callError.status >= 500 || callError.status === 408 ? 'perhaps_away' : 'there'
}

/** Failures of this long without an answer between them are an outage. */
const suspiciousMs = 10_000

/** If an item fails while others are answered, the item is the cause. This long after the last answer it may be the API after all. */
const ownFailureMs = 20_000

/** One ask, as far as it takes part in an outage. */
export interface Asker {
  /** Answers to anybody before it failed for the first time; null if it has not failed. */
  answersBefore: number | null
}

export class ApiHealth {
  #answers = 0
  #lastAnswer = Number.NEGATIVE_INFINITY
  #failingSince: number | null = null
  /** Who has failed since the last answer. */
  readonly #suspects = new Map<Asker, Sign>()

  /** The API answered somebody. `now` in milliseconds, as everywhere here. */
  answered(now: number): void {
    this.#answers += 1
    this.#lastAnswer = now
    this.#failingSince = null
    this.#suspects.clear()
  }

  failed(asker: Asker, callError: CallError, now: number): void {
    const sign = signOf(callError)
    if (sign === 'there') this.answered(now)
    if (sign === 'there' || sign === 'none') return
    asker.answersBefore ??= this.#answers
    const isOwn = this.#answers > asker.answersBefore
    if (isOwn && (sign === 'perhaps_away' || now - this.#lastAnswer < ownFailureMs)) return
    this.#failingSince ??= now
    this.#suspects.set(asker, sign)
  }

  /** Whether nobody gets answers. `last`: somebody gives up unless this is so, and nothing more will be known. */
  isAway(now: number, { last }: { last: boolean }): boolean {
    if (this.#failingSince === null) return false
    const sure = this.#suspects.size > 1 || [...this.#suspects.values()].includes('away')
    return sure && (last || now - this.#failingSince >= suspiciousMs)
  }
}

const probeWaits = [5000, 10_000, 20_000, 30_000]

/** Milliseconds before the n-th call that looks whether the API is back, from 1: 5, 10, 20 and 30 s, then a minute each. */
export function probeWaitMs(probe: number): number {
  return probeWaits[probe - 1] ?? 60_000
}
