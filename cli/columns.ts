/** Sets two texts side by side. */
import { graphemesOf } from '../core/text/shorten.ts'

const gap = ' │ '

/** Both texts in columns of equal width, wrapped; together at most `width` characters wide. */
export function sideBySide(left: string, right: string, width: number): string {
  const columnWidth = Math.floor((width - gap.length) / 2)
  const [leftLines, rightLines] = [wrap(left, columnWidth), wrap(right, columnWidth)]
  const rows = Array.from({ length: Math.max(leftLines.length, rightLines.length) }, (_, at) => {
    const cell = leftLines[at] ?? ''
    return (cell + ' '.repeat(columnWidth - textWidth(cell)) + gap + (rightLines[at] ?? '')).trimEnd()
  })
  return `${rows.join('\n')}\n`
}

function wrap(text: string, width: number): string[] {
  return text
    .replaceAll('\t', '  ')
    .trimEnd()
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
}

/** Breaks at spaces, and within a word that is longer than a line. */
function wrapLine(line: string, width: number): string[] {
  const lines = ['']
  for (const word of line.match(/\s*\S+|\s+$/g) ?? []) {
    if (textWidth(lines.at(-1)!) + textWidth(word) <= width) {
      lines.push(lines.pop()! + word)
      continue
    }
    let piece = lines.at(-1) === '' ? word : word.trimStart()
    if (lines.at(-1) === '') lines.pop()
    for (; textWidth(piece) > width; piece = piece.slice(fitting(piece, width))) {
      lines.push(piece.slice(0, fitting(piece, width)))
    }
    lines.push(piece)
  }
  return lines
}

/** How many code units of a text fit into a width; at least one character. */
function fitting(text: string, width: number): number {
  let taken = 0
  let units = 0
  for (const grapheme of graphemesOf(text)) {
    taken += textWidth(grapheme)
    if (taken > width && units > 0) break
    units += grapheme.length
  }
  return units
}

/** The text on one line, at most so wide; what is cut off is marked. */
export function cutTo(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return textWidth(line) <= width ? line : `${line.slice(0, fitting(line, width - 1))}…`
}

// East Asian characters and emoji take two columns; marks that combine with the character before take none.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Script=Han}/u
const narrow = /\p{Mn}|\p{Me}|[\u200b-\u200d]|\ufe0f/u

/** How many columns a terminal gives a text. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text)
    width += character < '\u0300' ? 1 : narrow.test(character) ? 0 : wide.test(character) ? 2 : 1
  return width
}
