/** A growing column of words of which there are few, such as states: two bytes each. */
export class WordColumn {
  /** Every word that occurs, by its code. */
  readonly words: string[] = []
  #codes = new Uint16Array(1024)
  #length = 0

  push(word: string): void {
    if (this.#length === this.#codes.length) {
      const longer = new Uint16Array(this.#length * 2)
      longer.set(this.#codes)
      this.#codes = longer
    }
    this.set(this.#length++, word)
  }

  /** Puts another word in the place of the one at a row. */
  set(row: number, word: string): void {
    const known = this.words.indexOf(word)
    this.#codes[row] = known === -1 ? this.words.push(word) - 1 : known
  }

  at(row: number): string {
    return this.words[this.code(row)] ?? ''
  }

  code(row: number): number {
    return this.#codes[row] ?? 0
  }
}
