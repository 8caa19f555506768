/** The items of a CSV text: an object a row, its fields named by the header, all of them text. */
import { JsonInvalid } from '../text/json-array.ts'
import { someOf } from '../text/nearest.ts'
import { type CsvForm, csvRecords } from './csv-rows.ts'
import type { InputRow } from './input-row.ts'

/** Reads items from the text of a CSV file. Throws JsonInvalid. */
export async function* csvItems(texts: AsyncIterable<string>, form?: CsvForm): AsyncGenerator<InputRow> {
  let header: string[] | null = null
  for await (const { cells, line } of csvRecords(texts, form)) {
    if (header === null) header = checkedHeader(cells)
    else {
      const value = Object.fromEntries(header.map((name, at) => [name, cells[at] ?? '']))
      yield { value, line, isTooDeep: false, size: cells.reduce((sum, { length }) => sum + length, 0) }
    }
  }
}

/** The names of the columns, each of which stands once; one of them may be empty. Throws JsonInvalid. */
export function checkedHeader(header: string[]): string[] {
  const positions = new Map<string, number[]>()
  for (const [at, name] of header.entries()) {
    const places = positions.get(name)
    if (places === undefined) positions.set(name, [at + 1])
    else places.push(at + 1)
  }
  const nameless = positions.get('') ?? []
  const repeated = [...positions].flatMap(([name, places]) => (name !== '' && places.length > 1 ? [name] : []))
  const problems = [
    ...(nameless.length > 1
      ? [
          `has ${nameless.length} columns without a name (columns ${someOf(nameless.map(String))}). Name them in the header, or take them out`,
        ]
      : []),
    ...(repeated.length === 1 ? [`has the column ${repeated[0]} twice. Expected each column once`] : []),
    ...(repeated.length > 1 ? [`has the columns ${someOf(repeated)} more than once. Expected each column once`] : []),
  ]
  if (problems.length > 0) throw new JsonInvalid(problems.join('. It '))
  return header
}
