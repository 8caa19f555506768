/** How amounts stand in a text: thousands apart, and as many digits of money as say something. */

/** `51,204`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

/** `$12.35`, `$0.0093`, `$0.000012`: cents from a dollar up, four decimals below, two digits of what is smaller still. */
export function moneyText(usd: number): string {
  const amount = Math.abs(usd)
  const digits =
    amount >= 1
      ? amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
      : amount >= 0.0001 || amount === 0
        ? amount.toFixed(4)
        : amount.toLocaleString('en-US', { maximumSignificantDigits: 2 })
  return `${usd < 0 ? '-' : ''}$${digits}`
}

/** `15.2s`. */
export function secondsText(seconds: number): string {
  return `${seconds.toFixed(1)}s`
}

/** `+1,204`, `-20`, `+0`. */
export function signed(amount: number, text: (amount: number) => string): string {
  return amount < 0 ? text(amount) : `+${text(amount)}`
}
