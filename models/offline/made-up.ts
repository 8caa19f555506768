/** Made-up JSON that meets a schema: the same for the same prompt, with words of the prompt in its texts. */
import { hash } from 'node:crypto'
import type { CompilePattern } from '../../core/answers/schema-patterns.ts'
import { isObject, type Json } from '../../core/text/json.ts'
import { type Choose, textFor } from './text-matching-pattern.ts'

type Schema = { [key: string]: Json }

/** Beyond this depth arrays are empty, optional properties are left out and the simplest shape is taken, so that a schema that contains itself ends. */
const deepest = 12

export class MadeUp {
  readonly #prompt: string
  readonly #words: string[]
  readonly #root: Schema
  readonly #patterns: CompilePattern | null

  /** `patterns`: the engine that checks a text made for a pattern; null for a schema without any. */
  constructor(prompt: string, schema: Schema, patterns: CompilePattern | null = null) {
    this.#patterns = patterns
    this.#prompt = prompt
    this.#words = prompt.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? []
    this.#root = schema
  }

  /** A value for the schema; `path` makes the choices in different places differ. */
  value(schema: Json = this.#root, path = ''): Json {
    if (!isObject(schema)) return this.text(path)
    if (schema.const !== undefined) return schema.const
    if (Array.isArray(schema.enum)) return schema.enum[this.number(path, schema.enum.length)] ?? null
    if (typeof schema.$ref === 'string') return this.value(this.#at(schema.$ref), `${path}>`)
    const choices = schema.anyOf ?? schema.oneOf
    if (Array.isArray(choices)) return this.value(this.#choice(choices, path), `${path}|`)
    if (Array.isArray(schema.allOf)) return this.value(this.#together(schema), path)
    const type = Array.isArray(schema.type) ? this.#choice(schema.type, path) : schema.type
    if (type === 'object' || schema.properties !== undefined) return this.#object(schema, path)
    if (type === 'array') return this.#array(schema, path)
    if (type === 'integer' || type === 'number') return this.#amount(schema, path)
    if (type === 'boolean') return this.number(path, 2) === 1
    return type === 'null' ? null : this.#string(schema, path)
  }

  /** A whole number below `below`, decided by the prompt and the path. */
  number(path: string, below: number): number {
    return Number.parseInt(hash('sha256', `${this.#prompt}\0${path}`).slice(0, 12), 16) % below
  }

  /** Three to eight words as they follow each other in the prompt. */
  text(path: string): string {
    if (this.#words.length === 0) return `Text ${this.number(path, 1000)}`
    const from = this.number(`${path}#from`, this.#words.length)
    const words = this.#words.slice(from, from + 3 + this.number(`${path}#length`, 6)).join(' ')
    return words.charAt(0).toUpperCase() + words.slice(1)
  }

  #object(schema: Schema, path: string): Json {
    const properties = isObject(schema.properties) ? schema.properties : {}
    const required = Array.isArray(schema.required) ? schema.required : []
    const wanted = (name: string) => depthOf(path) <= deepest || required.includes(name)
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => wanted(name))
        .map(([name, part]) => [name, this.value(part, `${path}/${name}`)]),
    )
  }

  #array(schema: Schema, path: string): Json {
    const least = typeof schema.minItems === 'number' ? schema.minItems : 0
    const most = typeof schema.maxItems === 'number' ? schema.maxItems : Infinity
    const usual = depthOf(path) > deepest ? 0 : 2 + this.number(path, 2)
    const length = Math.min(Math.max(least, usual), most)
    return Array.from({ length }, (_, at) => this.value(schema.items ?? {}, `${path}/${at}`))
  }

  #amount({ type, minimum, maximum, multipleOf }: Schema, path: string): Json {
    const least = typeof minimum === 'number' ? minimum : typeof maximum === 'number' ? Math.min(0, maximum) : 0
    const most = typeof maximum === 'number' ? maximum : least + 100
    const step = typeof multipleOf === 'number' ? multipleOf : type === 'integer' ? 1 : 0.5
    const first = Math.ceil(least / step)
    const count = Math.max(1, Math.floor(most / step) - first + 1)
    return Number(((first + this.number(path, count)) * step).toPrecision(12))
  }

  #string({ format, pattern, minLength, maxLength }: Schema, path: string): Json {
    if (typeof format === 'string') return this.#formatted(format, path)
    let draws = 0
    const choose = (count: number) => this.number(`${path}#${draws++}`, count)
    if (typeof pattern === 'string') return this.#matching(pattern, choose) ?? this.text(path)
    const text = this.text(path)
    const least = typeof minLength === 'number' ? minLength : 0
    const most = typeof maxLength === 'number' ? maxLength : Math.max(least, text.length)
    // JSON Schema counts code points, and half a surrogate pair is none.
    return [...text.padEnd(least, '.')].slice(0, most).join('')
  }

  #matching(pattern: string, choose: Choose): string | undefined {
    try {
      const text = textFor(pattern, choose)
      return text !== undefined && this.#patterns?.(pattern).test(text) ? text : undefined
    } catch {
      return undefined
    }
  }

  #formatted(format: string, path: string): string {
    const part = (name: string, below: number) => String(this.number(`${path}#${name}`, below))
    const two = (name: string, below: number, from = 0) =>
      String(from + this.number(`${path}#${name}`, below)).padStart(2, '0')
    const date = `20${two('year', 30, 10)}-${two('month', 12, 1)}-${two('day', 28, 1)}`
    const time = `${two('hour', 24)}:${two('minute', 60)}:00Z`
    const name = (this.text(path)
      .toLowerCase()
      .match(/[a-z0-9]+/) ?? ['example'])[0].slice(0, 20)
    const hex = hash('sha256', `${this.#prompt}\0${path}`)
    const texts: Record<string, string> = {
      date,
      time,
      'date-time': `${date}T${time}`,
      duration: `PT${part('minutes', 90)}M`,
      email: `${name}@example.com`,
      hostname: `${name}.example.com`,
      uri: `https://example.com/${name}`,
      ipv4: `192.0.2.${part('host', 256)}`,
      ipv6: `2001:db8::${hex.slice(0, 4)}`,
      uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    }
    return texts[format] ?? this.text(path)
  }

  /** One of several shapes or types; deep down the one that nests least. */
  #choice(choices: Json[], path: string): Json {
    if (depthOf(path) <= deepest) return choices[this.number(`${path}?`, choices.length)] ?? null
    const nests = (choice: Json) => /\$ref|object|array/.test(JSON.stringify(choice))
    return choices.find((choice) => !nests(choice)) ?? choices[0] ?? null
  }

  #together({ allOf, ...rest }: Schema): Schema {
    const parts = (allOf as Json[]).map((part) =>
      isObject(part) && typeof part.$ref === 'string' ? this.#at(part.$ref) : part,
    )
    const objects = [rest, ...parts.filter(isObject)]
    const properties = Object.assign({}, ...objects.map((part) => part.properties))
    return Object.assign({}, ...objects, Object.keys(properties).length > 0 && { properties })
  }

  #at(reference: string): Json {
    let place: Json | undefined = this.#root
    for (const part of reference.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
      place = isObject(place) ? place[key] : Array.isArray(place) ? place[Number(key)] : undefined
    }
    return place ?? {}
  }
}

function depthOf(path: string): number {
  return path.replace(/[^/>|]/g, '').length
}
