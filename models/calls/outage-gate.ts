/**
 * Every call goes through this gate. It is open while the API answers and shut while it is away. While it is shut, nobody's time
 * goes by, and one call after another checks whether the API is back, until it is or the run gives up. All asks of a model share it.
 */

import { ModelUnavailable } from '../../core/errors.ts'
import type { AskOptions } from '../../core/model.ts'
import { ApiHealth, type Asker, probeWaitMs, signOf } from './outage.ts'
import { asksTooLong, type CallError, cause } from './retry.ts'
import type { TimeLimit } from './time-limit.ts'
import { WaitingLine } from './waiting-line.ts'

/** One ask of the model, as the gate knows it. */
export interface Passenger extends Asker, Pick<AskOptions, 'stop' | 'onOutage' | 'giveUpAfterMs' | 'outageSince'> {
  limit: TimeLimit
  /** Attempts since the last outage: those in an outage say nothing of the item. */
  tries: number
}

/** One call's way through the gate. */
export interface Pass {
  isProbe: boolean
  /** When it went out. */
  begun: number
}

export interface GateClocks {
  /** Never set back. */
  now: () => number
  /** Epoch milliseconds, for what is told. */
  wall: () => number
  /** Keeps the process alive: while the API is away nothing else may. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

interface Closed {
  since: number
  sinceWall: number
  callError: CallError
  probes: number
  giveUpAt: number
  isProbing: boolean
  /** Set when it has been waited long enough. */
  givenUp: ModelUnavailable | null
  /** Aborted when it is over, or nobody waits for its end. */
  over: AbortController
}

/** If the API asks for a longer wait than makes sense, one call checks after this. */
const firstLookMs = 30_000

export class OutageGate {
  readonly #clocks: GateClocks
  readonly #health = new ApiHealth()
  readonly #passengers = new Set<Passenger>()
  readonly #waiting = new WaitingLine<Pass>()
  #closed: Closed | null = null
  /** By the wall clock, as `outageSince` is. */
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(clocks: GateClocks) {
    this.#clocks = clocks
  }

