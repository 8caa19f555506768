/** One line at the bottom of a terminal that is drawn over. */
import { textWidth } from './columns.ts'

/**
 * What puts `text` in the place of `before`, which may be empty. Terminals wrap a line anew when their window becomes narrower, so
 * `before` may stand on several lines by now.
 */
export function drawnOver(before: string, text: string, columns: number): string {
  const above = Math.max(0, Math.ceil(textWidth(before) / columns) - 1)
  return above === 0 ? `\r\u001B[2K${text}` : `\r\u001B[${above}A\u001B[J${text}`
}
