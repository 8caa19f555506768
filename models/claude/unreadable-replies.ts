/** Notices that replies come and none of them can be read. Each is paid for, so the run ends before many are. */
import { type CallError, cause } from '../calls/retry.ts'

/** Replies at the start, none of which could be read: the others would be lost alike. */
const mostAtFirst = 5
/** The same after others could be read: something came between. */
const mostInARow = 20

export class UnreadableReplies {
  #hasRead = false
  #count = 0

  couldRead(): void {
    this.#hasRead = true
    this.#count = 0
  }

  /** Counts one more. Returns the message that ends the run, or null. */
  couldNotRead(callError: CallError): string | null {
    this.#count += 1
    if (this.#count < (this.#hasRead ? mostInARow : mostAtFirst)) return null
    const which = this.#hasRead ? `The last ${this.#count} replies` : `All ${this.#count} replies so far`
    return `${which} could not be read, so the run ends before more are paid for. ${cause(callError)}. Look at what stands between you and the API (ANTHROPIC_BASE_URL, a proxy), then resume the run.`
  }
}
