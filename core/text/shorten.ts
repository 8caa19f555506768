/** Shortens a text between two characters as people see them, never inside an emoji or a surrogate pair. */

let segmenter: Intl.Segmenter | undefined

/** A text as people count its characters: an emoji with its skin tone is one, a letter with its accents too. */
export function* graphemesOf(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter()
  for (const { segment } of segmenter.segment(text)) yield segment
}

/** The text, well-formed; what is longer than `most` UTF-16 units is cut and ends in `mark`. */
export function shorten(text: string, most: number, mark = '…'): string {
  return text.length <= most ? text.toWellFormed() : `${beginning(text, most)}${mark}`
}

/** As many whole characters of the beginning as `most` UTF-16 units hold, well-formed. */
export function beginning(text: string, most: number): string {
  // Two units more show whether the last character goes on.
  const window = text.slice(0, most + 2).toWellFormed()
  let end = 0
  for (const grapheme of graphemesOf(window)) {
    if (end + grapheme.length > most) break
    end += grapheme.length
  }
  // One letter with a thousand accents: half a surrogate pair at its end becomes U+FFFD and goes.
  return end > 0 || most === 0 ? window.slice(0, end) : wholePairs(window.slice(0, most))
}

function wholePairs(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1)
}
