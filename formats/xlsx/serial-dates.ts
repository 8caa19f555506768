/** Dates in a workbook are numbers of days with a format; here they become ISO text, as precise as the format shows them. */

export type DateShape = 'date' | 'time' | 'both' | 'elapsed'

/** Formats that every spreadsheet program knows by number, those of East Asia included. */
function builtIn(id: number): DateShape | null {
  if (id === 22) return 'both'
  if (id === 46) return 'elapsed'
  if ((id >= 18 && id <= 21) || id === 45 || id === 47) return 'time'
  const isDate = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)
  return isDate ? 'date' : null
}

/** What a number format shows: null if it is no date. `code`: that of the workbook, if it has one of its own. */
export function dateShape(id: number, code: string | undefined): DateShape | null {
  if (code === undefined) return builtIn(id)
  // Only the format of positive numbers, without texts in quotes, single characters, and what stands in brackets but elapsed time.
  const bare = code
    .split(';')[0]!
    .replaceAll(/"[^"]*"|\\.|[_*]./g, '')
    .replaceAll(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .replaceAll(/general|am\/pm|a\/p/gi, '')
    .toLowerCase()
  if (/\[(h+|m+|s+)\]/.test(bare)) return 'elapsed'
  const hasDay = /[dy]/.test(bare) || (bare.includes('m') && !/[hs]/.test(bare))
  const hasTime = /[hs]/.test(bare)
  return hasDay ? (hasTime ? 'both' : 'date') : hasTime ? 'time' : null
}

const dayMs = 86_400_000

/** The text of a serial number: `2026-03-02`, `2026-03-02T09:15:00` or `09:15:00`; null if there is no such date. */
export function dateText(serial: number, shape: DateShape, from1904: boolean): string | null {
  if (shape === 'elapsed') return serial < 0 ? null : clock(Math.round(serial * dayMs))
  // Spreadsheets have a February 29 in 1900.
  const days = from1904 ? serial + 1462 : serial < 60 && serial >= 1 ? serial + 1 : serial
  const date = new Date(Math.round((days - 25_569) * dayMs))
  if (serial < 0 || Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return null
  const [day = '', time = ''] = date
    .toISOString()
    .replace(/\.000Z$|Z$/, '')
    .split('T')
  if (shape === 'time' && serial < 1) return time
  return shape === 'date' && Number.isInteger(serial) ? day : `${day}T${time}`
}

function clock(ms: number): string {
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ]
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(hours)}:${two(minutes)}:${two(seconds)}`
}
