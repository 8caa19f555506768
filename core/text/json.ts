/** JSON in and out without losing a digit: numbers that JavaScript would change (1e400, 64-bit integers, 1.10) keep their source text. */

export type Json = null | boolean | number | string | ExactNumber | Json[] | { [key: string]: Json }

/** A number kept as its source text, as `JSON.rawJSON` makes it. */
export interface ExactNumber {
  readonly rawJSON: string
}

// TypeScript's library does not know these two yet (ES2026, in Node since 22).
const json = JSON as typeof JSON & {
  rawJSON(text: string): ExactNumber
  isRawJSON(value: unknown): value is ExactNumber
}

// Only a text with 16 digits in a number, an exponent, zeros at the end or six at the beginning of decimals, or a -0
// can hold a number that changes.
const mayChange = /(?:\d\.?){16}|\d[eE]|\.\d*0(?!\d)|\.0{6}|-0/

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown
const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' && context.source !== undefined && String(value) !== context.source
    ? json.rawJSON(context.source)
    : value

/** Parses JSON text. Numbers that a double cannot hold to the digit become {@link ExactNumber}. Throws SyntaxError. */
export function parseJson(text: string): Json {
  if (!mayChange.test(text)) return JSON.parse(text)
  return JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1])
}

/** JSON text of a value, digits as in the source. `indent` 2 is how documents are written, 0 is one line. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent)
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return json.isRawJSON(value)
}

/** Whether a value is a JSON object: not null, not an array, not a number kept exactly. */
export function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)
}

/** JSON on one line as people write it in prose: `["a", "b"]`, `{"a": 1}`. The form of a value in a prompt. */
export function inlineJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(inlineJson).join(', ')}]`
  if (!isObject(value)) return jsonText(value)
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${inlineJson(inner)}`)
    .join(', ')}}`
}

/** Indents a pretty-printed value as an element of a pretty-printed array: two more spaces. JSON strings hold no line ends. */
export function intoArray(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

export function outOfArray(text: string): string {
  return text.replaceAll('\n  ', '\n')
}
