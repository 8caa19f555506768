/** Those who wait to be let go, in the order in which they came. Whoever is stopped leaves the line. */

interface Waiter<Pass> {
  go: (pass: Pass) => void
  refuse: (reason: unknown) => void
}

export class WaitingLine<Pass> {
  readonly #waiting = new Set<Waiter<Pass>>()

  /** Waits to be let go. Rejects with the reason of the first signal that aborts, or with that of `refuseAll`. */
  wait(signals: readonly AbortSignal[]): Promise<Pass> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter)
        for (const signal of signals) signal.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        leave()
        reject(signals.find(({ aborted }) => aborted)?.reason)
      }
      const waiter: Waiter<Pass> = {
        go: (pass) => {
          leave()
          resolve(pass)
        },
        refuse: (reason) => {
          leave()
          reject(reason)
        },
      }
      this.#waiting.add(waiter)
      for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
      if (signals.some(({ aborted }) => aborted)) onAbort()
    })
  }

  /** Lets whoever waits longest go. False if nobody waits. */
  letFirst(pass: Pass): boolean {
    const [first] = this.#waiting
    first?.go(pass)
    return first !== undefined
  }

  letAll(passNow: () => Pass): void {
    for (const waiter of [...this.#waiting]) waiter.go(passNow())
  }

  refuseAll(reason: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.refuse(reason)
  }
}
