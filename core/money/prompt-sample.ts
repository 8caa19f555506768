/**
 * A sample of the prompts of a step, by their length: hundreds of thousands go by and a few of each length are held. Which ones
 * follows from their order alone, so that the same input is always judged by the same sample.
 */

/** Prompts of about one length: the longest is at most about half as long again as the shortest. */
export interface Stratum {
  prompts: number
  /** UTF-8 bytes of all of them. */
  bytes: number
  /** Some of them, spread over all. */
  held: readonly HeldPrompt[]
}

export interface HeldPrompt {
  prompt: string
  bytes: number
}

// As many of one length as are ever counted; of very long ones fewer, so that megabytes of text are held and not hundreds.
const mostHeld = 48
const mostHeldLong = 8
const long = 256 * 1024

export class PromptSample {
  readonly #strata = new Map<number, GrowingStratum>()

  add(prompt: string): void {
    const bytes = Buffer.byteLength(prompt)
    const length = Math.round(Math.log2(bytes + 1) * 2)
    let stratum = this.#strata.get(length)
    if (stratum === undefined) {
      stratum = new GrowingStratum(bytes > long ? mostHeldLong : mostHeld)
      this.#strata.set(length, stratum)
    }
    stratum.add({ prompt, bytes })
  }

  /** Shortest prompts first. */
  strata(): Stratum[] {
    const byLength = [...this.#strata].sort(([a], [b]) => a - b)
    return byLength.map(([, { prompts, bytes, held }]) => ({ prompts, bytes, held }))
  }
}

/** The part of the golden ratio behind the point: multiples of it, without their whole part, lie evenly between 0 and 1. */
const golden = 0.6180339887498949

class GrowingStratum {
  prompts = 0
  bytes = 0
  readonly #most: number
  /** Lowest key first. */
  #held: (HeldPrompt & { key: number })[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Holds those with the lowest keys: at any time they are spread evenly over all that went by. */
  add(prompt: HeldPrompt): void {
    this.prompts += 1
    this.bytes += prompt.bytes
    const key = (this.prompts * golden) % 1
    if (this.#held.length === this.#most && key > this.#held.at(-1)!.key) return
    const at = this.#held.findIndex((one) => one.key > key)
    this.#held.splice(at === -1 ? this.#held.length : at, 0, { ...prompt, key })
    this.#held.length = Math.min(this.#held.length, this.#most)
  }

  get held(): HeldPrompt[] {
    return this.#held.map(({ prompt, bytes }) => ({ prompt, bytes }))
  }
}

/** Which of the held prompts to count, at most about `most`: each length by its share of all text, none left out. */
export function chosenOf(strata: readonly Stratum[], most: number): (Stratum & { chosen: readonly HeldPrompt[] })[] {
  const all = strata.reduce((sum, { bytes }) => sum + bytes, 0)
  return strata.map((stratum) => {
    const share = Math.max(2, Math.round((most * stratum.bytes) / Math.max(1, all)))
    return { ...stratum, chosen: stratum.held.slice(0, share) }
  })
}
