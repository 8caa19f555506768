/** One store over another: files of the upper one hide those below. Whatever is below outputs/ is the lower one's. */
import type { ByteRange, Store } from '../core/store.ts'
import { keyOf } from './workspace-path.ts'

/** Which store each file came from that a check read. */
export interface Sources {
  /** Files of the upper store that were read, as keys: `./a` is `a`. */
  above: Set<string>
  /** Files of the lower store that were read, without those below outputs/. */
  below: Set<string>
}

/** The lower store as it will be once the files of the upper one are in it. Only reading is done above. */
export function overlaid(below: Store, above: Pick<Store, 'read' | 'size' | 'list'>, sources: Sources): Store {
  const isOutput = (path: string) => /^outputs(\/|$)/.test(keyOf(path))
  const hides = async (path: string) => !isOutput(path) && (await above.size(path)) !== undefined
  const reading = {
    async *read(path: string, range?: ByteRange) {
      const hidden = await hides(path)
      if (hidden) sources.above.add(keyOf(path))
      yield* (hidden ? above : below).read(path, range)
      // The file exists. If it is not read to its end, it is not an input of the run.
      if (!hidden && !isOutput(path)) sources.below.add(keyOf(path))
    },
    async size(path: string) {
      return (isOutput(path) ? undefined : await above.size(path)) ?? (await below.size(path))
    },
    async list(folder: string) {
      const lower = await below.list(folder)
      return isOutput(folder) ? lower : [...new Set([...lower, ...(await above.list(folder))])].sort()
    },
  }
  return new Proxy(below, {
    get(target, name) {
      if (name in reading) return reading[name as keyof typeof reading]
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
