/** Rows of short cells in columns. */
import { textWidth } from './columns.ts'

/** Lines with the cells of a column under each other, two spaces apart. `left`: the columns that begin at the left; the others end at the right. */
export function textTable(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const columns = Math.max(0, ...rows.map(({ length }) => length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  )
  return rows.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? ''
        const space = ' '.repeat(width - textWidth(cell))
        return left.includes(column) ? cell + space : space + cell
      })
      .join('  ')
      .trimEnd(),
  )
}
