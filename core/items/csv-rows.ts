/**
 * The rows of a CSV text, one after another. A wrong row does not hide the next one: reading continues at the next line, and all
 * are named at the end. Own code, because parsers stop at the first mistake in quotes, or read on wrongly (docs/decisions/0012).
 * Long, since it is one machine, with what may follow in each of its states.
 */
import { JsonInvalid } from '../text/json-array.ts'

export interface CsvRow {
  cells: string[]
  /** The line on which it begins, from 1. */
  line: number
}

export interface CsvForm {
  /** One character between cells, which is not a quote. */
  delimiter: string
  /** The line of the file on which the text begins, from 1. */
  line: number
}

/**
 * Reads records of RFC 4180. The first line end decides how all records end; empty lines are skipped. In a text with tabs, a quote
 * inside a cell is part of it. Throws JsonInvalid at the end, or at a header that is wrong.
 */
export async function* csvRecords(
  texts: AsyncIterable<string>,
  { delimiter, line }: CsvForm = { delimiter: ',', line: 1 },
): AsyncGenerator<CsvRow> {
  const reader = new CsvReader(delimiter, line)
  for await (const text of texts) {
    reader.add(text)
    for (let row = reader.next(); row !== null; row = reader.next()) yield row
  }
  reader.end()
  for (let row = reader.next(); row !== null; row = reader.next()) yield row
  const problem = reader.problem()
  if (problem !== null) throw new JsonInvalid(problem)
}

/** Enough to see what is wrong with all of them. */
const mostNamed = 20

/** `broken`: the rest of the line cannot be trusted. */
type State = 'start' | 'plain' | 'quoted' | 'behind quote' | 'broken'

/** Takes a text in pieces and returns its whole rows. No character is read twice, however long a cell is. */
class CsvReader {
  #text = ''
  #at = 0
  #ended = false
  #state: State = 'start'
  #cells: string[] = []
  /** What was read of a cell that is not at its end. */
  #cell = ''
  #line: number
  #rowLine: number
  /** What ends a row: `\n`, `\r\n` or `\r`; null before the first. */
  #lineEnd: string | null = null
  /** How many cells a row has: as many as the header. */
  #width: number | null = null
  #wrong = 0
  readonly #named: string[] = []
  readonly #delimiter: string
  /** What ends a part of a cell that is not in quotes. */
  readonly #special: RegExp

  constructor(delimiter: string, line: number) {
    this.#delimiter = delimiter
    this.#special = new RegExp(`[\\u${delimiter.charCodeAt(0).toString(16).padStart(4, '0')}"\\r\\n]`, 'g')
    this.#line = line
    this.#rowLine = line
  }

  add(text: string): void {
    this.#text = this.#text.slice(this.#at) + text
    this.#at = 0
  }

  end(): void {
    this.#ended = true
  }

