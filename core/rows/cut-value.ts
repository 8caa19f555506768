/** Cuts what is too long for a row out of a value: whole, it is shown by itself. */
import { isObject, type Json } from '../text/json.ts'

/** Characters of a text, entries of a list or an object. */
const longestText = 300
const mostEntries = 50

export function cutValue(value: Json): { value: Json; isCut: boolean } {
  let isCut = false
  return { value: cut(value), isCut }

  function cut(inner: Json): Json {
    if (typeof inner === 'string') return shortened(inner)
    if (Array.isArray(inner)) return few(inner).map(cut)
    if (!isObject(inner)) return inner
    return Object.fromEntries(few(Object.entries(inner)).map(([name, field]) => [name, cut(field)]))
  }

  function few<T>(entries: T[]): T[] {
    if (entries.length <= mostEntries) return entries
    isCut = true
    return entries.slice(0, mostEntries)
  }

  function shortened(text: string): string {
    if (text.length <= longestText) return text
    isCut = true
    // Not in the middle of a character of two units.
    return `${text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/, '')}…`
  }
}
