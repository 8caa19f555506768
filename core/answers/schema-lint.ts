/**
 * Finds what the provider's structured outputs cannot compile in a JSON Schema, before anything is paid for. Over 200 lines: one walk whose
 * checks share the pointer, the counts and the references they find.
 */
import type { SchemaRules } from '../provider.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { nearest } from '../text/nearest.ts'
import { existsAt, type Schema, subschemas } from './schema-parts.ts'

/** Everything in a schema that the API cannot compile: each a sentence that begins with its JSON pointer (`#/properties/a`). */
export function lintSchema(schema: unknown, rules: SchemaRules): string[] {
  if (!isObject(schema)) return ['# is not an object. A JSON Schema is a JSON object with a type.']
  const lint = new Lint(schema, rules)
  if (schema.type !== 'object' && schema.$ref === undefined) {
    lint.problem(
      '#',
      `has ${schema.type === undefined ? 'no type' : `type ${jsonText(schema.type)}`}; the root must be type "object". Put the value in a property of an object.`,
    )
  }
  lint.walk(schema, '#')
  lint.checkCycles()
  lint.checkCounts()
  return lint.problems
}

class Lint {
  readonly problems: string[] = []
  readonly #root: Schema
  readonly #rules: SchemaRules
  #optional = 0
  #unions = 0
  /** Which pointers a schema leads to, by its own pointer: its parts and its $ref. */
  readonly #leadsTo = new Map<string, string[]>()
  readonly #references: [from: string, to: string][] = []

  constructor(root: Schema, rules: SchemaRules) {
    this.#root = root
    this.#rules = rules
  }

  problem(pointer: string, text: string): void {
    this.problems.push(`${pointer} ${text}`)
  }

  walk(schema: Json, pointer: string): void {
    if (!isObject(schema)) {
      this.problem(pointer, `is ${jsonText(schema)}; expected a schema object with a type.`)
      return
    }
    for (const key of Object.keys(schema)) this.#checkKeyword(key, pointer)
    this.#checkType(schema, pointer)
    this.#checkReference(schema, pointer)
    this.#checkObject(schema, pointer)
    this.#checkArray(schema, pointer)
    this.#checkText(schema, pointer)
    this.#checkValues(schema, pointer)
    const parts = subschemas(schema, pointer)
    this.#leadsTo.set(pointer, [...(this.#leadsTo.get(pointer) ?? []), ...parts.map(([, place]) => place)])
    for (const [part, place] of parts) this.walk(part, place)
  }

