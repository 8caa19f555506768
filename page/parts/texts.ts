/** Answers as JSON text and back, without losing a digit that a double cannot hold. */
import type { Json } from '../api/shapes.ts'

/** A number as it was written, if JavaScript would write it in another way. */
export class RawNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** As it was written, in browsers that can write it. */
  toJSON(): unknown {
    return 'rawJSON' in JSON ? (JSON.rawJSON as (text: string) => unknown)(this.text) : Number(this.text)
  }
}

export type Value = null | boolean | number | string | RawNumber | Value[] | { [name: string]: Value }

/** Throws SyntaxError. */
export function parsed(text: string): Value {
  return JSON.parse(text, ((_key: string, value: unknown, { source = '' }: { source?: string } = {}) =>
    typeof value === 'number' && source !== '' && String(value) !== source ? new RawNumber(source) : value) as never)
}

export function written(value: Value, indent = 0, depth = 0): string {
  if (value instanceof RawNumber) return value.text
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const parts = Array.isArray(value)
    ? value.map((entry) => written(entry, indent, depth + 1))
    : Object.entries(value).map(
        ([name, entry]) => `${JSON.stringify(name)}:${indent > 0 ? ' ' : ''}${written(entry, indent, depth + 1)}`,
      )
  if (parts.length === 0) return `${open}${close}`
  if (indent === 0) return `${open}${parts.join(',')}${close}`
  const line = `\n${' '.repeat(indent * (depth + 1))}`
  return `${open}${line}${parts.join(`,${line}`)}\n${' '.repeat(indent * depth)}${close}`
}

/** In one line, for a cell of the table. */
export function inACell(value: Json | undefined): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
