/** The fields of a value by paths such as `author.name`, as an expression writes them. A list is one value. */
import { isObject, type Json } from '../text/json.ts'

/** The leaves in their own order; a value that is no object has the path ''. */
export function dottedFields(value: Json, path = ''): [path: string, value: Json][] {
  if (!isObject(value) || Object.keys(value).length === 0) return [[path, value]]
  return Object.entries(value).flatMap(([name, inner]) => dottedFields(inner, path === '' ? name : `${path}.${name}`))
}

/** The value at a path, whether a leaf or not; undefined if there is none. A name may have dots itself. */
export function fieldAt(value: Json | undefined, path: string): Json | undefined {
  if (path === '') return value
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, path)) return value[path]
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const found = Object.hasOwn(value, path.slice(0, dot)) && fieldAt(value[path.slice(0, dot)], path.slice(dot + 1))
    if (found !== false && found !== undefined) return found
  }
  return undefined
}
