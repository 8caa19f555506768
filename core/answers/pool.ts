/** Works on a stream of items, several at a time. */

export interface PoolOptions {
  concurrency: number
  /** Asked before each item; true takes no further ones. */
  stopped: () => boolean
}

/**
 * Calls `work` for each item, at most `concurrency` at a time. After the first error no further item is begun,
 * those under way end, and the error is thrown.
 */
export async function inParallel<T>(
  items: AsyncIterable<T>,
  options: PoolOptions,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  const errors: unknown[] = []
  const goOn = () => errors.length === 0 && !options.stopped()
  const worker = async () => {
    try {
      while (goOn()) {
        const next = await iterator.next()
        if (next.done || !goOn()) return
        await work(next.value)
      }
    } catch (error) {
      errors.push(error)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
  await iterator.return?.()
  if (errors.length > 0) throw errors[0]
}
