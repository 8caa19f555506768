/** Regular expressions whose time grows with the length of the text only: no pattern and no answer can hold up a run. */
import { RE2JS } from 're2js'

/** What Ajv asks of a compiled pattern. `toString` tells patterns apart. */
export interface LinearPattern {
  test(text: string): boolean
  toString(): string
}

/**
 * Compiles a pattern of JSON Schema, which is one of JavaScript with the flag `u`. Throws an Error that says what the engine
 * lacks: look-around, references back, more than 1,000 repetitions, long names of Unicode properties.
 */
export function linearPattern(source: string): LinearPattern {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(inItsWords(source)))
  return { test: (text) => compiled.test(text), toString: () => `/${source}/u` }
}

/** A match, as `RegExp` gives it. */
export interface FoundMatch {
  index: number
  /** The match itself, then its groups; undefined for a group that took no part. */
  groups: (string | undefined)[]
}

/**
 * Compiles a regular expression of JavaScript, with the flags i and m, for searches from a position onwards. Throws as
 * {@link linearPattern} does.
 */
export function linearSearch({ source, flags }: Pick<RegExp, 'source' | 'flags'>) {
  const ignoreCase = flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0
  const manyLines = flags.includes('m') ? RE2JS.MULTILINE : 0
  const compiled = RE2JS.compile(RE2JS.translateRegExp(inItsWords(source)), ignoreCase | manyLines)
  return (text: string, from: number): FoundMatch | null => {
    const matcher = compiled.matcher(text)
    if (!matcher.find(from)) return null
    const count = matcher.groupCount()
    const groups = Array.from({ length: count + 1 }, (_, at) => matcher.group(at) ?? undefined)
    return { index: matcher.start(), groups }
  }
}

const blanks = '\\s\\x{b}\\x{a0}\\x{feff}\\x{2028}\\x{2029}\\p{Zs}'
const lineEnds = '\\n\\r\\x{2028}\\x{2029}'

/** What means more, or is called otherwise, in JavaScript than in RE2. */
function inItsWords(source: string): string {
  let inClass = false
  return source.replaceAll(/\\[pP]\{(?:\w+=)?(\w+)\}|\\.|[[\].]/gsu, (piece, property?: string) => {
    if (property !== undefined) return `${piece.slice(0, 2)}{${property}}`
    if (piece === '\\s') return inClass ? blanks : `[${blanks}]`
    if (piece === '\\S' && !inClass) return `[^${blanks}]`
    if (piece === '.' && !inClass) return `[^${lineEnds}]`
    if (piece === '[') inClass = true
    if (piece === ']') inClass = false
    return piece
  })
}
