/** A growing column of numbers: eight bytes each. */
export class NumberColumn {
  #numbers = new Float64Array(1024)
  #length = 0

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Float64Array(this.#length * 2)
      longer.set(this.#numbers)
      this.#numbers = longer
    }
    this.#numbers[this.#length++] = number
  }

  at(row: number): number {
    return this.#numbers[row] ?? Number.NaN
  }
}
