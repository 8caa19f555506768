/** How amounts stand in a text: thousands apart, and as many digits of money as say something. */
import type { Range } from '../core/money/range.ts'

/** `51,204`. By hand if it is a whole number: what Intl needs takes 15 ms to load, a tenth of a short command. */
export function countText(count: number): string {
  return Number.isSafeInteger(count) ? String(count).replace(/\B(?=(\d{3})+$)/g, ',') : count.toLocaleString('en-US')
}

/** `$12.35`, `$0.0093`, `$0.000012`: cents from a dollar up, four decimals below, two digits of what is smaller still. */
export function moneyText(usd: number): string {
  const amount = Math.abs(usd)
  const digits =
    amount >= 1 ? inCents(amount) : amount >= 0.0001 || amount === 0 ? amount.toFixed(4) : inFewDigits(amount)
  return `${usd < 0 ? '-' : ''}$${digits}`
}

const inCents = formatted({ minimumFractionDigits: 2, maximumFractionDigits: 2 })
const inFewDigits = formatted({ maximumSignificantDigits: 2 })

/** What Intl makes of a number; it is asked for once, when it is needed: `toLocaleString` asks at each call, a quarter of a millisecond. */
function formatted(options: Intl.NumberFormatOptions): (number: number) => string {
  let format: Intl.NumberFormat | undefined
  return (number) => {
    format ??= new Intl.NumberFormat('en-US', options)
    return format.format(number)
  }
}

/** `15.2s`. */
export function secondsText(seconds: number): string {
  return `${seconds.toFixed(1)}s`
}

/** `+1,204`, `-20`, `+0`. */
export function signed(amount: number, text: (amount: number) => string): string {
  return amount < 0 ? text(amount) : `+${text(amount)}`
}

/** `$1.20 ($0.90 to $2.10)`; the amount alone if nothing is open. */
export function rangeText({ low, likely, high }: Range, amount: (amount: number) => string): string {
  const [from, about, to] = [amount(low), amount(likely), amount(high)]
  return from === to ? about : `${about} (${from} to ${to})`
}

/** The same for money: all in cents if every amount has some and one is a dollar or more. */
export function moneyRangeText(range: Range): string {
  const cents = (usd: number) => `$${inCents(usd)}`
  return rangeText(range, range.low >= 0.1 && range.high >= 1 ? cents : moneyText)
}

/** `618 MB`, `1.2 GB`, `0 B`: two digits at least, in powers of 1,000. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let amount = bytes
  let unit = 0
  for (; amount >= 999.5 && unit < units.length - 1; unit++) amount /= 1000
  return `${amount < 9.95 && unit > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`
}
