/** Replies that are being kept: some at once, since a store may take as long for one as for hundreds. */

/** So many replies, or characters of them, are under way at most. */
const most = { replies: 1000, characters: 4_000_000 }

export interface Received {
  kept: Promise<void>
  characters: number
}

export class Receiving {
  #underWay: Promise<void>[] = []
  #characters = 0

  /** Resolves when the next one may come. Throws what keeping throws. */
  async add(received: Received | null): Promise<void> {
    if (received === null) return
    const { kept, characters } = received
    // Told at the end, which comes for all of them.
    kept.catch(() => {})
    this.#underWay.push(kept)
    this.#characters += characters
    if (this.#underWay.length >= most.replies || this.#characters >= most.characters) await this.end()
  }

  /** Resolves when all are kept. Throws what keeping throws. */
  async end(): Promise<void> {
    const kept = this.#underWay
    this.#underWay = []
    this.#characters = 0
    await Promise.all(kept)
  }
}
