/** The bar of a command that looks through versions: how far it is. */
import type { Terminal } from './terminal.ts'

const everyMs = 100

export class CheckBar {
  readonly #terminal: Pick<Terminal, 'bar' | 'isLive'>
  readonly #versions: number
  #done = 0
  #items = 0
  #shownAt = 0

  /** `versions`: how many there are to look at. */
  constructor(terminal: Pick<Terminal, 'bar' | 'isLive'>, versions: number) {
    this.#terminal = terminal
    this.#versions = versions
  }

  /** An item of a step was looked at. */
  readonly item = (): void => {
    this.#items += 1
    // The clock costs more than the counting.
    if (this.#items % 64 === 0) this.#show()
  }

  version(): void {
    this.#done += 1
    this.#show()
  }

  #show(): void {
    if (!this.#terminal.isLive) return
    const now = performance.now()
    if (now - this.#shownAt < everyMs) return
    this.#shownAt = now
    const items = this.#items.toLocaleString('en-US')
    this.#terminal.bar(`Checked ${this.#done} of ${this.#versions} versions, ${items} items`)
  }

  close(): void {
    if (this.#terminal.isLive) this.#terminal.bar('')
  }
}
