/**
 * How amounts of many items are spread: their quartiles, and which lie far away from the others. Holds a histogram with eight steps a
 * doubling, and the few items at either end; never the amounts themselves.
 */

/** Items that are far away from the others. */
export interface FarOut {
  count: number
  /** The farthest ones. */
  ids: string[]
  /** The amount that is farthest out. */
  farthest: number
  /** In the middle of all. */
  middle: number
  /** Whether an amount, by its bucket, is one of them. */
  isOut: (bucket: number) => boolean
}

const exact = 16
const perDoubling = 8
const buckets = 512
/** As many ids as an oddity names. */
const named = 3

interface Named {
  amount: number
  id: string
}

export class Spread {
  readonly #counts = new Uint32Array(buckets)
  #count = 0
  readonly #highest: Named[] = []
  readonly #lowest: Named[] = []

  /** `amount`: 0 or more; fractions are dropped. */
  add(amount: number, id: string): void {
    const bucket = bucketOf(amount)
    this.#counts[bucket]! += 1
    this.#count += 1
    insert(this.#highest, { amount, id }, (one, other) => one > other)
    insert(this.#lowest, { amount, id }, (one, other) => one < other)
  }

  get count(): number {
    return this.#count
  }

  /** Those more than `times` as high as three quarters of all, and at least `least`. */
  above(times: number, least: number): FarOut | null {
    const beyond = bucketOf(Math.max(times * this.#quantile(0.75), least)) + 1
    let count = 0
    for (let bucket = beyond; bucket < buckets; bucket++) count += this.#counts[bucket]!
    return this.#farOut(count, this.#highest, (bucket) => bucket >= beyond)
  }

  /** Those less than one `times`-th of what three quarters of all have at least, if that is `least` or more. */
  below(times: number, least: number): FarOut | null {
    const quarter = this.#quantile(0.25)
    if (quarter < least) return null
    const end = bucketOf(quarter / times)
    let count = 0
    for (let bucket = 0; bucket < end; bucket++) count += this.#counts[bucket]!
    return this.#farOut(count, this.#lowest, (bucket) => bucket < end)
  }

  #farOut(count: number, ends: readonly Named[], isOut: FarOut['isOut']): FarOut | null {
    if (count === 0) return null
    const ids = ends.slice(0, count).map(({ id }) => id)
    return { count, ids, farthest: ends[0]!.amount, middle: this.#quantile(0.5), isOut }
  }

  /** About the amount below which this part of all lies: the end of its bucket. */
  #quantile(part: number): number {
    const wanted = part * this.#count
    let seen = 0
    for (let bucket = 0; bucket < buckets; bucket++) {
      seen += this.#counts[bucket]!
      if (seen >= wanted && seen > 0) return startOf(bucket)
    }
    return 0
  }
}

/** Keeps the first few by an order; of equal ones those that came first. */
function insert(ends: Named[], one: Named, isBefore: (amount: number, other: number) => boolean): void {
  const at = ends.findIndex(({ amount }) => isBefore(one.amount, amount))
  if (at < 0 && ends.length >= named) return
  ends.splice(at < 0 ? ends.length : at, 0, one)
  if (ends.length > named) ends.pop()
}

/** Which step of the histogram an amount is in. */
export function bucketOf(amount: number): number {
  if (amount < exact) return Math.floor(amount)
  return Math.min(buckets - 1, exact + Math.floor(Math.log2(amount / exact) * perDoubling))
}

/** The least amount of a bucket. */
function startOf(bucket: number): number {
  return bucket < exact ? bucket : Math.round(exact * 2 ** ((bucket - exact) / perDoubling))
}
