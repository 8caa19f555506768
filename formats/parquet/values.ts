/** What a Parquet column holds, as JSON: every digit of a number, dates as ISO text. */
import type { SchemaElement } from 'hyparquet'
import { isExactNumber, type Json, parseJson } from '../../core/text/json.ts'

/** Parsers of single values, in the words of hyparquet. */
export const parsers = {
  dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: (millis: bigint) => timestamp(BigInt(millis) * 1_000_000n),
  timestampFromMicroseconds: (micros: bigint) => timestamp(BigInt(micros) * 1000n),
  timestampFromNanoseconds: (nanos: bigint) => timestamp(BigInt(nanos)),
  jsonFromBytes: (bytes: Uint8Array) => bytes && parseJson(new TextDecoder().decode(bytes)),
}

/** `2026-03-02T09:15:00`, with as many decimals as there are. */
function timestamp(nanos: bigint): string {
  const second = 1_000_000_000n
  const rest = ((nanos % second) + second) % second
  const whole = new Date(Number((nanos - rest) / 1_000_000n)).toISOString().slice(0, -5)
  return rest === 0n ? whole : `${whole}.${decimals(rest, 9)}`
}

function decimals(value: bigint, digits: number): string {
  return String(value).padStart(digits, '0').replace(/0+$/, '')
}

/** How the values of a column become JSON. Changes the column's element, so that decimals come with all their digits. */
export function reader(element: SchemaElement): (value: unknown) => Json {
  const { converted_type, logical_type, type, scale = 0 } = element
  if (converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') {
    delete element.converted_type
    delete element.logical_type
    return (value) => (value == null ? null : parseJson(scaled(integer(value), scale)))
  }
  if (converted_type === 'TIME_MILLIS' || converted_type === 'TIME_MICROS' || logical_type?.type === 'TIME')
    return (value) => (value == null ? null : time(integer(value), unitOf(element)))
  if (logical_type?.type === 'TIMESTAMP' && logical_type.isAdjustedToUTC)
    return (value) => (value == null ? null : `${value}Z`)
  if (converted_type === 'JSON' || logical_type?.type === 'JSON') {
    delete element.converted_type
    return (value) => (typeof value === 'string' ? parseJson(value) : null)
  }
  if (type === 'FLOAT') return (value) => (value == null ? null : toJson(shortest(value as number)))
  return toJson
}

function unitOf({ converted_type, logical_type }: SchemaElement): bigint {
  const unit =
    logical_type?.type === 'TIME' ? logical_type.unit : converted_type === 'TIME_MILLIS' ? 'MILLIS' : 'MICROS'
  return { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n }[unit]
}

function time(value: bigint, unit: bigint): string {
  const seconds = value / unit
  const two = (part: bigint) => String(part).padStart(2, '0')
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  return value % unit === 0n ? clock : `${clock}.${decimals(value % unit, String(unit).length - 1)}`
}

/** A whole number, or the bytes of one: two's complement, the highest byte first. */
function integer(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  const hex = Buffer.from(value).toString('hex')
  return BigInt.asIntN(value.length * 8, BigInt(`0x${hex || '0'}`))
}

/** `1.10` of 110 with a scale of 2. */
function scaled(value: bigint, scale: number): string {
  if (scale <= 0) return `${value}${'0'.repeat(-scale)}`
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The shortest number that has the same 32 bits: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

/** JSON has no number that is none, or endless: both are null. */
function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return parseJson(String(value))
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (ArrayBuffer.isView(value) || Array.isArray(value))
    return Array.from(value as unknown as Iterable<unknown>, toJson)
  if (typeof value !== 'object' || isExactNumber(value)) return value as Json
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]))
}
