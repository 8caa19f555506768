/** Sets fields of an answer by what a person types: `--set grade=4 author.name=Ada`. */
import { RequestRefused } from '../core/errors.ts'
import { isObject, type Json, parseJson } from '../core/text/json.ts'
import { didYouMean } from '../core/text/nearest.ts'

/**
 * A copy with the fields set. A field that is a text stays one; any other takes JSON, or what is typed as a text if it is none. Dots lead
 * into objects and arrays. Throws RequestRefused for a setting without `=`, or if there is nothing that it could be set in.
 */
export function withFieldsSet(answer: Json, settings: readonly string[]): Json {
  let changed = answer
  for (const setting of settings) {
    const [, path, typed] = /^([^=]+)=([\s\S]*)$/.exec(setting) ?? []
    if (path === undefined || typed === undefined)
      throw new RequestRefused([
        `--set ${setting} has no value. Expected field=value, such as --set title="A short title".`,
      ])
    if (typeof changed === 'string' && path === 'text') changed = typed
    else changed = withSet(changed, path, { typed, whole: path })
  }
  return changed
}

function withSet(holder: Json, path: string, set: { typed: string; whole: string }): Json {
  if (Array.isArray(holder)) {
    const [index = '', rest] = headOf(path)
    if (!/^\d+$/.test(index) || Number(index) >= holder.length)
      throw new RequestRefused([
        `--set ${set.whole}: there are ${holder.length} elements. Expected 0 to ${holder.length - 1} in the place of ${index}.`,
      ])
    return holder.with(
      Number(index),
      rest === undefined ? typedValue(set.typed, holder[Number(index)]) : withSet(holder[Number(index)]!, rest, set),
    )
  }
  if (!isObject(holder))
    throw new RequestRefused([`--set ${set.whole}: there are no fields in it. Give the whole answer with --answer.`])
  if (Object.hasOwn(holder, path)) return { ...holder, [path]: typedValue(set.typed, holder[path]) }
  const [name = '', rest] = headOf(path)
  if (rest === undefined) return { ...holder, [name]: typedValue(set.typed, undefined) }
  const inner = Object.hasOwn(holder, name) ? holder[name]! : undefined
  if (inner === undefined)
    throw new RequestRefused([`--set ${set.whole}: the answer has no ${name}.${didYouMean(name, Object.keys(holder))}`])
  return { ...holder, [name]: withSet(inner, rest, set) }
}

function headOf(path: string): [string, string | undefined] {
  const dot = path.indexOf('.')
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)]
}

function typedValue(typed: string, before: Json | undefined): Json {
  if (typeof before === 'string') return typed
  try {
    return parseJson(typed)
  } catch {
    return typed
  }
}
