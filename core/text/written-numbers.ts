/**
 * Numbers as a person wrote them in YAML or JSON. An id keeps its source text: `1.10` is a different id from `1.1`. If a number could
 * be meant too, or would lose digits, it is reported instead of taken.
 */
import { type Document, visit } from 'yaml'
import { pathText } from './issues.ts'
import { isExactNumber, isObject } from './json.ts'

/** A number whose source text says more than its value. It exists only while a request is read. */
class WrittenNumber {
  readonly source: string
  readonly value: number

  constructor(source: string, value: number) {
    this.source = source
    this.value = value
  }
}

/**
 * The value of a YAML document that was parsed with `intAsBigInt`. Numbers that {@link settleNumbers} will tell of stay marked for it.
 * Throws Error for an alias without its anchor, or too many aliases.
 */
export function yamlValueOf(document: Document.Parsed): unknown {
  visit(document, {
    Scalar(key, node) {
      const { value, source } = node
      if ((typeof value !== 'number' && typeof value !== 'bigint') || source === undefined) return
      const number = Number(value)
      if (source === String(number) && Number.isSafeInteger(number)) node.value = number
      else node.value = key === 'key' ? source : new WrittenNumber(source, number)
    },
  })
  return withNumbers(document.toJS(), (found, path) => {
    const { value, problem } = settledNumber(found, path)
    return problem === undefined ? value : found
  })
}

export interface Settled {
  value: unknown
  /** Sentences. */
  problems: string[]
}

/**
 * Says which ids of a request could be two, and which numbers of a schema lose digits; such an id becomes its text. `where` begins each
 * sentence: `pipelines/problems.yaml`.
 */
export function settleNumbers(value: unknown, where: string): Settled {
  const problems: string[] = []
  const settled = withNumbers(value, (found, path) => {
    const { value, problem } = settledNumber(found, path)
    if (problem !== undefined) problems.push(`${where}: ${pathText(path)} is ${problem}`)
    return value
  })
  return { value: settled, problems }
}

type Path = readonly PropertyKey[]

/** A copy of a value in which each number is what `settle` makes of it. Anything but plain data is left for others to refuse. */
function withNumbers(
  value: unknown,
  settle: (found: WrittenNumber | number, path: Path) => unknown,
  path: Path = [],
): unknown {
  if (value instanceof WrittenNumber || typeof value === 'number') return settle(value, path)
  if (Array.isArray(value)) return value.map((inner, at) => withNumbers(inner, settle, [...path, at]))
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withNumbers(inner, settle, [...path, key])]),
  )
}

function settledNumber(found: WrittenNumber | number, path: Path): { value: string | number; problem?: string } {
  const { source, value } = found instanceof WrittenNumber ? found : { source: null, value: found }
  if (path.includes('output_schema')) {
    if (isUnchanged(source, value)) return { value }
    return {
      value,
      problem: `${source ?? value}. A number keeps at most 15 or 16 digits, so another one would be sent${source === null ? '' : ` (${value})`}. Write one with fewer digits, or a text in quotes.`,
    }
  }
  if (!isId(path)) return { value }
  if (source === null) return Number.isSafeInteger(value) ? { value } : { value, problem: parsedIdProblem(value) }
  // An id of twenty digits can only mean its text.
  if (source === String(value) || /^-?[1-9]\d*$/.test(source)) return { value: source }
  return {
    value: source,
    problem: `${source}, which could be the id ${source} or the number ${plainText(value)}. Write the one that is meant in quotes: "${source}" or "${plainText(value)}".`,
  }
}

/** What is wrong with an id that was a number before it came here, so that its source text is gone. */
function parsedIdProblem(value: number): string {
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return `${value}. A number above ${Number.MAX_SAFE_INTEGER} may have lost digits, and would name another item. Write the id in quotes.`
  return `${value}. It may have been written ${value}0, which is another id. Write the id in quotes.`
}

const idLists = ['rerun_items', 'batch_only_items', 'batch_skip_items', 'ids']

function isId(path: Path): boolean {
  return typeof path.at(-1) === 'number' && idLists.includes(String(path.at(-2)))
}

function plainText(value: number): string {
  return Number.isInteger(value) && Number.isFinite(value) ? String(BigInt(value)) : String(value)
}

/** Whether a number is the one that was written, to the digit; of one without its source, whether it can be. */
function isUnchanged(source: string | null, value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  const written = source === null ? null : digitsOf(source)
  return written === null || written === digitsOf(String(value))
}

/** A number's digits and its exponent, in one spelling; null if it is not decimal (0x1F). */
function digitsOf(text: string): string | null {
  const [all, sign, whole = '', decimals = '', exponent = '0'] =
    /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  if (all === undefined) return null
  const digits = `${whole}${decimals}`.replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  if (kept === '') return '0'
  return `${sign === '-' ? '-' : ''}${kept}e${Number(exponent) - decimals.length + digits.length - kept.length}`
}

/** The numbers of a parsed JSON text as plain ones, with sentences about those that lose digits. */
export function plainNumbers(value: unknown, where: string): Settled {
  const { value: settled, problems } = settleNumbers({ output_schema: withExact(value) }, where)
  return { value: (settled as { output_schema: unknown }).output_schema, problems }
}

function withExact(value: unknown): unknown {
  if (isExactNumber(value)) return new WrittenNumber(value.rawJSON, Number(value.rawJSON))
  if (Array.isArray(value)) return value.map(withExact)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withExact(inner)]))
}
