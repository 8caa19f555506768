/**
 * Through which every call goes: open while the API answers, shut while it is away. Then nobody's time goes by, and one call after
 * the other looks whether the API is back, until it is or the run gives up. Shared by all asks of one model.
 */

import { ModelUnavailable } from '../../core/errors.ts'
import type { AskOptions } from '../../core/model.ts'
import { ApiHealth, type Asker, probeWaitMs, signOf } from './outage.ts'
import { asksTooLong, cause, type Trouble } from './retry.ts'
import type { TimeLimit } from './time-limit.ts'

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
  trouble: Trouble
  probes: number
  giveUpAt: number
  isProbing: boolean
  /** Set when it has been waited long enough. */
  givenUp: ModelUnavailable | null
  /** Aborted when it is over, or nobody waits for its end. */
  over: AbortController
}

interface Waiter {
  go: (pass: Pass) => void
  refuse: (reason: unknown) => void
}

/** A wish for a longer wait than makes sense is looked into after this. */
const firstLookMs = 30_000

export class OutageGate {
  readonly #clocks: GateClocks
  readonly #health = new ApiHealth()
  readonly #passengers = new Set<Passenger>()
  readonly #waiting = new Set<Waiter>()
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
    return new Promise((resolve, reject) => {
      const signals = [limit.signal, ...(stop === undefined ? [] : [stop])]
      const forget = () => {
        this.#waiting.delete(waiter)
        for (const signal of signals) signal.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        forget()
        reject(signals.find(({ aborted }) => aborted)?.reason)
      }
      const waiter: Waiter = {
        go: (pass) => {
          forget()
          resolve(pass)
        },
        refuse: (reason) => {
          forget()
          reject(reason)
        },
      }
      this.#waiting.add(waiter)
      for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
      if (signals.some(({ aborted }) => aborted)) onAbort()
    })
  }

  /** To be told of a call that brought an answer. */
  answered(passenger: Passenger, pass: Pass): void {
    this.#answeredAt = this.#clocks.wall()
    this.#health.answered(this.#clocks.now())
    // A long answer that was asked for before says nothing of now.
    if (this.#closed !== null && (pass.isProbe || pass.begun > this.#closed.since)) this.#open(passenger)
  }

  /** To be told of a call that brought none. True where the gate is shut because of it: the call is to be made again when it opens. */
  failed(passenger: Passenger, trouble: Trouble, pass: Pass): boolean {
    const sign = signOf(trouble)
    if (sign === 'there') {
      this.answered(passenger, pass)
      return false
    }
    this.#health.failed(passenger, trouble, this.#clocks.now())
    if (this.#closed !== null) return this.#failedInOutage(passenger, trouble, pass)
    if (asksTooLong(trouble)) this.#shut(passenger, trouble, firstLookMs)
    return this.#isShutFor(passenger, trouble, { last: false })
  }

  /** To be asked before an item is given up: true where it is the API that is away, and the gate is shut now. */
  isAwayAfterAll(passenger: Passenger, trouble: Trouble): boolean {
    return this.#isShutFor(passenger, trouble, { last: true })
  }

  /** To be told of a pass of which no call came, or no end is known. */
  lost({ isProbe }: Pass): void {
    if (isProbe && this.#closed !== null) this.#lookAgain(this.#closed, 0)
  }

  #isShutFor(passenger: Passenger, trouble: Trouble, { last }: { last: boolean }): boolean {
    const sign = signOf(trouble)
    if (this.#closed !== null) return sign === 'away' || sign === 'perhaps_away'
    if (sign === 'none' || sign === 'there' || !this.#health.isAway(this.#clocks.now(), { last })) return false
    this.#shut(passenger, trouble, probeWaitMs(1))
    return true
  }

  #failedInOutage(passenger: Passenger, trouble: Trouble, { isProbe }: Pass): boolean {
    const closed = this.#closed as Closed
    if (isProbe) {
      closed.probes += 1
      closed.trouble = trouble
      this.#lookAgain(closed, probeWaitMs(closed.probes + 1), passenger)
    }
    // What came of a probe is no fault of its item, unless it was answered in some way.
    return trouble.what !== 'bad_response' && (isProbe || signOf(trouble) !== 'none')
  }

  #passNow(isProbe: boolean): Pass {
    return { isProbe, begun: this.#clocks.now() }
  }

  #shut(passenger: Passenger, trouble: Trouble, firstMs: number): void {
    const { now, wall } = this.#clocks
    const { outageSince = 0 } = passenger
    const before = outageSince > this.#answeredAt && outageSince > 0 ? Math.max(0, wall() - outageSince) : 0
    const giveUpAt = now() - before + (passenger.giveUpAfterMs ?? Number.POSITIVE_INFINITY)
    const closed: Closed = {
      since: now(),
      sinceWall: wall() - before,
      trouble,
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
    teller?.onOutage?.({ since: closed.sinceWall, reason: cause(closed.trouble), next_ms })
    const onOver = () => {}
    void this.#clocks.sleep(next_ms, closed.over.signal).then(() => {
      if (this.#closed !== closed || closed.isProbing) return
      if (this.#clocks.now() >= closed.giveUpAt && closed.probes > 0) this.#giveUp(closed)
      else this.#probe(closed)
    }, onOver)
  }

  /** Whoever waits longest looks. Where nobody waits, somebody does soon: whoever is still under way. */
  #probe(closed: Closed): void {
    const [first] = this.#waiting
    closed.isProbing = first !== undefined
    if (first === undefined) this.#lookAgain(closed, 1000)
    else first.go(this.#passNow(true))
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
    for (const waiter of [...this.#waiting]) waiter.go(this.#passNow(false))
  }

  #giveUp(closed: Closed): void {
    const minutes = Math.round((this.#clocks.wall() - closed.sinceWall) / 60_000)
    const long = minutes < 2 ? '' : ` for ${minutes} minutes`
    const message = `The API has not answered${long}: ${cause(closed.trouble)}. The run ends here and can be resumed when the API is well again; give_up_after_minutes in itemwise.yaml says how long it waits.`
    closed.givenUp = new ModelUnavailable(message)
    for (const waiter of [...this.#waiting]) waiter.refuse(closed.givenUp)
  }
}