  #checkKeyword(key: string, pointer: string): void {
    const { understood, insteadOf } = this.#rules
    if (understood.has(key) || (key === '$schema' && pointer === '#')) return
    const meant = nearest(key, understood, 1)[0]
    const remedy = insteadOf.get(key) ?? (meant ? `did you mean ${meant}?` : 'say it in description instead.')
    this.problem(pointer, `has ${key}, which structured outputs do not support: ${remedy}`)
  }

  #checkType(schema: Schema, pointer: string): void {
    const { type } = schema
    const { types } = this.#rules
    if (type === undefined) {
      if (!['anyOf', 'allOf', 'enum', 'const', '$ref'].some((key) => key in schema) && pointer !== '#') {
        this.problem(pointer, 'has no type. Give it one, or anyOf, enum or const.')
      }
      return
    }
    if (Array.isArray(type)) this.#unions++
    for (const one of Array.isArray(type) ? type : [type]) {
      if (!types.includes(one as string))
        this.problem(pointer, `has type ${jsonText(one)}; expected one of ${types.join(', ')}.`)
    }
  }

  #checkReference(schema: Schema, pointer: string): void {
    if (Array.isArray(schema.anyOf)) this.#unions++
    for (const part of Array.isArray(schema.allOf) ? schema.allOf : []) {
      if (isObject(part) && '$ref' in part)
        this.problem(
          `${pointer}/allOf`,
          'has a $ref inside, which structured outputs do not support: write its properties here.',
        )
    }
    const reference = schema.$ref
    if (reference === undefined) return
    if (typeof reference !== 'string' || !reference.startsWith('#')) {
      this.problem(
        pointer,
        `has $ref ${jsonText(reference)}; only references inside this schema ("#/$defs/…") are supported. Copy the other schema into $defs.`,
      )
    } else if (!existsAt(this.#root, reference)) {
      this.problem(pointer, `has $ref ${jsonText(reference)}, and there is nothing at that place. Define it in $defs.`)
    } else {
      this.#references.push([pointer, reference])
      this.#leadsTo.set(pointer, [reference])
    }
  }

  #checkObject(schema: Schema, pointer: string): void {
    const properties = schema.properties
    const isObjectSchema =
      schema.type === 'object' ||
      (Array.isArray(schema.type) && schema.type.includes('object')) ||
      properties !== undefined
    if (!isObjectSchema) return
    if (schema.additionalProperties !== false) {
      const found =
        schema.additionalProperties === undefined ? 'lacks additionalProperties' : 'allows additionalProperties'
      this.problem(
        pointer,
        `${found}. Every object needs additionalProperties: false; for free keys use an array of {key, value} objects.`,
      )
    }
    const names = isObject(properties) ? Object.keys(properties) : []
    const required = Array.isArray(schema.required) ? schema.required : []
    this.#optional += names.filter((name) => !required.includes(name)).length
    for (const name of required) {
      if (!names.includes(name as string))
        this.problem(pointer, `requires ${jsonText(name)}, which is not in properties. Describe it there.`)
    }
  }

  #checkArray(schema: Schema, pointer: string): void {
    const least = schema.minItems
    if (least !== undefined && least !== 0 && least !== 1) {
      this.problem(
        pointer,
        `has minItems ${jsonText(least)}; only 0 and 1 are supported: say it in description instead.`,
      )
    }
    if (schema.type === 'array' && schema.items === undefined)
      this.problem(pointer, 'has no items. Describe what the array holds.')
  }

  #checkText(schema: Schema, pointer: string): void {
    const { format, pattern } = schema
    const { formats } = this.#rules
    if (format !== undefined && !formats.includes(format as string)) {
      this.problem(
        pointer,
        `has format ${jsonText(format)}; supported are ${formats.join(', ')}. Say any other in description.`,
      )
    }
    if (typeof pattern !== 'string') return
    const unsupported = /\(\?[=!<]|\\[1-9bBk]/.exec(pattern)?.[0]
    if (unsupported !== undefined) {
      this.problem(
        pointer,
        `has a pattern with ${unsupported}; lookarounds, backreferences, named groups and word boundaries are not supported. Use a simpler pattern.`,
      )
    } else if (!isRegExp(pattern)) {
      this.problem(pointer, `has a pattern that is no regular expression: ${pattern}. Correct it.`)
    }
  }

  #checkValues(schema: Schema, pointer: string): void {
    const values = [
      ...(Array.isArray(schema.enum) ? schema.enum : []),
      ...('const' in schema ? [schema.const as Json] : []),
    ]
    if (values.some((value) => Array.isArray(value) || isObject(value))) {
      this.problem(
        pointer,
        'has an enum or const with an array or object; only text, numbers, true, false and null are supported.',
      )
    }
    if (Array.isArray(schema.enum) && schema.enum.length === 0)
      this.problem(pointer, 'has an empty enum. List its values.')
  }

  checkCycles(): void {
    for (const [from, to] of this.#references) {
      if (this.#reaches(to, from))
        this.problem(
          from,
          `has $ref ${jsonText(to)}, which contains itself: recursion is not supported. Write out as many levels as you need.`,
        )
    }
  }

  #reaches(from: string, target: string): boolean {
    const seen = new Set<string>()
    const open = [from]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (place === target) return true
      if (seen.has(place)) continue
      seen.add(place)
      open.push(...(this.#leadsTo.get(place) ?? []))
    }
    return false
  }

  checkCounts(): void {
    const { mostOptional, mostUnions } = this.#rules
    if (this.#optional > mostOptional) {
      this.problem(
        '#',
        `has ${this.#optional} optional properties; at most ${mostOptional} are supported. List more of them in required.`,
      )
    }
    if (this.#unions > mostUnions) {
      this.problem(
        '#',
        `has ${this.#unions} places with anyOf or several types; at most ${mostUnions} are supported. Give more of them one type.`,
      )
    }
  }
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}
