/** Texts that match a simple regular expression: what structured outputs allow, without lookarounds and backreferences. */

/** Chooses among `count` possibilities: a whole number from 0 to count - 1. */
export type Choose = (count: number) => number

/** How often `*`, `+` and `{n,}` may repeat beyond their least. */
const mostExtra = 3

/** A text made after `pattern`, which matches it in all but odd cases; undefined if the pattern uses something this does not know. */
export function textFor(pattern: string, choose: Choose): string | undefined {
  try {
    return new Reader(pattern, choose).alternatives()
  } catch {
    return undefined
  }
}

class Reader {
  readonly #letters: string[]
  readonly #choose: Choose
  #at = 0

  constructor(pattern: string, choose: Choose) {
    this.#letters = [...pattern]
    this.#choose = choose
  }

  alternatives(): string {
    const texts = [this.#sequence()]
    while (this.#take('|')) texts.push(this.#sequence())
    return texts[this.#choose(texts.length)] ?? ''
  }

  #sequence(): string {
    let text = ''
    while (this.#at < this.#letters.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const start = this.#at
      let piece = this.#atom()
      const end = this.#at
      const times = this.#times()
      // Read again for each repetition, so that each is chosen anew.
      const after = this.#at
      if (times === 0) piece = ''
      for (let more = 1; more < times; more++) {
        this.#at = start
        piece += this.#atom()
        if (this.#at !== end) throw new SyntaxError('uneven repetition')
      }
      this.#at = after
      text += piece
    }
    return text
  }

  #atom(): string {
    const letter = this.#next()
    if (letter === '^' || letter === '$') return ''
    if (letter === '.') return this.#pick('abcdefghij')
    if (letter === '[') return this.#class()
    if (letter === '\\') return this.#pick(escaped(this.#next()))
    if (letter !== '(') return letter
    if (this.#take('?') && !this.#take(':')) throw new SyntaxError('unknown group')
    const text = this.alternatives()
    if (!this.#take(')')) throw new SyntaxError('open group')
    return text
  }

  #class(): string {
    const negated = this.#take('^')
    let members = ''
    while (!this.#take(']')) {
      const first = this.#member()
      const isRange = this.#peek() === '-' && this.#letters[this.#at + 1] !== ']' && first.length === 1
      members += isRange && this.#next() ? range(first, this.#member()) : first
    }
    if (!negated) return this.#pick(members)
    return this.#pick([...'abcxyzABC0189 -_.,:'].filter((letter) => !members.includes(letter)).join(''))
  }

  #member(): string {
    const letter = this.#next()
    return letter === '\\' ? escaped(this.#next()) : letter
  }

  #times(): number {
    const [least, most] = this.#bounds()
    this.#take('?')
    return least + this.#choose(Math.min(most, least + mostExtra) - least + 1)
  }

  #bounds(): [number, number] {
    if (this.#take('?')) return [0, 1]
    if (this.#take('*')) return [0, Infinity]
    if (this.#take('+')) return [1, Infinity]
    const braces = /^\{(\d+)(,?)(\d*)\}/.exec(this.#letters.slice(this.#at).join(''))
    if (braces === null) return [1, 1]
    this.#at += braces[0].length
    const least = Number(braces[1])
    if (braces[2] === '') return [least, least]
    return [least, braces[3] === '' ? Infinity : Number(braces[3])]
  }

  #pick(letters: string): string {
    const list = [...letters]
    if (list.length === 0) throw new SyntaxError('empty class')
    return list[this.#choose(list.length)] as string
  }

  #peek(): string | undefined {
    return this.#letters[this.#at]
  }

  #next(): string {
    const letter = this.#letters[this.#at++]
    if (letter === undefined) throw new SyntaxError('unexpected end')
    return letter
  }

  #take(letter: string): boolean {
    if (this.#peek() !== letter) return false
    this.#at++
    return true
  }
}

function escaped(letter: string): string {
  if (letter === 'd') return '0123456789'
  if (letter === 'w') return 'abcdefghijklmnopqrstuvwxyzABC0123456789_'
  if (letter === 's') return ' '
  if (/[a-zA-Z0-9]/.test(letter)) throw new SyntaxError(`unknown escape ${letter}`)
  return letter
}

function range(from: string, to: string): string {
  const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]
  return Array.from({ length: last - first + 1 }, (_, step) => String.fromCodePoint(first + step)).join('')
}