  /** The next whole row that is right, or null if more text is needed. */
  next(): CsvRow | null {
    while (!this.#needsMore()) {
      const row = this.#step()
      if (row !== null && this.#fits(row)) return row
    }
    const last = this.#ended ? this.#lastRow() : null
    return last !== null && this.#fits(last) ? last : null
  }

  /** A sentence without a full stop about all rows that are wrong, or null. */
  problem(): string | null {
    if (this.#wrong === 0) return null
    const more = this.#wrong - this.#named.length
    const all = [...this.#named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
    const width = this.#width ?? 1
    return `has rows that do not fit its header of ${counted(width, 'column')}: ${all}. Expected ${counted(width, 'cell')} in each row. A cell with ${delimiterNames[this.#delimiter] ?? 'the separator'}, a quote or a line break in it stands in quotes, and a quote inside it is written twice`
  }

  #fits({ cells, line }: CsvRow): boolean {
    this.#width ??= cells.length
    if (cells.length === this.#width) return true
    this.#note(line, `has ${counted(cells.length, 'cell')}`)
    return false
  }

  #note(line: number, what: string): void {
    this.#wrong += 1
    if (this.#named.length < mostNamed) this.#named.push(`line ${line} ${what}`)
  }

  /** A carriage return at the end may be half a line end. */
  #needsMore(): boolean {
    const left = this.#text.length - this.#at
    return left === 0 || (left === 1 && !this.#ended && this.#text[this.#at] === '\r')
  }

  #step(): CsvRow | null {
    const letter = this.#text[this.#at]
    if (this.#state === 'quoted') return this.#readQuoted()
    if (this.#state === 'broken') return this.#skipLine()
    if (letter === this.#delimiter) return this.#endCell()
    const lineEnd = this.#lineEndHere(letter)
    if (lineEnd !== null) return this.#endRow(lineEnd.length)
    if (this.#state === 'behind quote') return letter === '"' ? this.#doubledQuote() : this.#break(behindQuote)
    if (letter !== '"') return this.#readPlain()
    if (this.#state === 'plain' && this.#delimiter === '\t') return this.#readPlain()
    if (this.#state === 'plain') return this.#break('has a quote inside a cell that does not begin with one')
    this.#state = 'quoted'
    this.#at += 1
    return null
  }

  #lineEndHere(letter: string | undefined): string | null {
    if (letter !== '\n' && letter !== '\r') return null
    this.#lineEnd ??= letter === '\r' && this.#text[this.#at + 1] === '\n' ? '\r\n' : letter
    return this.#text.startsWith(this.#lineEnd, this.#at) ? this.#lineEnd : null
  }

  #readPlain(): null {
    this.#state = 'plain'
    this.#special.lastIndex = this.#at + 1
    const end = this.#special.exec(this.#text)?.index ?? this.#text.length
    this.#cell += this.#text.slice(this.#at, end)
    this.#at = end
    return null
  }

  #readQuoted(): null {
    const found = this.#text.indexOf('"', this.#at)
    const end = found === -1 ? this.#text.length : found
    const text = this.#text.slice(this.#at, end)
    this.#cell += text
    this.#line += text.split(this.#lineEnd === '\r' ? '\r' : '\n').length - 1
    this.#at = end
    if (found === -1) return null
    this.#at += 1
    this.#state = 'behind quote'
    return null
  }

  #doubledQuote(): null {
    this.#cell += '"'
    this.#at += 1
    this.#state = 'quoted'
    return null
  }

  #break(what: string): null {
    if (this.#width === null) throw new JsonInvalid(`is not CSV with a header line: line ${this.#rowLine} ${what}`)
    this.#note(this.#rowLine, what)
    this.#state = 'broken'
    return null
  }

  #skipLine(): null {
    const found = this.#text.indexOf(this.#lineEnd === '\r' ? '\r' : '\n', this.#at)
    this.#at = found === -1 ? this.#text.length : found + 1
    if (found !== -1) this.#beginRow()
    return null
  }

  #endCell(): null {
    this.#cells.push(this.#cell)
    this.#cell = ''
    this.#state = 'start'
    this.#at += 1
    return null
  }

  #endRow(length: number): CsvRow | null {
    this.#at += length
    const isEmpty = this.#cells.length === 0 && this.#state === 'start'
    const row = isEmpty ? null : { cells: [...this.#cells, this.#cell], line: this.#rowLine }
    this.#beginRow()
    return row
  }

  #beginRow(): void {
    this.#line += 1
    this.#rowLine = this.#line
    this.#cells = []
    this.#cell = ''
    this.#state = 'start'
  }

  #lastRow(): CsvRow | null {
    if (this.#state === 'quoted') this.#break('opens a quote that never closes')
    return this.#state === 'broken' ? null : this.#endRow(0)
  }
}

/** What stands between cells, in words. */
export const delimiterNames: Readonly<Record<string, string>> = {
  ',': 'a comma',
  ';': 'a semicolon',
  '\t': 'a tab',
  '|': 'a pipe',
}

const behindQuote = 'has text behind the closing quote of a cell'

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
