/** JSON Pointers (RFC 6901): what they lead to. Only what a value holds itself is found, never what JavaScript adds to it. */
import { isObject, type Json } from './json.ts'

/** The parts of a pointer. */
export function pointerParts(pointer: string): string[] {
  if (pointer === '' || pointer === '/') return []
  return pointer
    .replace(/^\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value to which a pointer leads, or undefined if it leads nowhere. */
export function valueAt(whole: Json, pointer: string): Json | undefined {
  return pointerParts(pointer).reduce<Json | undefined>(inside, whole)
}

/** What a value holds under one part of a pointer: a field, or an element by its place from 0. */
export function inside(value: Json | undefined, part: string): Json | undefined {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(part) ? value[Number(part)] : undefined
  return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined
}
