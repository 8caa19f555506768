/** What stands between the cells of a CSV file: what its ending or its first line says, else a guess from the header, which is said. */
import { delimiterNames } from '../../core/items/csv-rows.ts'

export interface FoundForm {
  delimiter: string
  /** How many characters stand before the header: those of a line `sep=;`. */
  skip: number
  /** Said by the ending `.tsv` or a line `sep=`, or guessed. The comma is what CSV means, and no guess. */
  from: 'ending' | 'line' | 'guess' | 'default'
}

/** `head`: the beginning of the text. A file with a comma in its header is never read with anything else. */
export function csvForm(head: string, ending: '.csv' | '.tsv'): FoundForm {
  const line = /^"?sep=(.)"?\r?\n/i.exec(head)
  if (line !== null) return { delimiter: line[1]!, skip: line[0].length, from: 'line' }
  if (ending === '.tsv') return { delimiter: '\t', skip: 0, from: 'ending' }
  const delimiter = guess(head)
  return delimiter === undefined ? { delimiter: ',', skip: 0, from: 'default' } : { delimiter, skip: 0, from: 'guess' }
}

/** `cells are separated by a semicolon (guessed)` */
export function formWords({ delimiter, from }: FoundForm): string {
  const name = delimiterNames[delimiter] ?? JSON.stringify(delimiter)
  const why = { ending: '', line: ' (by its first line)', guess: ' (guessed from the header)', default: '' }[from]
  return `cells separated by ${name}${why}`
}

/** The header and some rows after it are enough to tell. */
const rowsLooked = 20

function guess(head: string): string | undefined {
  const [header, ...rows] = unquotedLines(head)
  if (header === undefined || header.includes(',')) return undefined
  const candidates = [';', '\t', '|'].filter((one) => header.includes(one))
  const fits = (one: string) => {
    const fitting = rows.filter((row) => count(row, one) === count(header, one)).length
    return fitting * 2 >= rows.length
  }
  return candidates.filter(fits).sort((a, b) => count(header, b) - count(header, a))[0]
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1
}

/** The first rows without what stands in quotes; not the last one, which may be cut off. */
function unquotedLines(head: string): string[] {
  const whole = head.replaceAll(/"(?:[^"]|"")*("|$)/g, '')
  const lines = whole.split(/\r\n|\n|\r/).filter((line) => line !== '')
  return lines.slice(0, Math.max(1, Math.min(rowsLooked, lines.length - 1)))
}
