/** A store in which the conversions of a run that has not begun can be read. */
import type { ResolvedStep } from '../documents.ts'
import { type Conversion, conversionPath } from '../items/conversion.ts'
import type { ByteRange, Store } from '../store.ts'

/** The inputs that a check has converted, by the path at which they are read. */
export class Conversions {
  readonly #byPath = new Map<string, Conversion>()

  readonly add = (conversion: Conversion): void => {
    this.#byPath.set(conversionPath(conversion.sha256), conversion)
  }

  /** Those of these steps, by their numbers. */
  bySteps(steps: readonly ResolvedStep[]): Map<number, Conversion> {
    const found = steps.flatMap(({ step, input }) => {
      const conversion = input.from === 'file' ? this.#byPath.get(input.resolved) : undefined
      return conversion === undefined ? [] : [[step, conversion] as const]
    })
    return new Map(found)
  }

  /** The store, and over it what is added here. */
  over(store: Store): Store {
    const known = this.#byPath
    const reading = {
      read: (path: string, range?: ByteRange) => known.get(path)?.read(path, range) ?? store.read(path, range),
      size: async (path: string) => known.get(path)?.size ?? store.size(path),
    }
    return new Proxy(store, {
      get(target, name) {
        if (name in reading) return reading[name as keyof typeof reading]
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}