  enter(passenger: Passenger): void {
    this.#passengers.add(passenger)
    if (this.#closed !== null) passenger.limit.hold()
  }

  leave(passenger: Passenger): void {
    this.#passengers.delete(passenger)
    // Whoever comes next begins anew.
    if (this.#passengers.size === 0) this.#forget()
  }

  /** Waits until a call may go out. Rejects with the reason of `stop` or of the time limit's signal, or with ModelUnavailable. */
  pass({ limit, stop }: Passenger): Promise<Pass> {
    if (this.#closed === null) return Promise.resolve(this.#passNow(false))
    if (this.#closed.givenUp !== null) return Promise.reject(this.#closed.givenUp)
    return this.#waiting.wait(stop === undefined ? [limit.signal] : [limit.signal, stop])
  }

  /** To be told of a call that brought an answer. */
  answered(passenger: Passenger, pass: Pass): void {
    this.#answeredAt = this.#clocks.wall()
    this.#health.answered(this.#clocks.now())
    // A long answer that was asked for before says nothing of now.
    if (this.#closed !== null && (pass.isProbe || pass.begun > this.#closed.since)) this.#open(passenger)
  }

  /** To be told of a call that brought none. True if the gate is shut because of it: make the call again when it opens. */
  failed(passenger: Passenger, callError: CallError, pass: Pass): boolean {
    const sign = signOf(callError)
    if (sign === 'there') {
      this.answered(passenger, pass)
      return false
    }
    this.#health.failed(passenger, callError, this.#clocks.now())
    if (this.#closed !== null) return this.#failedInOutage(passenger, callError, pass)
    if (asksTooLong(callError)) this.#shut(passenger, callError, firstLookMs)
    return this.#isShutFor(passenger, callError, { last: false })
  }

  /** Ask this before giving up an item: true if the API is away. The gate is shut then. */
  isAwayAfterAll(passenger: Passenger, callError: CallError): boolean {
    return this.#isShutFor(passenger, callError, { last: true })
  }

  /** To be told of a pass of which no call came, or no end is known. */
  lost({ isProbe }: Pass): void {
    if (isProbe && this.#closed !== null) this.#lookAgain(this.#closed, 0)
  }

  #isShutFor(passenger: Passenger, callError: CallError, { last }: { last: boolean }): boolean {
    const sign = signOf(callError)
    if (this.#closed !== null) return sign === 'away' || sign === 'perhaps_away'
    if (sign === 'none' || sign === 'there' || !this.#health.isAway(this.#clocks.now(), { last })) return false
    this.#shut(passenger, callError, probeWaitMs(1))
    return true
  }

  #failedInOutage(passenger: Passenger, callError: CallError, { isProbe }: Pass): boolean {
    const closed = this.#closed as Closed
    if (isProbe) {
      closed.probes += 1
      closed.callError = callError
      this.#lookAgain(closed, probeWaitMs(closed.probes + 1), passenger)
    }
    // What came of a probe is no fault of its item, unless it was answered in some way.
    return callError.what !== 'bad_response' && (isProbe || signOf(callError) !== 'none')
  }

  #passNow(isProbe: boolean): Pass {
    return { isProbe, begun: this.#clocks.now() }
  }

  #shut(passenger: Passenger, callError: CallError, firstMs: number): void {
    const { now, wall } = this.#clocks
    const { outageSince = 0 } = passenger
    const before = outageSince > this.#answeredAt && outageSince > 0 ? Math.max(0, wall() - outageSince) : 0
    const giveUpAt = now() - before + (passenger.giveUpAfterMs ?? Number.POSITIVE_INFINITY)
    const closed: Closed = {
      since: now(),
      sinceWall: wall() - before,
      callError,
      over: new AbortController(),
      probes: 0,
      giveUpAt,
      isProbing: false,
      givenUp: null,
    }
    this.#closed = closed
    for (const { limit } of this.#passengers) limit.hold()
    this.#lookAgain(closed, firstMs, passenger)
  }

  /** `teller`: whose listener is told. */
  #lookAgain(closed: Closed, ms: number, teller?: Passenger): void {
    closed.isProbing = false
    const left = closed.giveUpAt - this.#clocks.now()
    const next_ms = Math.max(0, Math.min(ms, left))
    teller?.onOutage?.({ since: closed.sinceWall, reason: cause(closed.callError), next_ms })
    const onOver = () => {}
    void this.#clocks.sleep(next_ms, closed.over.signal).then(() => {
      if (this.#closed !== closed || closed.isProbing) return
      if (this.#clocks.now() >= closed.giveUpAt && closed.probes > 0) this.#giveUp(closed)
      else this.#probe(closed)
    }, onOver)
  }

  /** Whoever waits longest looks. If nobody waits, somebody soon will: a call that is still under way. */
  #probe(closed: Closed): void {
    closed.isProbing = this.#waiting.letFirst(this.#passNow(true))
    if (!closed.isProbing) this.#lookAgain(closed, 1000)
  }

  #forget(): void {
    this.#closed?.over.abort()
    this.#closed = null
  }

  #open(teller: Passenger): void {
    this.#forget()
    for (const passenger of this.#passengers) {
      passenger.limit.goOn()
      passenger.tries = 0
      passenger.answersBefore = null
    }
    teller.onOutage?.(null)
    this.#waiting.letAll(() => this.#passNow(false))
  }

  #giveUp(closed: Closed): void {
    const minutes = Math.round((this.#clocks.wall() - closed.sinceWall) / 60_000)
    const long = minutes < 2 ? '' : ` for ${minutes} minutes`
    const message = `The API has not answered${long}: ${cause(closed.callError)}. The run ends here and can be resumed when the API is well again; give_up_after_minutes in itemwise.yaml says how long it waits.`
    closed.givenUp = new ModelUnavailable(message)
    this.#waiting.refuseAll(closed.givenUp)
  }
}
