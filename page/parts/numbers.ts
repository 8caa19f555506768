/** Numbers and times as people read them. */

const whole = new Intl.NumberFormat('en-US')
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export const counted = (value: number) => whole.format(value)
export const compact = (value: number) => short.format(value)

/** `1 item`, `2 items`. */
export function plural(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** USD with as many digits as tell something. */
export function dollars(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return '–'
  if (usd === 0) return '$0'
  return `$${usd.toFixed(usd < 0.01 ? 5 : usd < 1 ? 4 : 2)}`
}

export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ms`
  if (value < 60) return `${value.toFixed(1)} s`
  const minutes = Math.floor(value / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(value % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `28 Nov, 14:03`, in the reader's time zone. */
export function when(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return `${day}, ${date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`
}
