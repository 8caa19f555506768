/** Notices that a step pays for writing the prompt cache and nobody reads it, as behind a gateway that sends each call elsewhere. */

import type { TokenCounts } from '../model.ts'
import { sha256 } from '../text/ids.ts'

/** Writes of what had been written before, without a read between them, after which nobody is expected to read. */
export const mostUnreadRewrites = 3

/** The same for beginnings that differ from call to call: how many times the calls that go at once. */
const unreadRounds = 3

/** What the cache knew when a call went out. */
export interface Before {
  prefix: string
  wasWritten: boolean
}

export class CacheWatch {
  readonly #mostUnread: number
  /** Hashes of the beginnings that replies say were written: the texts would hold on to whole prompts. */
  readonly #written = new Set<string>()
  #rewrites = 0
  #unread = 0
  #isUseless = false

  constructor({ concurrency }: { concurrency: number }) {
    this.#mostUnread = unreadRounds * concurrency + mostUnreadRewrites
  }

  /** Whether marking the shared beginning is given up. */
  get isUseless(): boolean {
    return this.#isUseless
  }

  /** To be asked before a call goes out; `shared` is its shared beginning. */
  before(shared: string): Before {
    const prefix = sha256(shared)
    return { prefix, wasWritten: this.#written.has(prefix) }
  }

  /** Takes in what a reply used. True if marking is given up after it. */
  sees({ prefix, wasWritten }: Before, { cache_read_tokens, cache_write_tokens }: TokenCounts): boolean {
    if (cache_read_tokens > 0) {
      this.#rewrites = 0
      this.#unread = 0
      return false
    }
    if (cache_write_tokens === 0 || this.#isUseless) return false
    this.#written.add(prefix)
    this.#unread += 1
    if (wasWritten) this.#rewrites += 1
    this.#isUseless = this.#rewrites >= mostUnreadRewrites || this.#unread >= this.#mostUnread
    return this.#isUseless
  }
}
