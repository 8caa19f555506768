/** An amount that is not known yet: the least, the likely and the most that it may come to. */

export interface Range {
  low: number
  likely: number
  high: number
}

export const nothing: Range = { low: 0, likely: 0, high: 0 }

export function exactly(amount: number): Range {
  return { low: amount, likely: amount, high: amount }
}

/** The sum if everything comes out low, likely or high together: it is never too narrow. */
export function sumOf(ranges: readonly Range[]): Range {
  return combined(ranges, (amounts) => amounts.reduce((sum, amount) => sum + amount, 0))
}

export function times({ low, likely, high }: Range, factor: number): Range {
  return { low: low * factor, likely: likely * factor, high: high * factor }
}

/** Calls `make` with the low ends of all, then with the likely amounts, then with the high ends. */
export function combined(ranges: readonly Range[], make: (amounts: number[]) => number): Range {
  return {
    low: make(ranges.map(({ low }) => low)),
    likely: make(ranges.map(({ likely }) => likely)),
    high: make(ranges.map(({ high }) => high)),
  }
}

/** To whole `parts` of one: 1 for whole numbers, 100 for cents. */
export function rounded(range: Range, parts = 1): Range {
  return combined([range], ([amount = 0]) => Math.round(amount * parts) / parts)
}
