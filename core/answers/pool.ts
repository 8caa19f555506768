/** Works on a stream of items, several at a time. */

export interface PoolOptions {
  concurrency: number
  /** Asked before each item; true takes no further ones. */
  stopped: () => boolean
}

/**
 * Calls `work` for each item, at most `concurrency` at a time. Work that only has to keep its answer calls `passOn`: then the
 * next item begins, unless as many answers as `concurrency` are already being kept. After the first error no further item is
 * begun, those under way end, and the error is thrown.
 */
export async function inParallel<T>(
  items: AsyncIterable<T>,
  options: PoolOptions,
  work: (item: T, passOn: () => void) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  const errors: unknown[] = []
  const goOn = () => errors.length === 0 && !options.stopped()
  const keeping = new Keeping(options.concurrency)
  const underWay = new Set<Promise<void>>()

  /** Resolves when the next item may begin. */
  const turn = async (item: T) => {
    const { promise, resolve: pass } = Promise.withResolvers<void>()
    let leave: (() => void) | undefined
    const passOn = () => {
      leave ??= keeping.enter(pass)
    }
    const end = work(item, passOn)
      .catch((error: unknown) => void errors.push(error))
      .then(() => {
        leave?.()
        pass()
        underWay.delete(end)
      })
    underWay.add(end)
    await promise
  }
  const worker = async () => {
    try {
      while (goOn()) {
        const next = await iterator.next()
        if (next.done || !goOn()) return
        await turn(next.value)
      }
    } catch (error) {
      errors.push(error)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
  await Promise.all(underWay)
  await iterator.return?.()
  if (errors.length > 0) throw errors[0]
}

/** Answers that are being kept although their turn has passed on. */
class Keeping {
  readonly #most: number
  #passed = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Calls `pass` now, or as soon as there is room. Returns what is to be called when the answer is kept. */
  enter(pass: () => void): () => void {
    if (this.#passed < this.#most) {
      this.#passed += 1
      pass()
      return this.#leave
    }
    this.#waiting.push(pass)
    return () => {
      const at = this.#waiting.indexOf(pass)
      if (at === -1) this.#leave()
      else this.#waiting.splice(at, 1)
    }
  }

  /** The place goes to the one that has waited longest. */
  readonly #leave = () => {
    const next = this.#waiting.shift()
    if (next === undefined) this.#passed -= 1
    else next()
  }
}
