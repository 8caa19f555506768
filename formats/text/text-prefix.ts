/**
 * Texts that a spreadsheet program would take for a formula. In an exported CSV file an apostrophe stands before them, and a column of
 * its own says in which rows, so that reading the file again takes exactly that one away.
 */
import type { TableRow } from '../table.ts'

/** The column in which an exported file counts the texts of a row that have an apostrophe before them. Only in files that have some. */
export const prefixedColumn = 'itemwise_prefixed'

/** Whether a text gets an apostrophe: it begins as a formula does, or with an apostrophe of its own. */
export function needsPrefix(text: string): boolean {
  return /^[=+\-@\t\r']/.test(text)
}

/** The rows of an exported file as they were before. A name of a column may have an apostrophe, too. */
export async function* withoutPrefixes(rows: AsyncIterable<TableRow>): AsyncGenerator<TableRow> {
  for await (const { item, place } of rows) {
    const { [prefixedColumn]: count, ...own } = item
    const isPrefixed = Number(count) > 0
    const fields = Object.entries(own).map(([name, value]) => [
      withoutOne(name),
      isPrefixed && typeof value === 'string' ? withoutOne(value) : value,
    ])
    yield { item: Object.fromEntries(fields), place }
  }
}

function withoutOne(text: string): string {
  return text.startsWith("'") ? text.slice(1) : text
}
